package leader

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// A leader that can't renew its lease for RenewDeadline stops. No other replica begins before LeaseDuration.
const (
	LeaseDuration = 15 * time.Second
	RenewDeadline = 10 * time.Second
	RetryPeriod   = 2 * time.Second
)

// Options say which lease, and what to do with it.
type Options struct {
	Client          kubernetes.Interface
	Namespace, Name string
	// Identity of this replica: the name of its pod.
	Identity string
	// Lead works as the leader until the context ends, and then returns soon: the lease is not given back before.
	Lead func(ctx context.Context)
}

// Run campaigns until the context ends. It returns an error only for wrong options.
func Run(ctx context.Context, o Options) error {
	if o.Client == nil || o.Namespace == "" || o.Name == "" || o.Identity == "" || o.Lead == nil {
		return errors.New("campaign for the lease: client, namespace, name, identity and what to do are all needed")
	}
	for ctx.Err() == nil {
		if err := term(ctx, o); err != nil {
			return fmt.Errorf("campaign for the lease %s/%s: %w", o.Namespace, o.Name, err)
		}
	}
	return nil
}

// term campaigns once, and returns when the lease was won and lost, or when the context ended. Who gives a lease back
// must have finished, so the campaign ends after Lead and not with the context.
func term(ctx context.Context, o Options) error {
	campaign, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	won := make(chan context.Context, 1)
	elector, err := newElector(o, won)
	if err != nil {
		return err
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		elector.Run(campaign)
	}()
	select {
	case lease := <-won:
		lead(ctx, lease, o.Lead)
	case <-ctx.Done():
	case <-over:
	}
	end()
	<-over
	return nil
}

// lead ends with whichever of the two contexts ends first.
func lead(ctx, lease context.Context, work func(context.Context)) {
	both, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(lease, cancel)()
	if lease.Err() == nil {
		work(both)
	}
}

func newElector(o Options, won chan<- context.Context) (*leaderelection.LeaderElector, error) {
	return leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Name: o.Name,
		Lock: &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Namespace: o.Namespace, Name: o.Name},
			Client:     o.Client.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: o.Identity},
		},
		LeaseDuration: LeaseDuration, RenewDeadline: RenewDeadline, RetryPeriod: RetryPeriod,
		ReleaseOnCancel: true,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(lease context.Context) { won <- lease },
			OnStoppedLeading: func() {},
		},
	})
}
