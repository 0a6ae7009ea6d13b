package crash

import (
	"context"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Objects that no rule of a CRD would let in say what is wrong with them. They don't end the operator, nor keep another
// one from starting, nor hold up others.
func TestUnvalidatedObjects(t *testing.T) {
	reset(t)
	stopValidating(t)
	const name, address = "weft-operator-0", "127.0.53.1"
	o := alone(t, name, address)

	create(t, namespace("odd", nil), service("odd", "shop", map[string]string{"app": "shop"}))
	create(t, meshed(pod("odd", "shop", map[string]string{"app": "shop"}), "shop"))
	join(t, "odd")
	front := newFront(t, "sane", address)
	for _, c := range unvalidated {
		store(t, c.name, c.text())
	}
	for _, c := range unvalidated {
		t.Run(c.name, func(t *testing.T) { saysWhy(t, c.name, c.kind, c.reason) })
	}
	t.Run("others go on", func(t *testing.T) { goesOn(t, front, "cart") })

	if t.Failed() {
		return
	}
	select {
	case <-o.ended:
		t.Fatal("the operator has ended")
	default:
	}
	o.kill()
	abandon(t)
	o = start(t, name, address, "")
	t.Cleanup(func() { o.kill() })
	front.proxies[address] = connectProxy(t, front.pods[address], address)
	t.Run("another operator starts, and others go on", func(t *testing.T) { goesOn(t, front, "mobile") })
}

// store makes an odd object. Its removal needs no operator.
func store(t *testing.T, name string, text string) {
	t.Helper()
	o := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &o.Object); err != nil {
		t.Fatal(err)
	}
	o.SetNamespace("odd")
	o.SetName(name)
	create(t, o)
	t.Cleanup(func() {
		ctx := context.Background()
		if err := api.Patch(ctx, o, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`))); err != nil {
			t.Error(err)
		}
		if err := api.Delete(ctx, o); err != nil {
			t.Error(err)
		}
	})
}

// saysWhy awaits that the status of an object, or the Mesh's for a route, has the reason.
func saysWhy(t *testing.T, name, kind, reason string) {
	t.Helper()
	await(t, kind+" "+name+" to say why", func(g Gomega) {
		if kind == "HTTPRoute" {
			m := mesh()
			g.Expect(api.Get(t.Context(), client.ObjectKeyFromObject(m), m)).To(Succeed())
			g.Expect(m.Status.Routes).To(ContainElement(And(HaveField("Name", name), HaveField("Reason", HavePrefix(reason+": ")))))
			return
		}
		o := &unstructured.Unstructured{}
		o.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(kind))
		g.Expect(api.Get(t.Context(), client.ObjectKey{Namespace: "odd", Name: name}, o)).To(Succeed())
		var told struct {
			Status struct {
				Conditions []metav1.Condition `json:"conditions"`
			} `json:"status"`
		}
		g.Expect(runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &told)).To(Succeed())
		accepted := meta.FindStatusCondition(told.Status.Conditions, v1alpha1.ConditionAccepted)
		g.Expect(accepted).NotTo(BeNil())
		g.Expect(string(accepted.Status) + " " + accepted.Reason).To(Equal("False " + reason))
		g.Expect(accepted.Message).NotTo(BeEmpty())
	})
}

// goesOn checks that a new Policy of a sane namespace reaches its proxy and settles.
func goesOn(t *testing.T, f front, caller string) {
	t.Helper()
	p := policy(f.home, caller, "front", caller)
	create(t, p)
	settled(t, p)
	if a := p.Status.Proxies; a == nil || a.Total != 1 || a.Acknowledged != 1 {
		t.Errorf("acknowledged: %+v", a)
	}
}
