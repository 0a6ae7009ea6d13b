package envtest

import (
	"github.com/google/go-cmp/cmp"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// joined are the labels of a namespace in a mesh.
var joined = map[string]string{v1alpha1.LabelMesh: "default"}

// untouched are pods that never get a sidecar, each with the reason.
func untouched(namespace string) map[string]*corev1.Pod {
	out := map[string]*corev1.Pod{
		"a namespace without a mesh":               pod("plain", "any"),
		"kube-system, whatever its labels":         pod(metav1.NamespaceSystem, "any"),
		"the operator's namespace, as kube-system": pod(operatorNamespace, "any"),
		"a pod that opted out":                     pod(namespace, "opted-out"),
		"a pod on its node's network":              pod(namespace, "host"),
		"the mirror of a static pod":               pod(namespace, "mirror"),
	}
	out["kube-system, whatever its labels"].Spec.ServiceAccountName = "default"
	out["a pod that opted out"].Labels = map[string]string{v1alpha1.LabelMesh: v1alpha1.MeshNone}
	out["a pod on its node's network"].Spec.HostNetwork = true
	mirror := out["the mirror of a static pod"]
	mirror.Annotations = map[string]string{corev1.MirrorPodAnnotationKey: "hash"}
	mirror.Spec.ServiceAccountName, mirror.Spec.NodeName, mirror.Spec.AutomountServiceAccountToken = "", "node", new(false)
	return out
}

var _ = Describe("the webhook", Ordered, ContinueOnFailure, func() {
	var webhook *injector

	BeforeAll(func(ctx SpecContext) {
		namespace(ctx, "shop", joined)
		namespace(ctx, "plain", nil)
		namespace(ctx, "lonely", joined)
		for _, name := range []string{metav1.NamespaceSystem, operatorNamespace} {
			DeferCleanup(label(ctx, name, joined))
		}
	})

	BeforeEach(func(ctx SpecContext) {
		webhook = newInjector()
		webhook.install(ctx, "shop")
	})

	It("puts a sidecar into a pod of a joined namespace, and the API server takes it [B07]", func(ctx SpecContext) {
		created := pod("shop", "cart")
		Expect(api.Create(ctx, created)).To(Succeed())
		DeferCleanup(api.Delete, created)

		Expect(injected(created, nil)).To(BeTrue())
		Expect(created.Labels).To(HaveKeyWithValue(v1alpha1.LabelServiceAccount, "cart"))
		Expect(created.Annotations).To(HaveKey(v1alpha1.AnnotationInjected))
		Expect(created.Spec.Containers).To(HaveLen(1), "an application that ends must not wait for a container of ours")
	})

	It("leaves the copy of an injected pod as it is [B07]", func(ctx SpecContext) {
		first, err := try(ctx, pod("shop", "cart"))
		Expect(err).NotTo(HaveOccurred())
		again := pod("shop", "cart")
		again.Labels, again.Annotations, again.Spec = first.Labels, first.Annotations, *first.Spec.DeepCopy()

		second, err := try(ctx, again)
		Expect(err).NotTo(HaveOccurred())
		Expect(cmp.Diff(first.Spec, second.Spec)).To(BeEmpty())
		Expect(second.Labels).To(Equal(first.Labels))
	})

	It("leaves alone what is no business of the mesh [B05] [B07]", func(ctx SpecContext) {
		before := webhook.count("/inject")
		for why, pod := range untouched("shop") {
			created, err := try(ctx, pod)
			Expect(err).NotTo(HaveOccurred(), why)
			Expect(created.Spec.InitContainers).To(BeEmpty(), why)
			Expect(created.Labels).NotTo(HaveKey(v1alpha1.LabelServiceAccount), why)
		}
		Expect(webhook.count("/inject")).To(Equal(before), "the API server does not even ask")
	})

	It("refuses a pod that uses a port of the sidecar, and names the field [B07]", func(ctx SpecContext) {
		clash := pod("shop", "clash")
		clash.Spec.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: v1alpha1.PortInbound}}
		_, err := try(ctx, clash)
		Expect(apierrors.IsForbidden(err)).To(BeTrue(), "%v", err)
		Expect(err).To(MatchError(ContainSubstring("spec.containers[0].ports[0].containerPort")))
	})

	It("refuses a pod whose mesh does not exist", func(ctx SpecContext) {
		_, err := try(ctx, pod("lonely", "cart"))
		Expect(apierrors.IsForbidden(err)).To(BeTrue(), "%v", err)
		Expect(err).To(MatchError(ContainSubstring("namespace lonely: label weft.dev/mesh names a mesh that does not exist")))
	})

	It("holds up only pods of joined namespaces while nobody answers [B07]", func(ctx SpecContext) {
		webhook.stop()
		_, err := try(ctx, pod("shop", "cart"))
		Expect(apierrors.IsInternalError(err)).To(BeTrue(), "%v", err)
		Expect(err).To(MatchError(ContainSubstring(`failed calling webhook "inject.weft.dev"`)))
		for why, pod := range untouched("shop") {
			_, err := try(ctx, pod)
			Expect(err).NotTo(HaveOccurred(), why)
		}

		webhook.start()
		Expect(injected(try(ctx, pod("shop", "cart")))).To(BeTrue())
	})
})

// label adds labels to a namespace. What it returns takes them away.
func label(ctx SpecContext, name string, labels map[string]string) func(SpecContext) {
	GinkgoHelper()
	object := &corev1.Namespace{}
	Expect(api.Get(ctx, client.ObjectKey{Name: name}, object)).To(Succeed())
	before := object.DeepCopy()
	if object.Labels == nil {
		object.Labels = map[string]string{}
	}
	for key, value := range labels {
		object.Labels[key] = value
	}
	after := object.DeepCopy()
	Expect(api.Patch(ctx, object, client.MergeFrom(before))).To(Succeed())
	return func(ctx SpecContext) {
		Expect(api.Patch(ctx, object, client.MergeFrom(after.DeepCopy()))).To(Succeed())
	}
}
