package envtest

import (
	"context"
	"maps"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/discovery"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// types give the Go value of each kind: what a program makes of an object.
var types = map[string]func() client.Object{
	"Mesh":   func() client.Object { return &v1alpha1.Mesh{} },
	"Policy": func() client.Object { return &v1alpha1.Policy{} },
	"Canary": func() client.Object { return &v1alpha1.Canary{} },
}

var _ = Describe("the API", func() {
	for _, kind := range slices.Sorted(maps.Keys(samples)) {
		Describe("of a "+kind, func() {
			var stored *unstructured.Unstructured

			BeforeEach(func(ctx SpecContext) {
				stored = object(samples[kind])
				Expect(api.Create(ctx, stored)).To(Succeed())
				DeferCleanup(api.Delete, stored.DeepCopy())
			})

			It("gives back what was put in, also by way of the Go types [B06]", func(ctx SpecContext) {
				typed := types[kind]()
				Expect(api.Get(ctx, client.ObjectKeyFromObject(stored), typed)).To(Succeed())
				Expect(api.Update(ctx, typed)).To(Succeed())

				again := read(ctx, stored)
				Expect(again.Object["spec"]).To(Equal(object(samples[kind]).Object["spec"]))
				Expect(again.GetGeneration()).To(Equal(int64(1)))
			})

			It("is listed and deleted [B06]", func(ctx SpecContext) {
				list := &unstructured.UnstructuredList{}
				list.SetGroupVersionKind(stored.GroupVersionKind())
				Expect(api.List(ctx, list)).To(Succeed())
				Expect(list.Items).To(HaveLen(1))

				Expect(api.Delete(ctx, stored)).To(Succeed())
				Expect(apierrors.IsNotFound(api.Get(ctx, client.ObjectKeyFromObject(stored), stored))).To(BeTrue())
				Expect(api.Create(ctx, object(samples[kind]))).To(Succeed())
			})

			It("keeps spec and status apart [B06]", func(ctx SpecContext) {
				written := stored.DeepCopy()
				written.Object["status"] = map[string]any{"observedGeneration": int64(7)}
				delete(written.Object["spec"].(map[string]any), optional[kind])
				Expect(api.Status().Update(ctx, written)).To(Succeed())
				after := read(ctx, stored)
				Expect(after.Object["spec"]).To(Equal(stored.Object["spec"]))
				Expect(after.Object["status"]).To(HaveKeyWithValue("observedGeneration", int64(7)))
				Expect(after.GetGeneration()).To(Equal(int64(1)))

				after.Object["status"] = map[string]any{"observedGeneration": int64(8)}
				delete(after.Object["spec"].(map[string]any), optional[kind])
				Expect(api.Update(ctx, after)).To(Succeed())
				after = read(ctx, stored)
				Expect(after.Object["spec"]).NotTo(HaveKey(optional[kind]))
				Expect(after.Object["status"]).To(HaveKeyWithValue("observedGeneration", int64(7)))
				Expect(after.GetGeneration()).To(Equal(int64(2)))
			})

			It("shows columns for people [B06]", func(ctx SpecContext) {
				shown := table(ctx, kind)
				var names []string
				for _, column := range shown.ColumnDefinitions {
					names = append(names, column.Name)
				}
				Expect(names).To(Equal(columns[kind]))
				Expect(shown.Rows).To(HaveLen(1))
				Expect(shown.Rows[0].Cells).To(HaveLen(len(names)))
				Expect(shown.Rows[0].Cells[0]).To(Equal("sample"))
			})
		})
	}

	It("fills the columns of a Mesh from spec and status [B06]", func(ctx SpecContext) {
		mesh := object(samples["Mesh"])
		Expect(api.Create(ctx, mesh)).To(Succeed())
		DeferCleanup(api.Delete, mesh)
		mesh.Object["status"] = map[string]any{"proxies": map[string]any{"acknowledged": int64(41), "total": int64(42)}}
		put(mesh.Object, []string{"status", "conditions"}, []any{map[string]any{
			"type": "Ready", "status": "False", "reason": "Waiting", "message": "", "lastTransitionTime": "2026-01-02T03:04:05Z",
		}})
		Expect(api.Status().Update(ctx, mesh)).To(Succeed())
		Expect(table(ctx, "Mesh").Rows[0].Cells[:5]).To(Equal([]any{"sample", "Strict", int64(42), int64(41), "False"}))
	})
})

// optional is a field of each kind's spec that may be missing.
var optional = map[string]string{"Mesh": "outbound", "Policy": "mode", "Canary": "onInconclusive"}

var columns = map[string][]string{
	"Mesh":   {"Name", "mTLS", "Proxies", "Up-to-date", "Ready", "Age"},
	"Policy": {"Name", "Step", "Acknowledged", "Proxies", "Ready", "Age"},
	"Canary": {"Name", "Service", "Phase", "Weight", "Acknowledged", "Paused", "Verdict", "Age"},
}

var resources = map[string]string{"Mesh": "meshes", "Policy": "policies", "Canary": "canaries"}

// table is what kubectl get prints.
func table(ctx context.Context, kind string) *metav1.Table {
	GinkgoHelper()
	out := &metav1.Table{}
	Expect(discovery.NewDiscoveryClientForConfigOrDie(config).RESTClient().Get().
		AbsPath("/apis/weft.dev/v1alpha1", resources[kind]).
		SetHeader("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io").
		Do(ctx).Into(out)).To(Succeed())
	return out
}

func read(ctx context.Context, object *unstructured.Unstructured) *unstructured.Unstructured {
	GinkgoHelper()
	out := &unstructured.Unstructured{}
	out.SetGroupVersionKind(object.GroupVersionKind())
	Expect(api.Get(ctx, client.ObjectKeyFromObject(object), out)).To(Succeed())
	return out
}
