package crash

import (
	"testing"

	. "github.com/onsi/gomega"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// testsOf is the template of a Job that a Canary's metric is.
func testsOf(home string) *batchv1.CronJob {
	c := &batchv1.CronJob{ObjectMeta: metav1.ObjectMeta{Namespace: home, Name: "tests"}}
	c.Spec.Schedule, c.Spec.Suspend = "0 0 1 1 *", new(true)
	c.Spec.JobTemplate.Spec.Template.Spec = corev1.PodSpec{RestartPolicy: corev1.RestartPolicyNever, Containers: []corev1.Container{container("tests")}}
	return c
}

// runTests awaits the one Job of the Canary's one step, and lets it succeed as the controller of Jobs does.
func runTests(t *testing.T, home string) {
	t.Helper()
	await(t, "the Job of the Canary's metric", func(g Gomega) {
		var all batchv1.JobList
		g.Expect(api.List(t.Context(), &all, client.InNamespace(home))).To(Succeed())
		g.Expect(all.Items).To(HaveLen(1))
		j, now := &all.Items[0], metav1.Now()
		j.Status.StartTime, j.Status.CompletionTime, j.Status.Succeeded = &now, &now, 1
		j.Status.Conditions = []batchv1.JobCondition{
			{Type: batchv1.JobSuccessCriteriaMet, Status: corev1.ConditionTrue, LastTransitionTime: now},
			{Type: batchv1.JobComplete, Status: corev1.ConditionTrue, LastTransitionTime: now},
		}
		g.Expect(api.Status().Update(t.Context(), j)).To(Succeed())
	})
}

// jobs is how many Jobs a namespace has.
func jobs(t *testing.T, home string) int {
	t.Helper()
	var all batchv1.JobList
	if err := api.List(t.Context(), &all, client.InNamespace(home)); err != nil {
		t.Fatal(err)
	}
	return len(all.Items)
}
