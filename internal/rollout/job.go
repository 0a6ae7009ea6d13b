package rollout

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

const (
	// jobAgain is how often a Job is looked at that has not ended.
	jobAgain = 5 * time.Second
	// jobTime is how long a Job may take at a step without a deadline, as in a pause.
	jobTime = time.Hour
)

// JobOrder is a Job to be run once. Its name is another one for each step of each run.
type JobOrder struct {
	CronJob, Name string
	// Owner is the UID of the Canary.
	Owner types.UID
	// Number says that the Job leaves one.
	Number bool
	// Ends is when nobody waits for it any more.
	Ends  time.Time
	About Inquiry
}

// numbered says that a metric has bounds.
func numbered(m v1alpha1.CanaryMetric) bool { return m.Min != nil || m.Max != nil }

func (l *look) job(m v1alpha1.CanaryMetric) *JobOrder {
	out := &JobOrder{
		CronJob: m.Job.CronJob,
		Name:    l.jobName(m),
		Owner:   l.in.Canary.UID,
		Number:  numbered(m),
		Ends:    l.in.Now.Add(jobTime),
		About:   l.about(m, newVersion, l.in.Pods.Canary),
	}
	if l.to.Deadline != nil {
		out.Ends = l.to.Deadline.Time
	}
	return out
}

// jobName has what people look for, short enough to be the label of a pod, and what makes it the step's own.
func (l *look) jobName(m v1alpha1.CanaryMetric) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%s/%d", l.in.Canary.UID, m.Name, l.to.Run.Revision, l.to.Position.Sequence))
	return clip(l.in.Canary.Name) + "-" + clip(m.Name) + "-" + hex.EncodeToString(sum[:5])
}

func clip(name string) string {
	const most = 24
	name = strings.ReplaceAll(name, ".", "-")
	return strings.TrimRight(name[:min(len(name), most)], "-")
}
