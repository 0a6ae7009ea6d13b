package cli

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

func (b *bed) order(t *testing.T) v1alpha1.Command {
	t.Helper()
	c := &v1alpha1.Canary{}
	if err := b.Get(t.Context(), client.ObjectKey{Namespace: "shop", Name: "web"}, c); err != nil {
		t.Fatal(err)
	}
	var order v1alpha1.Command
	if text := c.Annotations[v1alpha1.AnnotationCommand]; text != "" {
		if err := json.Unmarshal([]byte(text), &order); err != nil {
			t.Fatalf("the annotation is not JSON: %v", err)
		}
	}
	return order
}

// answer plays the operator.
func (b *bed) answer(t *testing.T, refused string) v1alpha1.Command {
	t.Helper()
	order := b.order(t)
	order.Refused = refused
	b.update(t, func(c *v1alpha1.Canary) { c.Status.LastCommand = &order })
	return order
}

func TestOrder(t *testing.T) {
	for name, tc := range map[string]struct {
		refused string
		code    int
		want    string
	}{
		"CarriedOut": {"", 0, "abort of revision r1 of Canary shop/web: carried out"},
		"Refused":    {"nothing is in progress", 1, "refused: nothing is in progress"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, progressing())
			done := b.start(t.Context(), "canary", "abort", "web")
			<-b.watching
			order := b.answer(t, tc.refused)
			if got := <-done; got.code != tc.code || !strings.Contains(got.out, tc.want) {
				t.Errorf("code %d, want %d:\n%s", got.code, tc.code, got.out)
			}
			if order.Action != v1alpha1.ActionAbort || order.Revision != "r1" || order.Actor != "ada" || len(order.ID) < 20 || order.Time.IsZero() {
				t.Errorf("the order is not complete: %+v", order)
			}
		})
	}
}

// An order changes nothing but its annotation, and two equal orders differ.
func TestOrderTouchesOnlyItsAnnotation(t *testing.T) {
	b := newBed(t, progressing())
	before := &v1alpha1.Canary{}
	key := client.ObjectKey{Namespace: "shop", Name: "web"}
	if err := b.Get(t.Context(), key, before); err != nil {
		t.Fatal(err)
	}
	first, err := give(t.Context(), Cluster{WithWatch: b, Namespace: "shop"}, "web", v1alpha1.Command{Action: v1alpha1.ActionPromote})
	if err != nil {
		t.Fatal(err)
	}
	second, err := give(t.Context(), Cluster{WithWatch: b, Namespace: "shop"}, "web", v1alpha1.Command{Action: v1alpha1.ActionPromote})
	if err != nil || first.ID == second.ID {
		t.Errorf("two orders: %v, IDs %q and %q", err, first.ID, second.ID)
	}
	after := &v1alpha1.Canary{}
	if err := b.Get(t.Context(), key, after); err != nil {
		t.Fatal(err)
	}
	after.Annotations, after.ResourceVersion = nil, before.ResourceVersion
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

// racing changes the Canary between the reading and the first writing of an order.
func racing(b *bed, change func()) client.WithWatch {
	raced := false
	return interceptor.NewClient(b.WithWatch, interceptor.Funcs{
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, opts ...client.PatchOption) error {
			if !raced {
				raced = true
				change()
			}
			return c.Patch(ctx, o, p, opts...)
		},
	})
}

func TestOrderAgainstAChange(t *testing.T) {
	for name, tc := range map[string]struct {
		edit func(*v1alpha1.Canary)
		args v1alpha1.Command
		want string // a part of the error; empty when the order is given
	}{
		"SameRevision":  {func(c *v1alpha1.Canary) { c.Status.Step++ }, v1alpha1.Command{}, ""},
		"OtherRevision": {func(c *v1alpha1.Canary) { c.Status.Run.Revision = "r2" }, v1alpha1.Command{}, "r2 has just taken the place of r1"},
		"Explicit":      {func(c *v1alpha1.Canary) { c.Status.Run.Revision = "r2" }, v1alpha1.Command{Revision: "r1"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, progressing())
			raced := racing(b, func() { b.update(t, tc.edit) })
			tc.args.Action = v1alpha1.ActionPromote
			_, err := give(t.Context(), Cluster{WithWatch: raced, Namespace: "shop"}, "web", tc.args)
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			if given := b.order(t).Revision; err == nil && given != "r1" || err != nil && given != "" {
				t.Errorf("the order in the annotation is about %q", given)
			}
		})
	}
}

func TestOrderWithoutARun(t *testing.T) {
	idle := progressing()
	idle.Status = v1alpha1.CanaryStatus{Phase: v1alpha1.CanaryWaiting}
	b := newBed(t, idle)
	if code, out := b.run(t.Context(), "canary", "promote", "web"); code != 1 || !strings.Contains(out, "nothing to promote") {
		t.Errorf("code %d\n%s", code, out)
	}
}

func TestOrderIsNotAnswered(t *testing.T) {
	b := newBed(t, progressing())
	code, out := b.run(t.Context(), "canary", "abort", "web", "--timeout", "50ms")
	if code != 1 || !strings.Contains(out, "has not answered within 50ms") || b.order(t).ID == "" {
		t.Errorf("code %d, order %+v\n%s", code, b.order(t), out)
	}
}

func TestOrderIsDisplaced(t *testing.T) {
	b := newBed(t, progressing())
	done := b.start(t.Context(), "canary", "abort", "web")
	<-b.watching
	if _, err := give(t.Context(), Cluster{WithWatch: b, Namespace: "shop"}, "web", v1alpha1.Command{Action: v1alpha1.ActionPromote}); err != nil {
		t.Fatal(err)
	}
	if got := <-done; got.code != 1 || !strings.Contains(got.out, "another order took its place before the operator answered: promote by ada") {
		t.Errorf("code %d\n%s", got.code, got.out)
	}
}
