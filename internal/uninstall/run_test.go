package uninstall

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/hold"
)

var errTooLong = errors.New("too long")

// cluster is an API server with an install in it. Each pause its ReplicaSet replaces missing pods by plain ready ones.
type cluster struct {
	client.Client
	said   []string
	writes []string
	pauses int
	refuse func(pod string) error // what an eviction is answered with
}

func newCluster(t *testing.T, objects ...client.Object) *cluster {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := errors.Join(clientscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	c := &cluster{refuse: func(string) error { return nil }}
	c.Client = fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).WithInterceptorFuncs(interceptor.Funcs{
		Delete: func(ctx context.Context, w client.WithWatch, o client.Object, opts ...client.DeleteOption) error {
			c.writes = append(c.writes, o.GetObjectKind().GroupVersionKind().Kind+" "+o.GetName())
			return w.Delete(ctx, o, opts...)
		},
		SubResourceCreate: func(ctx context.Context, w client.Client, sub string, o, body client.Object, opts ...client.SubResourceCreateOption) error {
			if err := c.refuse(o.GetName()); err != nil {
				return err
			}
			c.writes = append(c.writes, "evict "+o.GetName())
			return w.SubResource(sub).Create(ctx, o, body, opts...)
		},
	}).Build()
	return c
}

func (c *cluster) run(ctx context.Context) error {
	return Runner{Client: c, Home: DefaultNamespace, Say: func(l string) { c.said = append(c.said, l) }, Pause: c.pause}.Run(ctx)
}

func (c *cluster) pause(ctx context.Context) error {
	if c.pauses++; c.pauses > 50 {
		return errTooLong
	}
	for _, name := range []string{"web-1", "web-2"} {
		if apierrors.IsNotFound(c.Get(ctx, client.ObjectKey{Namespace: "shop", Name: name}, &corev1.Pod{})) {
			plain := webPod(name+"-plain", false)
			if err := c.Create(ctx, plain); err != nil && !apierrors.IsAlreadyExists(err) {
				return err
			}
		}
	}
	return nil
}

func webPod(name string, injected bool) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, OwnerReferences: []metav1.OwnerReference{
		{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "web", UID: "web", Controller: new(true)},
	}}}
	p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	if injected {
		p.Annotations = map[string]string{v1alpha1.AnnotationInjected: "hash"}
	}
	return p
}

func object(kind source, namespace, name string, labels map[string]string, finalizers ...string) client.Object {
	m := Object{Kind: kind.kind, Namespace: namespace, Name: name}.metadata()
	m.SetLabels(labels)
	m.SetFinalizers(finalizers)
	return m
}

func sourceOf(stage Stage, kind string) source {
	i := slices.IndexFunc(sources, func(s source) bool { return s.stage == stage && s.kind.Kind == kind })
	return sources[i]
}

var (
	partOf  = map[string]string{LabelPartOf: PartOf}
	managed = map[string]string{v1alpha1.LabelManagedBy: "default"}
)

// install is the whole of an install, and beside it objects of a user that must stay.
func install() []client.Object {
	bare := webPod("bare", true)
	bare.OwnerReferences = nil
	return []client.Object{
		object(sourceOf(Injection, "MutatingWebhookConfiguration"), "", Injector, nil),
		object(sourceOf(Control, "Deployment"), DefaultNamespace, Operator, partOf),
		&v1alpha1.Canary{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", Finalizers: []string{v1alpha1.Finalizer}}},
		&v1alpha1.Policy{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", Finalizers: []string{v1alpha1.Finalizer}}},
		&v1alpha1.Mesh{ObjectMeta: metav1.ObjectMeta{Name: "default"}},
		object(sourceOf(Made, "NetworkPolicy"), "shop", "weft-web", managed),
		object(sourceOf(Made, "ConfigMap"), "shop", v1alpha1.TrustConfigMap, managed),
		object(sourceOf(Made, "ClusterRole"), "", "weft-operator", partOf),
		object(sourceOf(Schemas, "CustomResourceDefinition"), "", "meshes.weft.dev", nil),
		object(sourceOf(Home, "Namespace"), "", DefaultNamespace, partOf),
		webPod("web-1", true), webPod("web-2", true), bare,
	}
}

func users() []client.Object {
	return []client.Object{
		object(sourceOf(Injection, "MutatingWebhookConfiguration"), "", "other", nil),
		object(sourceOf(Made, "NetworkPolicy"), "shop", "theirs", nil),
		object(sourceOf(Made, "ClusterRole"), "", "theirs", map[string]string{LabelPartOf: "shop"}),
		object(sourceOf(Schemas, "CustomResourceDefinition"), "", "looms.example.com", nil),
		object(sourceOf(Home, "Namespace"), "", "shop", map[string]string{v1alpha1.LabelMesh: "default"}),
		object(sourceOf(Home, "Namespace"), "", "tools", partOf),
		object(sourceOf(Home, "Service"), "shop", "web", partOf),
	}
}

func TestRunLeavesAPlainCluster(t *testing.T) {
	c := newCluster(t, slices.Concat(install(), users())...)
	if err := c.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	found, err := Find(t.Context(), c, DefaultNamespace)
	if err != nil || len(Plan(found)) != 0 {
		t.Errorf("after the run: %v, %v; want nothing left", Plan(found), err)
	}
	if len(Left(found)) != 1 || !strings.Contains(Remains(found), "shop/bare") {
		t.Errorf("the bare pod must stay and be named, got:\n%s", Remains(found))
	}
	for _, o := range users() {
		if err := c.Get(t.Context(), client.ObjectKeyFromObject(o), o); err != nil {
			t.Errorf("an object of the user is gone: %v", err)
		}
	}
	if first, last := c.writes[0], c.writes[len(c.writes)-1]; first != "MutatingWebhookConfiguration weft-injector" || last != "Namespace weft-system" {
		t.Errorf("first %q, last %q; want the webhook first and the namespace last", first, last)
	}

	c.writes = nil
	if err := c.run(t.Context()); err != nil || len(c.writes) != 0 {
		t.Errorf("a second run: %v, wrote %v; want nothing", err, c.writes)
	}
}

// Stopped at any pause or failing at any write, a run is finished by the next one.
func TestRunGoesOnAfterInterruption(t *testing.T) {
	for stop := range 12 {
		c := newCluster(t, install()...)
		ctx, cancel := context.WithCancelCause(t.Context())
		writes := 0
		interrupted := interceptor.NewClient(c.Client.(client.WithWatch), interceptor.Funcs{
			Delete: func(ctx context.Context, w client.WithWatch, o client.Object, opts ...client.DeleteOption) error {
				if writes++; writes > stop {
					cancel(errTooLong)
					return context.Cause(ctx)
				}
				return w.Delete(ctx, o, opts...)
			},
		})
		first := Runner{Client: interrupted, Home: DefaultNamespace, Say: func(string) {}, Pause: c.pause}.Run(ctx)
		if stop < 9 && first == nil {
			t.Fatalf("stop %d: the first run was not interrupted", stop)
		}
		if err := c.run(t.Context()); err != nil {
			t.Errorf("stop %d: second run: %v", stop, err)
		}
		if found, err := Find(t.Context(), c, DefaultNamespace); err != nil || len(Plan(found)) != 0 {
			t.Errorf("stop %d: left %v, %v", stop, Plan(found), err)
		}
	}
}

func TestRunWaitsForABudget(t *testing.T) {
	c := newCluster(t, install()...)
	refusals := 3
	c.refuse = func(string) error {
		if refusals--; refusals >= 0 {
			return apierrors.NewTooManyRequests("the disruption budget web needs 2 healthy pods", 1)
		}
		return nil
	}
	if err := c.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(strings.Join(c.said, "\n"), "disruption budget"); n != 1 {
		t.Errorf("the refusal was told %d times, want once:\n%s", n, strings.Join(c.said, "\n"))
	}

	c = newCluster(t, install()...)
	c.refuse = func(string) error { return apierrors.NewTooManyRequests("never", 1) }
	if err := c.run(t.Context()); !errors.Is(err, errTooLong) || !strings.Contains(err.Error(), "shop/web-1 can't be evicted") {
		t.Errorf("a budget that never allows: got %v, want the end of patience with the pod's name", err)
	}
}

// remake makes an object anew, under another UID, each time that it was deleted, and at most as often as said.
func remake(c *cluster, victim client.Object, times int) client.Client {
	return interceptor.NewClient(c.Client.(client.WithWatch), interceptor.Funcs{
		Delete: func(ctx context.Context, w client.WithWatch, o client.Object, opts ...client.DeleteOption) error {
			err := w.Delete(ctx, o, opts...)
			if times--; o.GetName() == victim.GetName() && times >= 0 {
				again := victim.DeepCopyObject().(client.Object)
				again.SetUID(types.UID(fmt.Sprint(times)))
				err = errors.Join(err, w.Create(ctx, again))
			}
			return err
		},
	})
}

// A webhook that the operator makes anew while it stops goes in the second round; what always comes back is reported.
func TestRunAgainstMakers(t *testing.T) {
	for name, tc := range map[string]struct {
		times int
		want  string
	}{"Once": {1, ""}, "Always": {100, "makes these objects anew"}} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t, install()...)
			injector := object(sourceOf(Injection, "MutatingWebhookConfiguration"), "", Injector, nil)
			err := Runner{Client: remake(c, injector, tc.times), Home: DefaultNamespace, Say: func(string) {}, Pause: c.pause}.Run(t.Context())
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want+", perhaps a GitOps tool: MutatingWebhookConfiguration weft-injector")) {
				t.Errorf("got error %v, want %q", err, tc.want)
			}
		})
	}
}

// A pod whose rollout is held waits for an operator that is gone. It is released before anything of it is replaced, with a
// sidecar or without.
func TestRunReleasesPodsThatWait(t *testing.T) {
	var objects []client.Object
	for name, injected := range map[string]bool{"web-1": true, "plain": false} {
		held := webPod(name, injected)
		held.Spec.ReadinessGates = []corev1.PodReadinessGate{{ConditionType: hold.Gate}}
		objects = append(objects, held)
	}
	c := newCluster(t, append(objects, object(sourceOf(Resources, "Canary"), "shop", "web", nil))...)
	if err := c.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"  released shop/plain", "  released shop/web-1"} {
		if !slices.Contains(c.said, line) {
			t.Errorf("nothing said %q: %q", line, c.said)
		}
	}
	released, evicted := slices.Index(c.said, "  released shop/web-1"), slices.Index(c.said, "  evicted shop/web-1")
	if released > evicted {
		t.Errorf("evicted before it was released: %q", c.said)
	}
	plain := &corev1.Pod{}
	if err := c.Get(t.Context(), client.ObjectKey{Namespace: "shop", Name: "plain"}, plain); err != nil || hold.Waiting(plain) {
		t.Errorf("it still waits: %v %+v", err, plain.Status)
	}
}
