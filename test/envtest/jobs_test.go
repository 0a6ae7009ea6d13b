package envtest

import (
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/controllers/canary"
	writer "github.com/weft-mesh/weft/internal/apply"
	"github.com/weft-mesh/weft/internal/rollout"
)

// What docs/canary-metrics.md tells the owner of a namespace to apply lets the operator run the Job of a metric there, and
// nothing more. The rest of the test is the controller of Jobs.
var _ = Describe("the Role for Jobs of metrics", func() {
	It("lets the operator run a copy once and see its end [D24]", func(ctx SpecContext) {
		const home = "measured"
		namespace(ctx, home, joined)
		operator := as(operatorAccount)
		jobs := &canary.Jobs{Reader: operator, Writer: writer.NewWriter(operator), Now: time.Now}
		order := rollout.JobOrder{
			CronJob: "acceptance", Name: "reviews-tests-0123456789", Owner: "00000000-0000-4000-8000-000000000000", Ends: time.Now().Add(time.Minute),
			About: rollout.Inquiry{Namespace: home, Canary: "reviews", Service: "reviews", Revision: "h2"},
		}
		look := func() (rollout.Reading, bool) { return jobs.Look(ctx, order, 10*time.Second) }

		text, _, _ := strings.Cut(after("canary-metrics.md", "```yaml\nkind: CronJob\n"), "```")
		printed, status := kubectl(ctx, strings.ReplaceAll("kind: CronJob\n"+text, "namespace: shop", "namespace: "+home), "apply", "-f", "-")
		Expect(status).To(BeZero(), printed)
		r, ended := look()
		Expect(ended).To(BeTrue())
		Expect(r.Problem).To(Equal("the operator may not get CronJobs, or get or create Jobs, in namespace measured"))
		printed, status = kubectl(ctx, role("canary-metrics.md", home), "apply", "-f", "-")
		Expect(status).To(BeZero(), printed)

		made := &batchv1.Job{}
		Eventually(func(g Gomega) {
			r, ended := look()
			g.Expect(ended).To(BeFalse(), r.Problem)
			g.Expect(api.Get(ctx, client.ObjectKey{Namespace: home, Name: order.Name}, made)).To(Succeed())
		}).Should(Succeed(), "the API server has heard of the role")
		Expect(made.Spec.Template.Spec.Containers[0].Args).To(Equal([]string{"--target=http://$(WEFT_SERVICE):8080"}))
		Expect(made.Spec.Template.Spec.Containers[0].Env).To(ContainElement(corev1.EnvVar{Name: "WEFT_REVISION", Value: "h2"}))
		_, ended = look()
		Expect(ended).To(BeFalse(), "looking again makes no other")

		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: home, Name: "tests-a", Labels: map[string]string{batchv1.JobNameLabel: made.Name},
				OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(made, batchv1.SchemeGroupVersion.WithKind("Job"))},
			},
			Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "tests", Image: "none"}}},
		}
		Expect(api.Create(ctx, pod)).To(Succeed())
		pod.Status.Phase = corev1.PodFailed
		pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "tests", State: corev1.ContainerState{
			Terminated: &corev1.ContainerStateTerminated{ExitCode: 2, Reason: "Error", Message: "3 of 40 failed"},
		}}}
		Expect(api.Status().Update(ctx, pod)).To(Succeed())
		now := metav1.Now()
		made.Status.StartTime = &now
		made.Status.Conditions = []batchv1.JobCondition{
			{Type: batchv1.JobFailureTarget, Status: corev1.ConditionTrue, LastTransitionTime: now},
			{Type: batchv1.JobFailed, Status: corev1.ConditionTrue, Reason: "BackoffLimitExceeded", LastTransitionTime: now},
		}
		Expect(api.Status().Update(ctx, made)).To(Succeed())
		r, ended = look()
		Expect(ended).To(BeTrue())
		Expect(r).To(Equal(rollout.Reading{Said: "the Job reviews-tests-0123456789 failed with exit code 2: 3 of 40 failed"}))

		order.CronJob, order.Name = "another", "reviews-tests-other"
		r, _ = look()
		Expect(r.Problem).To(ContainSubstring("may not"), "a CronJob that the Role does not name")
		Expect(apierrors.IsForbidden(operator.Delete(ctx, made))).To(BeTrue())
	})
})
