package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	authv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	apiwatch "k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// bed is a cluster in memory. A test plays the operator: it is told when a command has opened its watch.
type bed struct {
	client.WithWatch
	watching chan struct{}
	pauses   int
	ticks    chan time.Time // with it, the output is a terminal
}

func newBed(t *testing.T, objects ...client.Object) *bed {
	t.Helper()
	scheme, err := newScheme()
	if err != nil {
		t.Fatal(err)
	}
	b := &bed{watching: make(chan struct{}, 100)}
	b.WithWatch = fake.NewClientBuilder().WithScheme(scheme).WithStatusSubresource(&v1alpha1.Canary{}).WithObjects(objects...).
		WithIndex(&corev1.Event{}, involvedName, func(o client.Object) []string { return []string{o.(*corev1.Event).InvolvedObject.Name} }).
		WithInterceptorFuncs(interceptor.Funcs{
			Watch: func(ctx context.Context, c client.WithWatch, l client.ObjectList, opts ...client.ListOption) (apiwatch.Interface, error) {
				w, err := c.Watch(ctx, l, opts...)
				b.watching <- struct{}{}
				return w, err
			},
			Create: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.CreateOption) error {
				if review, ok := o.(*authv1.SelfSubjectReview); ok {
					review.Status.UserInfo.Username = "ada"
					return nil
				}
				return c.Create(ctx, o, opts...)
			},
		}).Build()
	return b
}

var errPauses = errors.New("paused too often")

func (b *bed) world(c client.WithWatch) World {
	return World{
		Connect: func(f *Flags) (Cluster, error) {
			named := f.Overrides.Context.Namespace
			if named == "" {
				return Cluster{WithWatch: c, Namespace: "shop"}, nil
			}
			return Cluster{WithWatch: c, Namespace: named, Named: true}, nil
		},
		Terminal: func(io.Writer) bool { return b.ticks != nil },
		Ticks:    func() (<-chan time.Time, func()) { return b.ticks, func() {} },
		Now:      func() time.Time { return time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC) },
		Pause: func(ctx context.Context) error {
			if b.pauses++; b.pauses > 10 {
				return errPauses
			}
			return ctx.Err()
		},
	}
}

// run carries out one command line.
func (b *bed) run(ctx context.Context, args ...string) (code int, out string) {
	return run(ctx, b.world(b.WithWatch), "", args...)
}

func run(ctx context.Context, world World, input string, args ...string) (code int, out string) {
	var text bytes.Buffer
	code = Run(ctx, world, args, strings.NewReader(input), &text, &text)
	return code, text.String()
}

func progressing() *v1alpha1.Canary {
	c := &v1alpha1.Canary{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"}}
	c.Spec.Steps = []v1alpha1.CanaryStep{{Weight: 20}}
	c.Status.Phase = v1alpha1.CanaryProgressing
	c.Status.Run = &v1alpha1.CanaryRun{Revision: "r1"}
	return c
}

// update edits the status of the Canary as the operator would.
func (b *bed) update(t *testing.T, edit func(*v1alpha1.Canary)) {
	t.Helper()
	c := &v1alpha1.Canary{}
	if err := b.Get(t.Context(), client.ObjectKey{Namespace: "shop", Name: "web"}, c); err != nil {
		t.Fatal(err)
	}
	edit(c)
	if err := b.Status().Update(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

func TestStatusExitCode(t *testing.T) {
	ready := []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, LastTransitionTime: metav1.Now(), Reason: "Ready"}}
	mesh := &v1alpha1.Mesh{ObjectMeta: metav1.ObjectMeta{Name: "default"}, Status: v1alpha1.MeshStatus{Conditions: ready}}
	other := &v1alpha1.Policy{ObjectMeta: metav1.ObjectMeta{Namespace: "pay", Name: "new"}}

	if code, out := newBed(t, mesh).run(t.Context(), "status"); code != 0 || !strings.Contains(out, "Everything is Ready.") {
		t.Errorf("healthy: code %d\n%s", code, out)
	}
	if code, out := newBed(t, mesh, other).run(t.Context(), "status"); code != 1 || !strings.Contains(out, "pay/new") {
		t.Errorf("a Policy that is not Ready: code %d\n%s", code, out)
	}
	if code, out := newBed(t, mesh, other).run(t.Context(), "status", "-n", "shop"); code != 0 || strings.Contains(out, "pay/new") {
		t.Errorf("a Policy of another namespace than asked for: code %d\n%s", code, out)
	}
	if code, out := newBed(t).run(t.Context(), "status"); code != 1 || !strings.Contains(out, "There is no Mesh yet") {
		t.Errorf("no Mesh: code %d\n%s", code, out)
	}
}

func TestNotInstalled(t *testing.T) {
	b := newBed(t)
	bare := interceptor.NewClient(b.WithWatch, interceptor.Funcs{
		List: func(context.Context, client.WithWatch, client.ObjectList, ...client.ListOption) error {
			return &meta.NoKindMatchError{}
		},
	})
	code, out := run(t.Context(), b.world(bare), "", "status")
	if code != 1 || !strings.Contains(out, "weft is not installed") {
		t.Errorf("code %d, %s", code, out)
	}
}

func TestCanaryStatus(t *testing.T) {
	b := newBed(t, progressing())
	if code, out := b.run(t.Context(), "canary", "status", "web"); code != 0 || !strings.Contains(out, "Canary shop/web") {
		t.Errorf("code %d\n%s", code, out)
	}
	if code, out := b.run(t.Context(), "canary", "status", "none"); code != 1 || !strings.Contains(out, "there is no Canary none in namespace shop") {
		t.Errorf("code %d\n%s", code, out)
	}
}

func TestCompletion(t *testing.T) {
	other := progressing()
	other.Namespace, other.Name = "pay", "elsewhere"
	_, out := newBed(t, progressing(), other).run(t.Context(), "__complete", "canary", "abort", "")
	if !strings.Contains(out, "web\tProgressing\n") || strings.Contains(out, "elsewhere") {
		t.Errorf("want the Canaries of the namespace alone, got:\n%s", out)
	}
}

func TestUninstallAsks(t *testing.T) {
	mesh := &v1alpha1.Mesh{ObjectMeta: metav1.ObjectMeta{Name: "default"}}
	for name, tc := range map[string]struct {
		input string
		args  []string
		code  int
		gone  bool
	}{
		"No":      {"no\n", nil, 1, false},
		"Silence": {"", nil, 1, false},
		"Yes":     {"yes\n", nil, 0, true},
		"Flag":    {"", []string{"--yes"}, 0, true},
		"DryRun":  {"yes\n", []string{"--dry-run"}, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, mesh.DeepCopy())
			code, out := run(t.Context(), b.world(b.WithWatch), tc.input, append([]string{"uninstall"}, tc.args...)...)
			err := b.Get(t.Context(), client.ObjectKeyFromObject(mesh), &v1alpha1.Mesh{})
			if code != tc.code || (err != nil) != tc.gone || !strings.Contains(out, "Mesh default") {
				t.Errorf("code %d (want %d), gone %v (want %v):\n%s", code, tc.code, err != nil, tc.gone, out)
			}
		})
	}
}
