package webhook

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

func install() Install {
	return Install{
		Namespace: "weft-system",
		Service:   "weft-webhook",
		Port:      443,
		Owner:     metav1.OwnerReference{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "ClusterRole", Name: "weft-operator", UID: "1"},
		CABundle:  []byte("PEM"),
	}
}

// A webhook that fails closed must not be able to hold up the cluster, itself, or anyone who has not asked for it.
func TestAskedOnlyAboutJoinedNamespaces(t *testing.T) {
	selector, err := metav1.LabelSelectorAsSelector(only(t).NamespaceSelector)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		namespace string
		labels    map[string]string
		want      bool
	}{
		{"shop", map[string]string{v1alpha1.LabelMesh: "main"}, true},
		{"shop", map[string]string{v1alpha1.LabelMesh: "none"}, false},
		{"shop", map[string]string{v1alpha1.LabelMesh: ""}, false},
		{"shop", nil, false},
		{"kube-system", map[string]string{v1alpha1.LabelMesh: "main"}, false},
		{"weft-system", map[string]string{v1alpha1.LabelMesh: "main"}, false},
	} {
		set := labels.Set{"kubernetes.io/metadata.name": c.namespace}
		if got := selector.Matches(labels.Merge(set, c.labels)); got != c.want {
			t.Errorf("%s %v: asked %v, want %v", c.namespace, c.labels, got, c.want)
		}
	}
}

func TestPodOptsOut(t *testing.T) {
	selector, err := metav1.LabelSelectorAsSelector(only(t).ObjectSelector)
	if err != nil {
		t.Fatal(err)
	}
	if selector.Matches(labels.Set{v1alpha1.LabelMesh: v1alpha1.MeshNone}) || !selector.Matches(labels.Set{"app": "cart"}) {
		t.Fatalf("selector %s", selector)
	}
}

func TestConfigurationGoesWithTheInstall(t *testing.T) {
	in := install()
	if diff := cmp.Diff([]metav1.OwnerReference{in.Owner}, Configuration(in).OwnerReferences); diff != "" {
		t.Fatal(diff)
	}
}

func TestFailsClosedAndIsAskedAgain(t *testing.T) {
	w := only(t)
	if *w.FailurePolicy != admissionregistrationv1.Fail || *w.ReinvocationPolicy != admissionregistrationv1.IfNeededReinvocationPolicy ||
		*w.SideEffects != admissionregistrationv1.SideEffectClassNone || *w.TimeoutSeconds > 5 {
		t.Fatalf("webhook %+v", w)
	}
}

// Where a Deployment is held, and only there, the API server asks about its pods, fails closed about these, and open about
// the sizes of ReplicaSets.
func TestAskedAboutHeldRollouts(t *testing.T) {
	in := install()
	in.Held = []string{"shop"}
	asked := Configuration(in).Webhooks[2:]
	if len(asked) != 2 || *asked[0].FailurePolicy != admissionregistrationv1.Fail || *asked[1].FailurePolicy != admissionregistrationv1.Ignore {
		t.Fatalf("webhooks %+v", asked)
	}
	for _, w := range asked {
		selector, err := metav1.LabelSelectorAsSelector(w.NamespaceSelector)
		if err != nil {
			t.Fatal(err)
		}
		for namespace, want := range map[string]bool{"shop": true, "other": false, "weft-system": false} {
			set := labels.Set{"kubernetes.io/metadata.name": namespace, v1alpha1.LabelMesh: "main"}
			if got := selector.Matches(set); got != want {
				t.Errorf("%s about %s: asked %v", w.Name, namespace, got)
			}
		}
	}
}

// Whether a Canary may have its target is asked in joined namespaces only, and never holds it up.
func TestAskedAboutTargetsOfCanaries(t *testing.T) {
	w := Configuration(install()).Webhooks[1]
	if w.Name != "canaries.weft.dev" || *w.FailurePolicy != admissionregistrationv1.Ignore || *w.SideEffects != admissionregistrationv1.SideEffectClassNone {
		t.Fatalf("webhook %+v", w)
	}
	if diff := cmp.Diff(only(t).NamespaceSelector, w.NamespaceSelector); diff != "" {
		t.Errorf("the injector and this one (-want +got):\n%s", diff)
	}
}

// only is the webhook that injects, which is there whatever is held.
func only(t *testing.T) admissionregistrationv1.MutatingWebhook {
	t.Helper()
	c := Configuration(install())
	if len(c.Webhooks) != 2 || c.Webhooks[0].Name != webhookName {
		t.Fatalf("%d webhooks", len(c.Webhooks))
	}
	return c.Webhooks[0]
}
