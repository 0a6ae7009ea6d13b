package observe

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// server is a cache in front of an API server that has the CRD, discovers its kind and lists its objects, or does not.
type server struct {
	cache.Cache
	exists, discovered, listed atomic.Bool
	event                      atomic.Pointer[toolscache.ResourceEventHandler] // of the CRDs
}

func (s *server) GetInformer(_ context.Context, object client.Object, _ ...cache.InformerGetOption) (cache.Informer, error) {
	if _, is := object.(*metav1.PartialObjectMetadata); is {
		return &informer{synced: func() bool { return true }, handler: &s.event}, nil
	}
	if !s.discovered.Load() {
		return nil, &meta.NoKindMatchError{GroupKind: HTTPRoute.GroupKind()}
	}
	return &informer{synced: s.listed.Load}, nil
}

func (s *server) Get(context.Context, client.ObjectKey, client.Object, ...client.GetOption) error {
	if !s.exists.Load() {
		return apierrors.NewNotFound(schema.GroupResource{}, HTTPRoute.definition)
	}
	return nil
}

type informer struct {
	cache.Informer
	synced  func() bool
	handler *atomic.Pointer[toolscache.ResourceEventHandler]
}

func (i *informer) AddEventHandler(h toolscache.ResourceEventHandler) (toolscache.ResourceEventHandlerRegistration, error) {
	if i.handler != nil {
		i.handler.Store(&h)
	}
	return registration{synced: i.synced}, nil
}

type registration struct {
	toolscache.ResourceEventHandlerRegistration
	synced func() bool
}

func (r registration) HasSynced() bool { return r.synced() }

func TestRoutesAreWaitedForButNotForEver(t *testing.T) {
	type when struct{ exists, discovered, listed time.Duration } // after the start
	const never = time.Hour
	for _, c := range []struct {
		reason string
		when   when
		served bool          // as the first build sees it
		within time.Duration // until the first build
		later  bool          // taken up afterwards
	}{
		{"no CRD: there is nothing to wait for", when{never, never, never}, false, 0, false},
		{"all is there", when{0, 0, 0}, true, 0, true},
		{"discovery comes after the last event of the CRD", when{0, 2 * time.Second, 0}, true, 5 * time.Second, true},
		{"a long list", when{0, 0, 3 * time.Second}, true, 7 * time.Second, true},
		{"never discovered", when{0, never, 0}, false, patience + listing, false},
		{"never listed", when{0, 0, never}, false, patience + listing, false},
		{"discovered when it counts as missing", when{0, time.Minute, 0}, false, patience + listing, true},
		{"listed when it counts as missing", when{0, 0, time.Minute}, false, patience + listing, true},
	} {
		t.Run(c.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{}
				after := func(d time.Duration, b *atomic.Bool) {
					if d == 0 {
						b.Store(true)
						return
					}
					timer := time.AfterFunc(d, func() { b.Store(true) })
					t.Cleanup(func() { timer.Stop() })
				}
				after(c.when.exists, &s.exists)
				after(c.when.discovered, &s.discovered)
				after(c.when.listed, &s.listed)
				var changes atomic.Int32
				o := NewOptional(HTTPRoute, s, logr.Discard(), func(string) { changes.Add(1) })
				begin := time.Now()
				go func() { _ = o.Start(t.Context()) }()

				served, err := o.Served(t.Context())
				if took := time.Since(begin); err != nil || served != c.served || took > c.within {
					t.Fatalf("served %v after %s, error %v", served, took, err)
				}
				<-time.After(2 * time.Minute) // of the bubble
				if served, _ := o.Served(t.Context()); served != c.later || (changes.Load() > 0) != c.later {
					t.Fatalf("served %v later, after %d changes", served, changes.Load())
				}
			})
		})
	}
}

func TestDeletedCRDIsMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		for _, b := range []*atomic.Bool{&s.exists, &s.discovered, &s.listed} {
			b.Store(true)
		}
		o := NewOptional(HTTPRoute, s, logr.Discard(), func(string) {})
		go func() { _ = o.Start(t.Context()) }()
		for _, exists := range []bool{true, false, true} {
			s.exists.Store(exists)
			if h := s.event.Load(); h != nil {
				(*h).OnDelete(nil)
			}
			synctest.Wait()
			if served, err := o.Served(t.Context()); err != nil || served != exists {
				t.Fatalf("CRD exists %v: served %v, error %v", exists, served, err)
			}
		}
	})
}
