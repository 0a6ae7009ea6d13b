package mesh

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/runtime"
	kubescheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/observe"
)

// A replica is of no use while it doesn't know what proxies are to get.
func TestWorldIsKnown(t *testing.T) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{kubescheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	stored := &v1alpha1.Mesh{}
	stored.Name = "default"
	away := interceptor.Funcs{Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
		return errors.New("the cache is not filled")
	}}
	for _, c := range []struct {
		reason string
		reader client.Reader
		want   bool
	}{
		{"an install without a Mesh has nothing to build", fake.NewClientBuilder().WithScheme(scheme).Build(), true},
		{"nothing could be read", fake.NewClientBuilder().WithScheme(scheme).WithInterceptorFuncs(away).Build(), false},
		{"there is a Mesh, but its routes are not known", fake.NewClientBuilder().WithScheme(scheme).WithObjects(stored).Build(), false},
	} {
		t.Run(c.reason, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			loop := &Controller{
				Cluster: observe.Cluster{
					Reader: c.reader, Mesh: stored.Name, Namespace: "weft-system",
					HTTPRoutes: observe.NewOptional(observe.HTTPRoute, nil, logr.Discard(), func(string) {}),
				},
				World: &World{}, Pace: &observe.Pace{},
			}
			loop.Pace.Note("", time.Now())
			_, err := loop.Reconcile(ctx, reconcile.Request{})
			if got := loop.World.Known(); got != c.want || (err == nil) != c.want {
				t.Fatalf("known %v, error %v", got, err)
			}
		})
	}
}
