package observe

import (
	"context"
	"fmt"
	"sync"

	"github.com/go-logr/logr"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gateway "sigs.k8s.io/gateway-api/apis/v1"
)

// HTTPRoute is the kind of the Gateway API that meshes use.
var HTTPRoute = schema.GroupVersionKind{Group: gateway.GroupName, Version: "v1", Kind: "HTTPRoute"}

// definition is the name of the CRD of HTTPRoute.
const definition = "httproutes." + gateway.GroupName

// Optional watches for CRDs that may be absent or arrive late, and watches their objects from then on.
type Optional struct {
	Cache cache.Cache
	Log   logr.Logger
	// Changed is called when objects of an optional kind, or the set of kinds, have changed.
	Changed func()

	mu     sync.Mutex
	served map[schema.GroupVersionKind]bool
}

// Served says whether objects of a kind can be read from the cache.
func (o *Optional) Served(kind schema.GroupVersionKind) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.served[kind]
}

// Start watches until the context ends.
func (o *Optional) Start(ctx context.Context) error {
	definitions := &metav1.PartialObjectMetadata{}
	definitions.SetGroupVersionKind(apiextensions.SchemeGroupVersion.WithKind("CustomResourceDefinition"))
	informer, err := o.Cache.GetInformer(ctx, definitions)
	if err != nil {
		return fmt.Errorf("watch CRDs: %w", err)
	}
	arrived := make(chan struct{}, 1)
	look := func(object any) {
		if d, ok := object.(client.Object); ok && d.GetName() == definition {
			select {
			case arrived <- struct{}{}:
			default:
			}
		}
	}
	if _, err := informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc: look, UpdateFunc: func(_, object any) { look(object) },
	}); err != nil {
		return fmt.Errorf("watch CRDs: %w", err)
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-arrived:
			if err := o.watch(ctx); err != nil {
				o.Log.Info("an optional kind can't be watched yet", "kind", HTTPRoute.Kind, "reason", err.Error())
			}
		}
	}
}

// watch begins to watch HTTPRoutes, once.
func (o *Optional) watch(ctx context.Context) error {
	if o.Served(HTTPRoute) {
		return nil
	}
	informer, err := o.Cache.GetInformer(ctx, &gateway.HTTPRoute{})
	if err != nil {
		return err
	}
	if _, err := informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { o.Changed() },
		UpdateFunc: func(any, any) { o.Changed() },
		DeleteFunc: func(any) { o.Changed() },
	}); err != nil {
		return err
	}
	o.mu.Lock()
	o.served = map[schema.GroupVersionKind]bool{HTTPRoute: true}
	o.mu.Unlock()
	o.Log.Info("optional kind is served", "kind", HTTPRoute.Kind)
	o.Changed()
	return nil
}
