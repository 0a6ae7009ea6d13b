package observe

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// What is stored of joined namespaces is read, sorted. Other meshes' books, other objects and lines that can't be read are
// left alone.
func TestStoredCallsAreRead(t *testing.T) {
	object := func(namespace, name, mesh, text string) *corev1.ConfigMap {
		return &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{v1alpha1.LabelManagedBy: mesh}},
			Data:       map[string]string{v1alpha1.ScopeKey: text},
		}
	}
	c := Cluster{Mesh: "main", Namespace: "weft-system", Reader: fake.NewClientBuilder().WithObjects(
		object("weft-system", "weft-scope-shop", "main", "web bank/rates 2026-01-02\nnonsense\ncart@robot shop/a 2026-01-01\n"),
		object("weft-system", "weft-scope-left", "main", "web shop/a 2026-01-01\n"),
		object("weft-system", "weft-scope-bank", "other", "web shop/a 2026-01-01\n"),
		object("shop", "weft-scope-bank", "main", "web shop/a 2026-01-01\n"),
		object("weft-system", "settings", "main", "web shop/a 2026-01-01\n"),
	).Build()}
	books, err := c.Books(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []snapshot.Call{
		{Namespace: "shop", Workload: "cart@robot", ToNamespace: "shop", To: "a"},
		{Namespace: "shop", Workload: "web", ToNamespace: "bank", To: "rates"},
	}
	if diff := cmp.Diff(want, observed(books, map[string]bool{"shop": true, "bank": true})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
