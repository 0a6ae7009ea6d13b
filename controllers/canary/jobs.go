package canary

import (
	"context"
	"fmt"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/internal/apply"
	"github.com/weft-mesh/weft/internal/job"
	"github.com/weft-mesh/weft/internal/rollout"
)

// Jobs runs the Jobs of metrics. An operator that was restarted finds a Job again by its name.
type Jobs struct {
	// Reader asks the API server, with no cache between: the operator may read Jobs of some namespaces only.
	Reader client.Reader
	Writer apply.Writer
	Now    func() time.Time
}

// Look makes the Job if there is none, and says what became of it; false: it has not ended. It does not wait for its end.
func (j *Jobs) Look(ctx context.Context, order rollout.JobOrder, timeout time.Duration) (rollout.Reading, bool) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r, ended, err := j.look(ctx, order)
	if err != nil {
		return rollout.Reading{Problem: inWords(err, order.About.Namespace)}, true
	}
	return r, ended
}

func (j *Jobs) look(ctx context.Context, order rollout.JobOrder) (r rollout.Reading, ended bool, err error) {
	found := &batchv1.Job{}
	err = j.Reader.Get(ctx, client.ObjectKey{Namespace: order.About.Namespace, Name: order.Name}, found)
	if apierrors.IsNotFound(err) {
		return r, false, j.begin(ctx, order)
	}
	if err != nil {
		return r, false, err
	}
	pods := &corev1.PodList{}
	if err := j.Reader.List(ctx, pods, client.InNamespace(found.Namespace), client.MatchingLabels{batchv1.JobNameLabel: found.Name}); err != nil {
		return r, false, err
	}
	r, ended = job.Result(found, pods.Items, order)
	return r, ended, nil
}

func (j *Jobs) begin(ctx context.Context, order rollout.JobOrder) error {
	of := &batchv1.CronJob{}
	if err := j.Reader.Get(ctx, client.ObjectKey{Namespace: order.About.Namespace, Name: order.CronJob}, of); err != nil {
		return err
	}
	err := j.Writer.Create(ctx, apply.JobCreate, job.Build(of.Spec.JobTemplate, order, j.Now()))
	if apierrors.IsAlreadyExists(err) { // made a moment ago
		return nil
	}
	return err
}

// inWords says why there is no Job, for people who write Canaries.
func inWords(err error, namespace string) string {
	switch {
	case apierrors.IsForbidden(err):
		return fmt.Sprintf("the operator may not get CronJobs, or get or create Jobs, in namespace %s", namespace)
	case apierrors.IsNotFound(err):
		return fmt.Sprintf("there is no such CronJob in namespace %s", namespace)
	case apierrors.IsInvalid(err):
		return "the API server does not take the Job: its CronJob is at fault"
	}
	return "the API server does not answer as to the Job"
}
