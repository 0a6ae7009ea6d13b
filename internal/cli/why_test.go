package cli

import (
	"context"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

func event(name string, about corev1.ObjectReference, message string) *corev1.Event {
	return &corev1.Event{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}, InvolvedObject: about, Reason: "StepStarted", Message: message}
}

func TestExplain(t *testing.T) {
	c := progressing()
	c.UID = "u1"
	c.Status.Position, c.Status.Weight = &v1alpha1.Position{WaitingFor: "Requests: 60 of 100 requests"}, &v1alpha1.CanaryWeight{Desired: 20}
	b := newBed(t, c,
		event("a", corev1.ObjectReference{Kind: "Canary", Name: "web", UID: "u1"}, "gets weight 20"),
		event("b", corev1.ObjectReference{Kind: "Canary", Name: "web", UID: "u0"}, "of an older one"),
		event("c", corev1.ObjectReference{Kind: "Service", Name: "web", UID: "u1"}, "of a Service"),
	)
	code, out := b.run(t.Context(), "canary", "explain", "web")
	if code != 0 || !strings.Contains(out, "It waits for Requests: 60 of 100 requests") || !strings.Contains(out, "gets weight 20") ||
		strings.Contains(out, "of an older one") || strings.Contains(out, "of a Service") {
		t.Errorf("code %d\n%s", code, out)
	}
	if code, out := b.run(t.Context(), "canary", "explain", "none"); code != 1 || !strings.Contains(out, "there is no Canary none") {
		t.Errorf("code %d\n%s", code, out)
	}
	if code, out := b.run(t.Context(), "canary", "explain"); code != 1 || !strings.Contains(out, "accepts 1 arg") {
		t.Errorf("code %d\n%s", code, out)
	}
}

// A user who may read Canaries but no events is told the rest.
func TestExplainWithoutEvents(t *testing.T) {
	b := newBed(t, progressing())
	closed := interceptor.NewClient(b.WithWatch, interceptor.Funcs{
		List: func(ctx context.Context, c client.WithWatch, l client.ObjectList, opts ...client.ListOption) error {
			if _, events := l.(*corev1.EventList); events {
				return apierrors.NewForbidden(schema.GroupResource{Resource: "events"}, "", nil)
			}
			return c.List(ctx, l, opts...)
		},
	})
	if code, out := run(t.Context(), b.world(closed), "", "canary", "explain", "web"); code != 0 || strings.Contains(out, "events") {
		t.Errorf("code %d\n%s", code, out)
	}
}

// Every command of a canary has help, and completes names.
func TestCanaryCommandsHelpAndComplete(t *testing.T) {
	b := newBed(t, progressing())
	for _, name := range []string{"status", "explain", "watch", "pause", "resume", "promote", "abort", "retry"} {
		if code, out := b.run(t.Context(), "canary", name, "--help"); code != 0 || !strings.Contains(out, "kubectl weft canary "+name+" NAME") {
			t.Errorf("%s --help: code %d\n%s", name, code, out)
		}
		if _, out := b.run(t.Context(), "__complete", "canary", name, ""); !strings.Contains(out, "web\tProgressing\n") {
			t.Errorf("%s completes:\n%s", name, out)
		}
	}
}

func TestRevisionCompletes(t *testing.T) {
	c := progressing()
	c.Status.History = []v1alpha1.CanaryRecord{{Revision: "r0", Phase: v1alpha1.CanaryRolledBack}}
	b := newBed(t, c)
	for _, name := range []string{"watch", "pause", "retry"} {
		if _, out := b.run(t.Context(), "__complete", "canary", name, "web", "--revision", ""); !strings.Contains(out, "r1\tProgressing\nr0\tRolledBack\n") {
			t.Errorf("%s completes:\n%s", name, out)
		}
	}
	if _, out := b.run(t.Context(), "__complete", "canary", "watch", "none", "--revision", ""); strings.Contains(out, "r1") {
		t.Errorf("a Canary that is not there completes:\n%s", out)
	}
}
