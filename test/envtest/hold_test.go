package envtest

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	admissionregistration "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	patches "k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	writer "github.com/weft-mesh/weft/internal/apply"
	"github.com/weft-mesh/weft/internal/hold"
	"github.com/weft-mesh/weft/internal/observe"
	"github.com/weft-mesh/weft/webhook"
	"github.com/weft-mesh/weft/webhook/certificate"
)

const heldNamespace = "held"

// No controller runs here: the tests do what they do. A Deployment of four pods has the version v1 and asks for v2.
var _ = Describe("a held rollout", Ordered, ContinueOnFailure, func() {
	var hook *injector
	var deployment *appsv1.Deployment
	var stable, next *appsv1.ReplicaSet
	var operator writer.Writer

	BeforeAll(func(ctx SpecContext) {
		ensureNamespace(ctx, heldNamespace, joined)
		deployment = heldDeployment()
		Expect(api.Create(ctx, deployment)).To(Succeed())
		stable, next = heldSet(deployment, "v1", 4), heldSet(deployment, "v2", 1)
		for _, set := range []*appsv1.ReplicaSet{stable, next} {
			Expect(api.Create(ctx, set)).To(Succeed())
		}
		canary := &v1alpha1.Canary{}
		Expect(scheme.Convert(object(heldSample), canary, nil)).To(Succeed())
		canary.Namespace = heldNamespace
		Expect(api.Create(ctx, canary)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) { Expect(api.Delete(ctx, canary)).To(Succeed()) })
		canary.Status.Hold = &v1alpha1.CanaryHold{DeploymentUID: string(deployment.UID), StableHashes: []string{"v1"}}
		Expect(api.Status().Update(ctx, canary)).To(Succeed())
		operator = writer.NewWriter(as(operatorAccount))

		hook = newHolder()
		DeferCleanup(uninstallHolder)
		hook.installHolder(ctx)
		Eventually(func() bool { return hold.Gated(dry(ctx, heldPod(next))) }).Should(BeTrue(), "the API server asks")
	})

	It("makes a pod of the new version wait, with a sidecar or without, and none of the stable one", func(ctx SpecContext) {
		for what, c := range map[string]struct {
			pod   *corev1.Pod
			gated bool
		}{
			"new":              {heldPod(next), true},
			"new, opted out":   {optedOut(heldPod(next)), true},
			"stable":           {heldPod(stable), false},
			"of nobody":        {pod(heldNamespace, "alone"), false},
			"of a foreign Set": {orphan(heldPod(next)), false},
		} {
			Expect(hold.Gated(dry(ctx, c.pod))).To(Equal(c.gated), what)
		}
	})

	It("refuses more pods of the new version than its step needs", func(ctx SpecContext) {
		first := heldPod(next)
		Expect(api.Create(ctx, first)).To(Succeed())
		DeferCleanup(remove0, first)
		_, err := try(ctx, heldPod(next))
		Expect(apierrors.IsForbidden(err)).To(BeTrue(), "%v", err)
		Expect(err).To(MatchError(ContainSubstring("revision v2 of Deployment reviews has 1 pods and is to have 1 now")))
		Expect(hold.Gated(dry(ctx, heldPod(stable)))).To(BeFalse(), "a stable pod that died comes back")
	})

	It("keeps the stable ReplicaSet at its size, and lets the operator's own write through [D11]", func(ctx SpecContext) {
		smaller := stable.DeepCopy()
		smaller.Spec.Replicas = new(int32(3))
		Expect(api.Update(ctx, smaller, client.DryRunAll)).To(Succeed())
		Expect(*smaller.Spec.Replicas).To(BeEquivalentTo(4), "what a rolling update writes")

		resized := stable.DeepCopy()
		resized.Spec.Replicas, resized.Annotations[desiredReplicas] = new(int32(3)), "3"
		Expect(api.Update(ctx, resized, client.DryRunAll)).To(Succeed())
		Expect(*resized.Spec.Replicas).To(BeEquivalentTo(3), "the size of a smaller Deployment")

		Expect(operator.ScaleReplicaSet(ctx, writer.ReplicaSetScale, stable, 5)).To(Succeed())
		Expect(api.Get(ctx, client.ObjectKeyFromObject(stable), stable)).To(Succeed())
		Expect(*stable.Spec.Replicas).To(BeEquivalentTo(5))
	})

	It("lets the operator release, withhold and delete the pod, and poke the ReplicaSet", func(ctx SpecContext) {
		held := heldPod(next)
		Expect(api.Create(ctx, held)).To(Succeed())
		for _, open := range []bool{true, false} {
			Expect(operator.Gate(ctx, writer.PodGate, held, hold.Gate, open, time.Now())).To(Succeed())
			Expect(api.Get(ctx, client.ObjectKeyFromObject(held), held)).To(Succeed())
			Expect(hold.Waiting(held)).To(Equal(!open))
		}
		Expect(operator.Annotate(ctx, writer.ReplicaSetPoke, next, v1alpha1.AnnotationPoked, "now")).To(Succeed())
		Expect(api.Get(ctx, client.ObjectKeyFromObject(next), next)).To(Succeed())
		Expect(next.Annotations).To(HaveKeyWithValue(v1alpha1.AnnotationPoked, "now"))

		another := held.DeepCopy()
		another.UID = "another"
		Expect(operator.DeletePod(ctx, writer.PodDelete, another)).To(Succeed(), "not that pod any more: nothing to do")
		Expect(api.Get(ctx, client.ObjectKeyFromObject(held), held)).To(Succeed())
		Expect(held.DeletionTimestamp).To(BeNil())
		Expect(operator.DeletePod(ctx, writer.PodDelete, held)).To(Succeed())
		Expect(apierrors.IsNotFound(api.Get(ctx, client.ObjectKeyFromObject(held), held))).To(BeTrue())
	})

	It("lets the operator do no more than that [D11]", func(ctx SpecContext) {
		may := as(operatorAccount)
		free := pod(heldNamespace, "free")
		held := heldPod(next)
		for _, p := range []*corev1.Pod{free, held} {
			Expect(api.Create(ctx, p)).To(Succeed())
			DeferCleanup(remove0, p)
		}
		Expect(may.Delete(ctx, free.DeepCopy())).To(MatchError(ContainSubstring("that no ReplicaSet has made")))
		Expect(may.Patch(ctx, deployment.DeepCopy(), merge(`{"spec":{"replicas":1}}`))).To(MatchError(ContainSubstring("cannot patch resource")))
		Expect(may.SubResource("scale").Patch(ctx, deployment.DeepCopy(), merge(`{"spec":{"replicas":1}}`),
			client.WithSubResourceBody(&autoscaling.Scale{}))).To(MatchError(ContainSubstring("cannot patch resource")))
		Expect(may.Patch(ctx, next.DeepCopy(), merge(`{"spec":{"replicas":9}}`))).To(MatchError(ContainSubstring("must not change the spec of a ReplicaSet")))
		for _, status := range []string{
			`{"status":{"conditions":[{"type":"Ready","status":"True"}]}}`, `{"metadata":{"labels":{"app":"other"}}}`, `{"status":{"phase":"Failed"}}`,
		} {
			Expect(may.Status().Patch(ctx, held.DeepCopy(), client.RawPatch(patches.StrategicMergePatchType, []byte(status)))).To(
				MatchError(ContainSubstring("must not change a pod but for the condition")), status)
		}
		Expect(may.Status().Patch(ctx, free.DeepCopy(), client.RawPatch(patches.StrategicMergePatchType,
			[]byte(`{"status":{"conditions":[{"type":"weft.dev/released","status":"True"}]}}`)))).To(MatchError(ContainSubstring("must not change a pod")))
	})

	It("makes no pod while nobody answers, and lets sizes through", func(ctx SpecContext) {
		hook.stop()
		DeferCleanup(hook.start)
		_, err := try(ctx, heldPod(next))
		Expect(err).To(MatchError(ContainSubstring(`failed calling webhook "pods.hold.weft.dev"`)))
		smaller := stable.DeepCopy()
		smaller.Spec.Replicas = new(int32(3))
		Expect(api.Update(ctx, smaller, client.DryRunAll)).To(Succeed())
		Expect(*smaller.Spec.Replicas).To(BeEquivalentTo(3))
	})
})

const desiredReplicas = "deployment.kubernetes.io/desired-replicas"

func heldDeployment() *appsv1.Deployment {
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: heldNamespace, Name: "reviews"}}
	d.Spec.Replicas = new(int32(4))
	d.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "reviews"}}
	d.Spec.Template = heldTemplate("v2")
	return d
}

func heldTemplate(image string) corev1.PodTemplateSpec {
	p := pod("", "")
	p.Spec.Containers[0].Image = "example.com/reviews:" + image
	return corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "reviews"}}, Spec: p.Spec}
}

func heldSet(d *appsv1.Deployment, image string, replicas int32) *appsv1.ReplicaSet {
	s := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{
		Namespace: d.Namespace, Name: "reviews-" + image, Annotations: map[string]string{desiredReplicas: "4"},
		Labels:          map[string]string{"app": "reviews", appsv1.DefaultDeploymentUniqueLabelKey: image},
		OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(d, appsv1.SchemeGroupVersion.WithKind("Deployment"))},
	}}
	s.Spec.Replicas = &replicas
	s.Spec.Template = heldTemplate(image)
	s.Spec.Template.Labels = s.Labels
	s.Spec.Selector = &metav1.LabelSelector{MatchLabels: s.Labels}
	return s
}

func heldPod(s *appsv1.ReplicaSet) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Namespace: s.Namespace, GenerateName: s.Name + "-", Labels: s.Labels,
		OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(s, appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))},
	}}
	p.Spec = *s.Spec.Template.Spec.DeepCopy()
	return p
}

func optedOut(p *corev1.Pod) *corev1.Pod {
	labels := map[string]string{v1alpha1.LabelMesh: v1alpha1.MeshNone}
	for k, v := range p.Labels {
		labels[k] = v
	}
	p.Labels = labels
	return p
}

func orphan(p *corev1.Pod) *corev1.Pod {
	p.OwnerReferences[0].UID = "another"
	return p
}

func dry(ctx SpecContext, p *corev1.Pod) *corev1.Pod {
	GinkgoHelper()
	out, err := try(ctx, p)
	Expect(err).NotTo(HaveOccurred())
	return out
}

func remove0(ctx SpecContext, p *corev1.Pod) {
	Expect(client.IgnoreNotFound(api.Delete(ctx, p, client.GracePeriodSeconds(0)))).To(Succeed())
}

// newHolder is the real handler of held rollouts. It reads from the API server what the operator has in its cache.
func newHolder() *injector {
	GinkgoHelper()
	real, err := webhook.NewHolder(observe.Hold{Reader: api, Now: api}, prometheus.NewRegistry())
	Expect(err).NotTo(HaveOccurred())
	mux := http.NewServeMux()
	mux.Handle(webhook.PodsPath, real.Pods())
	mux.Handle(webhook.ReplicaSetsPath, real.ReplicaSets())
	i := &injector{address: "localhost:0", handler: mux, asked: map[string]int{}}
	i.start()
	DeferCleanup(i.stop)
	return i
}

// installHolder makes the API server ask as the operator's own configuration says about held rollouts.
func (i *injector) installHolder(ctx SpecContext) {
	GinkgoHelper()
	data, bundle, err := certificate.Next(nil, webhookNames, time.Now(), false)
	Expect(err).NotTo(HaveOccurred())
	Expect(i.certificate.SetSecret(data)).To(Succeed())
	want := webhook.Configuration(webhook.Install{
		Namespace: operatorNamespace, Service: "weft-operator", Port: 443, CABundle: bundle, Held: []string{heldNamespace},
		Owner: metav1.OwnerReference{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "ClusterRole", Name: "weft-controller", UID: "1"},
	})
	Expect(applied(ctx, want, client.DryRunAll)).To(Succeed(), "the configuration as the operator applies it")
	want.Webhooks = want.Webhooks[2:]
	for n := range want.Webhooks {
		c := &want.Webhooks[n].ClientConfig
		c.URL, c.Service = new("https://"+i.address+*c.Service.Path), nil
	}
	Expect(applied(ctx, want)).To(Succeed())
}

func uninstallHolder(ctx SpecContext) {
	GinkgoHelper()
	removeConfiguration(ctx)
	set := &appsv1.ReplicaSet{}
	Expect(api.Get(ctx, client.ObjectKey{Namespace: heldNamespace, Name: "reviews-v2"}, set)).To(Succeed())
	Eventually(func(g Gomega) {
		p, err := try(ctx, heldPod(set))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(hold.Gated(p)).To(BeFalse())
	}).Should(Succeed())
}

func removeConfiguration(ctx SpecContext) {
	GinkgoHelper()
	gone := &admissionregistration.MutatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: webhook.ConfigurationName}}
	Expect(api.Delete(ctx, gone)).To(Succeed())
}

// ensureNamespace makes a namespace that another container may have made.
func ensureNamespace(ctx SpecContext, name string, labels map[string]string) {
	GinkgoHelper()
	if apierrors.IsNotFound(api.Get(ctx, client.ObjectKey{Name: name}, &corev1.Namespace{})) {
		namespace(ctx, name, labels)
	}
}
