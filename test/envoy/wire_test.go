package envoy

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/agent/accesslog"
	"github.com/weft-mesh/weft/internal/agent/secrets"
	"github.com/weft-mesh/weft/internal/ca"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
	"github.com/weft-mesh/weft/internal/translate/xds"
	"github.com/weft-mesh/weft/internal/xdsserver"
)

// wire is an Envoy beside a caller, and pods outside of the mesh that say who they are.
type wire struct {
	server    *xdsserver.Server
	addresses map[string]*net.TCPAddr // of listeners
	port      int                     // of all pods
	worlds    int64                   // that were published
	latest    xdsserver.World
	client    *http.Client
	outcomes  *accesslog.Counters
	authority *ca.Authority
	got       sync.Map // requests by the name of the pod, each an *atomic.Int64
	broken    sync.Map // names of pods that answer 500
}

// shown is a header of requests that pods answer with another header, which it names.
const shown = "X-Shown"

// slowly is a header of requests that pods answer after its duration.
const slowly = "X-Slowly"

const (
	callerName = "caller"
	// front is the listener of the Service front, as its address in the cluster names it.
	front = "outbound/10.96.1.1:80"
	cart  = "outbound/10.96.1.2:80"
	// calls is the port of front that speaks gRPC, where a test has one.
	calls = "outbound/10.96.1.1:81"
	most  = 9 // pods of a version
)

func newWire(t *testing.T) *wire {
	t.Helper()
	return newWireAt(t, model.Place{})
}

// newWireAt has its caller at a place.
func newWireAt(t *testing.T, place model.Place) *wire {
	t.Helper()
	w := &wire{server: xdsserver.New(logr.Discard()), addresses: map[string]*net.TCPAddr{}, port: freeAddress(t).Port,
		outcomes: accesslog.NewCounters("boot")}
	w.client = &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: callers}}
	t.Cleanup(w.client.CloseIdleConnections)
	for i := range most {
		for _, version := range []string{"v1", "v2"} {
			w.answer(t, podAddress(version, i), fmt.Sprint(version, "-", i))
		}
	}
	w.answer(t, podAddress("cart", 0), "cart-0")

	store, socket, now := secrets.NewStore(), filepath.Join(t.TempDir(), "agent.sock"), time.Now()
	w.authority = newAuthority(t, now)
	if err := store.Set(issue(t, w.authority, callerName, now), w.authority.Roots()); err != nil {
		t.Fatal(err)
	}
	serveSidecar(t, socket, sidecar{server: w.server, store: store, outcomes: w.outcomes, workload: model.Key{Namespace: "shop", Name: callerName}, place: place})
	startEnvoy(t, administered(t, socket, freeAddress(t)))
	return w
}

// answer serves as a pod until the test ends.
func (w *wire) answer(t *testing.T, ip, name string) {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(ip, strconv.Itoa(w.port)))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: w.pod(name)}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
}

// pod says its name, also to who wants to speak WebSocket, and counts.
func (w *wire) pod(name string) http.HandlerFunc {
	counter, _ := w.got.LoadOrStore(name, &atomic.Int64{})
	return func(rw http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		counter.(*atomic.Int64).Add(1)
		if delay, err := time.ParseDuration(r.Header.Get(slowly)); err == nil {
			select {
			case <-time.After(delay):
			case <-r.Context().Done():
			}
		}
		if _, is := w.broken.Load(name); is {
			http.Error(rw, "broken", http.StatusInternalServerError)
			return
		}
		if r.Header.Get("Upgrade") == "websocket" {
			conn, _, err := http.NewResponseController(rw).Hijack()
			if err != nil {
				return
			}
			defer conn.Close()
			_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"+name+"\n")
			return
		}
		if of := r.Header.Get(shown); of != "" {
			_, _ = io.WriteString(rw, r.Header.Get(of))
			return
		}
		_, _ = io.WriteString(rw, name)
	}
}

// requests is how many a pod has got.
func (w *wire) requests(pod string) int64 {
	counter, _ := w.got.LoadOrStore(pod, &atomic.Int64{})
	return counter.(*atomic.Int64).Load()
}

func podAddress(version string, i int) string {
	return fmt.Sprintf("127.3.%d.%d", map[string]int{"v1": 1, "v2": 2, "cart": 3}[version], i+1)
}

// versions has the Services front, with pods of two versions, and cart with one, and the caller.
func (w *wire) versions(stable, canary int) snapshot.Snapshot {
	s := snapshot.Snapshot{
		Namespaces: []*corev1.Namespace{{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}},
		Services:   []*corev1.Service{modeltest.WebService("shop", "front", 1), modeltest.WebService("shop", "cart", 2)},
		Pods:       []*corev1.Pod{modeltest.Pod("shop", callerName, map[string]string{"app": callerName, v1alpha1.LabelWorkload: callerName}, 1)},
	}
	for _, service := range s.Services {
		service.Spec.Ports[0].TargetPort = intstr.FromInt(w.port)
	}
	add := func(app, version string, count int) {
		for i := range count {
			pod := modeltest.Pod("shop", fmt.Sprint(version, "-", i), map[string]string{"app": app, "version": version}, 1)
			pod.Spec.InitContainers = nil // outside of the mesh
			pod.Status.PodIP = podAddress(version, i)
			s.Pods = append(s.Pods, pod)
		}
	}
	add("front", "v1", stable)
	add("front", "v2", canary)
	add("cart", "cart", 1)
	return s
}

// publish returns when the Envoy holds all of a world. Each world is another step of its Canary: a proxy that holds the one before is not up to date, if only endpoints differ.
func (w *wire) publish(t *testing.T, s snapshot.Snapshot) {
	t.Helper()
	w.latest = w.world(t, s)
	w.server.Publish(w.latest)
	until(t, "acknowledgement", func() bool {
		reports := w.server.Reports()
		return len(reports) == 1 && reports[0].Report.UpToDate
	})
	until(t, "listener", func() bool {
		conn, err := net.DialTCP("tcp", nil, w.addresses[front])
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

// world has its listeners on loopback. Those of front and cart take connections.
func (w *wire) world(t *testing.T, s snapshot.Snapshot) xdsserver.World {
	t.Helper()
	w.worlds++
	for _, c := range s.Canaries {
		c.Status.Position.Sequence = w.worlds
	}
	m := model.Build(s)
	world := xdsserver.World{Sets: xds.Build(m), Endpoints: xds.Endpoints(model.BuildEndpoints(s, m))}
	for _, set := range world.Sets {
		for id, r := range set.All() {
			if id.TypeURL != xds.ListenerType {
				continue
			}
			if w.addresses[id.Name] == nil {
				w.addresses[id.Name] = freeAddress(t)
			}
			l := &listener.Listener{}
			if err := r.Body.UnmarshalTo(l); err != nil {
				t.Fatal(err)
			}
			l.Address = socketAddress(w.addresses[id.Name])
			if id.Name == front || id.Name == cart || id.Name == calls {
				l.BindToPort = nil
			}
			if err := r.Body.MarshalFrom(l); err != nil {
				t.Fatal(err)
			}
		}
	}
	return world
}

// call returns the name of the pod that answers for front, or Envoy's status if none does.
func (w *wire) call(t *testing.T, user string) string {
	t.Helper()
	return w.callAt(t, front, user)
}

func (w *wire) callAt(t *testing.T, listener, user string) string {
	t.Helper()
	r := w.request(t, listener, modeltest.Request{})
	if user != "" {
		r.Header.Set("X-User", user)
	}
	return w.do(t, r)
}

func (w *wire) request(t *testing.T, listener string, of modeltest.Request) *http.Request {
	t.Helper()
	target := of.Target
	if target == "" {
		target = "/"
	}
	r, err := http.NewRequestWithContext(t.Context(), of.Method, "http://"+w.addresses[listener].String()+target, nil)
	if err != nil {
		panic(err) // the test is wrong
	}
	for _, h := range of.Headers {
		if r.Header.Set(h[0], h[1]); h[0] == "Host" {
			r.Host = h[1]
		}
	}
	return r
}

// ask makes any request to front. It returns the name of the pod that answers, or Envoy's status.
func (w *wire) ask(t *testing.T, of modeltest.Request) string {
	t.Helper()
	return w.do(t, w.request(t, front, of))
}

func (w *wire) do(t *testing.T, r *http.Request) string {
	t.Helper()
	name, err := w.answerTo(r)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func (w *wire) answerTo(r *http.Request) (string, error) {
	answer, err := w.client.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	name, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", err
	}
	if answer.StatusCode != http.StatusOK {
		return strconv.Itoa(answer.StatusCode), nil
	}
	return string(name), nil
}

// callers is how many requests of a count are under way at once.
const callers = 16

// count makes a number of requests to front and counts the versions that answer, or Envoy's statuses.
func (w *wire) count(t *testing.T, n int, of func(i int) modeltest.Request) map[string]int {
	t.Helper()
	var all sync.WaitGroup
	answers, faults := make([]string, n), make([]error, n)
	for first := range callers {
		all.Go(func() {
			for i := first; i < n; i += callers {
				answers[i], faults[i] = w.answerTo(w.request(t, front, of(i)))
			}
		})
	}
	all.Wait()
	got := map[string]int{}
	for i, answer := range answers {
		if faults[i] != nil {
			t.Fatal(faults[i])
		}
		got[versionOf(answer)]++
	}
	return got
}

func userName(i int) string { return fmt.Sprintf("user-%d@example.com", i) }

// versionOf is the version of a pod, or the status.
func versionOf(answer string) string {
	version, _, _ := strings.Cut(answer, "-")
	return version
}
