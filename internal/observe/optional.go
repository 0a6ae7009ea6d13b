package observe

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gateway "sigs.k8s.io/gateway-api/apis/v1"
)

// HTTPRoute is the kind of the Gateway API that meshes use.
var HTTPRoute = schema.GroupVersionKind{Group: gateway.GroupName, Version: "v1", Kind: "HTTPRoute"}

const (
	definition = "httproutes." + gateway.GroupName // name of the CRD of HTTPRoute
	retryAfter = time.Second
)

// Optional watches for CRDs that may be absent or arrive late, and watches their objects from then on.
type Optional struct {
	cache   cache.Cache
	log     logr.Logger
	changed func()

	first  sync.Once
	known  chan struct{} // closed when the first look is over
	served atomic.Bool
}

// NewOptional watches nothing before Start. Changed is called when objects of an optional kind, or the set of kinds,
// have changed.
func NewOptional(cache cache.Cache, log logr.Logger, changed func()) *Optional {
	return &Optional{cache: cache, log: log, changed: changed, known: make(chan struct{})}
}

// Routes says whether HTTPRoutes can be read from the cache. It waits for the first look at what is served: a mesh
// that is built before would send requests past routes that exist.
func (o *Optional) Routes(ctx context.Context) (bool, error) {
	select {
	case <-o.known:
		return o.served.Load(), nil
	case <-ctx.Done():
		return false, fmt.Errorf("wait for the kinds that are served: %w", context.Cause(ctx))
	}
}

// Start watches until the context ends.
func (o *Optional) Start(ctx context.Context) error {
	definitions := &metav1.PartialObjectMetadata{}
	definitions.SetGroupVersionKind(apiextensions.SchemeGroupVersion.WithKind("CustomResourceDefinition"))
	informer, err := o.cache.GetInformer(ctx, definitions)
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
	listed, err := informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc: look, UpdateFunc: func(_, object any) { look(object) },
	})
	if err != nil {
		return fmt.Errorf("watch CRDs: %w", err)
	}
	if !toolscache.WaitForCacheSync(ctx.Done(), listed.HasSynced) {
		return nil
	}
	if len(arrived) == 0 {
		o.know()
	}
	var again <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-arrived:
		case <-again:
		}
		again = nil
		err := o.watch(ctx)
		if err != nil {
			o.log.Info("an optional kind can't be watched yet", "kind", HTTPRoute.Kind, "reason", err.Error())
		}
		if err != nil && !meta.IsNoMatchError(err) { // else the CRD is not established; its next change is
			again = time.After(retryAfter)
			continue
		}
		o.know()
	}
}

func (o *Optional) know() { o.first.Do(func() { close(o.known) }) }

// watch begins to watch HTTPRoutes, once.
func (o *Optional) watch(ctx context.Context) error {
	if o.served.Load() {
		return nil
	}
	informer, err := o.cache.GetInformer(ctx, &gateway.HTTPRoute{})
	if err != nil {
		return err
	}
	if _, err := informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { o.changed() },
		UpdateFunc: func(any, any) { o.changed() },
		DeleteFunc: func(any) { o.changed() },
	}); err != nil {
		return err
	}
	o.served.Store(true)
	o.log.Info("optional kind is served", "kind", HTTPRoute.Kind)
	o.changed()
	return nil
}
