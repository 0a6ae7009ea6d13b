package observe

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gateway "sigs.k8s.io/gateway-api/apis/v1"
)

// Kind is one that the API server may not serve.
type Kind struct {
	schema.GroupVersionKind
	definition string // name of its CRD
	object     client.Object
}

// The kinds of the Gateway API that meshes use.
var (
	HTTPRoute = routeKind("HTTPRoute", "httproutes", &gateway.HTTPRoute{})
	GRPCRoute = routeKind("GRPCRoute", "grpcroutes", &gateway.GRPCRoute{})
)

func routeKind(name, plural string, object client.Object) Kind {
	return Kind{schema.GroupVersionKind{Group: gateway.GroupName, Version: "v1", Kind: name}, plural + "." + gateway.GroupName, object}
}

const (
	// patience is how long the mesh is not built because routes exist that can't be read.
	patience = 10 * time.Second
	// What can't be read is tried again after soon, then after twice as long, and so on.
	soon, seldom = 100 * time.Millisecond, 10 * time.Second
	// listing is how long one try waits for a list.
	listing = time.Second
)

// Optional watches for a CRD that may be absent or arrive late, and watches its objects from then on.
type Optional struct {
	kind    Kind
	cache   cache.Cache
	log     logr.Logger
	changed func(namespace string)

	first  sync.Once
	known  chan struct{} // closed when its objects can be read, or need not be waited for
	served atomic.Bool

	listed toolscache.InformerSynced // of its objects; nil before they are watched
}

// NewOptional watches nothing before Start. Changed is called when objects of the kind have changed, with their namespace,
// and with none when the kind came or went.
func NewOptional(kind Kind, cache cache.Cache, log logr.Logger, changed func(namespace string)) *Optional {
	return &Optional{kind: kind, cache: cache, log: log, changed: changed, known: make(chan struct{})}
}

// Served says whether objects of the kind can be read from the cache. It waits until that is known: a mesh that is built
// before would send requests past routes that exist. It does not wait for ever: what can't be read for a while counts as
// missing.
func (o *Optional) Served(ctx context.Context) (bool, error) {
	select {
	case <-o.known:
		return o.served.Load(), nil
	case <-ctx.Done():
		return false, fmt.Errorf("wait for the kinds that are served: %w", context.Cause(ctx))
	}
}

// Start watches until the context ends. The cache must have been synced before: who waits for all of it waits for what
// is watched here, too, and that may never come.
func (o *Optional) Start(ctx context.Context) error {
	informer, err := o.cache.GetInformer(ctx, crd(), cache.BlockUntilSynced(false))
	if err != nil {
		return fmt.Errorf("watch CRDs: %w", err)
	}
	arrived := make(chan struct{}, 1)
	look := func(any) {
		select {
		case arrived <- struct{}{}:
		default:
		}
	}
	crds, err := informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc: look, UpdateFunc: func(_, object any) { look(object) }, DeleteFunc: look,
	})
	if err != nil {
		return fmt.Errorf("watch CRDs: %w", err)
	}

	late := time.After(patience)
	pause, reason := soon, ""
	for {
		err := o.look(ctx, crds.HasSynced)
		var again <-chan time.Time
		if err != nil {
			again = time.After(pause)
			if err.Error() != reason {
				reason = err.Error()
				o.log.Info("an optional kind can't be read yet", "kind", o.kind.Kind, "reason", reason)
			}
		} else {
			reason = ""
			o.know()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-arrived:
			pause = soon
		case <-again:
			pause = min(2*pause, seldom)
		case <-late:
			if err != nil {
				o.log.Info("an optional kind counts as missing until it can be read", "kind", o.kind.Kind)
			}
			o.know()
		}
	}
}

func (o *Optional) know() { o.first.Do(func() { close(o.known) }) }

// look compares what is served with what is known. It fails while the CRD exists and its objects can't be read: a CRD
// is established before it is discovered, and discovered before its objects are listed.
func (o *Optional) look(ctx context.Context, crds toolscache.InformerSynced) error {
	if !synced(ctx, crds) {
		return errors.New("CRDs are not listed yet")
	}
	err := o.cache.Get(ctx, client.ObjectKey{Name: o.kind.definition}, crd())
	if apierrors.IsNotFound(err) {
		o.serve(false)
		return nil
	}
	if err == nil && o.listed == nil {
		err = o.watch(ctx)
	}
	if err != nil {
		return err
	}
	if !synced(ctx, o.listed) {
		return errors.New("its objects are not listed yet")
	}
	o.serve(true)
	return nil
}

// watch begins to watch the objects. They stay watched: a reader that finds no watch would begin one, and block.
func (o *Optional) watch(ctx context.Context) error {
	informer, err := o.cache.GetInformer(ctx, o.kind.object, cache.BlockUntilSynced(false))
	if err != nil {
		return err
	}
	handler, err := informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { o.changed(home(object)) },
		UpdateFunc: func(_, object any) { o.changed(home(object)) },
		DeleteFunc: func(object any) { o.changed(home(object)) },
	})
	if err != nil {
		return err
	}
	o.listed = handler.HasSynced
	return nil
}

// home is the namespace of an object, and "" of one whose end was missed.
func home(object any) string {
	if o, is := object.(client.Object); is {
		return o.GetNamespace()
	}
	return ""
}

func (o *Optional) serve(served bool) {
	if o.served.Swap(served) != served {
		o.log.Info("an optional kind came or went", "kind", o.kind.Kind, "served", served)
		o.changed("")
	}
}

func synced(ctx context.Context, listed toolscache.InformerSynced) bool {
	ctx, cancel := context.WithTimeout(ctx, listing)
	defer cancel()
	return toolscache.WaitForCacheSync(ctx.Done(), listed)
}

func crd() *metav1.PartialObjectMetadata {
	d := &metav1.PartialObjectMetadata{}
	d.SetGroupVersionKind(apiextensions.SchemeGroupVersion.WithKind("CustomResourceDefinition"))
	return d
}
