package leader

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	k8stesting "k8s.io/client-go/testing"
)

// bench is an API server that can be away, and what the replicas did. The clock is the bubble's.
type bench struct {
	client *fake.Clientset
	away   atomic.Bool
}

func newBench() *bench {
	b := &bench{client: fake.NewClientset()}
	b.client.PrependReactor("*", "leases", func(k8stesting.Action) (bool, runtime.Object, error) {
		return b.away.Load(), nil, errors.New("the API server is away")
	})
	return b
}

func (b *bench) holder(t *testing.T) string {
	t.Helper()
	lease, err := b.client.CoordinationV1().Leases("weft-system").Get(context.Background(), "weft", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return *lease.Spec.HolderIdentity
}

// replica runs a campaign and tells of the begin and the end of each term.
func (b *bench) replica(ctx context.Context, name string) (begun, ended <-chan time.Time, over <-chan error) {
	in, out, done := make(chan time.Time, 10), make(chan time.Time, 10), make(chan error, 1)
	go func() {
		done <- Run(ctx, Options{Client: b.client, Namespace: "weft-system", Name: "weft", Identity: name, Lead: func(ctx context.Context) {
			in <- time.Now()
			<-ctx.Done()
			out <- time.Now()
		}})
	}()
	return in, out, done
}

func TestLostLeaseIsCampaignedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		b := newBench()
		begun, ended, over := b.replica(ctx, "a")
		<-begun
		lost := time.Now()
		b.away.Store(true)
		if took := (<-ended).Sub(lost); took >= LeaseDuration {
			t.Errorf("the term went on for %s without a renewal; another replica may lead after %s", took, LeaseDuration)
		}
		b.away.Store(false)
		<-begun
		if got := b.holder(t); got != "a" {
			t.Errorf("holder %q, want a", got)
		}
		select {
		case err := <-over:
			t.Fatalf("the campaign is over: %v", err)
		default:
		}
		cancel()
		<-ended
		if err := <-over; err != nil {
			t.Error(err)
		}
		if got := b.holder(t); got != "" {
			t.Errorf("holder %q after the end, want nobody", got)
		}
	})
}

// TestOneLeads: a second replica begins only after the first has finished, and soon when it gives the lease back.
func TestOneLeads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		first, stopFirst := context.WithCancel(context.Background())
		second, stopSecond := context.WithCancel(context.Background())
		begunA, endedA, overA := b.replica(first, "a")
		<-begunA
		begunB, _, overB := b.replica(second, "b")
		time.Sleep(time.Minute) // of the bubble
		select {
		case <-begunB:
			t.Fatal("two replicas lead")
		default:
		}
		stopFirst()
		end := <-endedA
		if took := (<-begunB).Sub(end); took > 2*RetryPeriod {
			t.Errorf("the next term began after %s, want the lease to be given back", took)
		}
		stopSecond()
		<-overA
		<-overB
	})
}

// TestLeaseIsKeptUntilLeadReturns: whoever gives a lease back has finished.
func TestLeaseIsKeptUntilLeadReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		ctx, cancel := context.WithCancel(context.Background())
		begun, finish := make(chan struct{}), make(chan struct{})
		over := make(chan error, 1)
		go func() {
			over <- Run(ctx, Options{Client: b.client, Namespace: "weft-system", Name: "weft", Identity: "a", Lead: func(context.Context) {
				close(begun)
				<-finish
			}})
		}()
		<-begun
		cancel()
		synctest.Wait()
		if got := b.holder(t); got != "a" {
			t.Errorf("holder %q while the leader still works, want a", got)
		}
		close(finish)
		<-over
		if got := b.holder(t); got != "" {
			t.Errorf("holder %q after the end, want nobody", got)
		}
	})
}

func TestOptionsAreChecked(t *testing.T) {
	if err := Run(t.Context(), Options{}); err == nil {
		t.Error("empty options are taken")
	}
}

func TestTerm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var term Term
		calls := 0
		term.OnBegin(func() { calls++ })
		if _, leads := term.Context(); leads {
			t.Error("leads before the first term")
		}
		ctx, cancel := context.WithCancel(context.Background())
		go term.Lead(ctx)
		synctest.Wait()
		if got, leads := term.Context(); !leads || got != ctx || calls != 1 {
			t.Errorf("in a term: leads %t, %d calls", leads, calls)
		}
		cancel()
		if _, leads := term.Context(); leads {
			t.Error("leads after the term")
		}
	})
}
