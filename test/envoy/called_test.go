package envoy

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/agent/secrets"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
	"github.com/weft-mesh/weft/internal/translate/xds"
	"github.com/weft-mesh/weft/internal/xdsserver"
)

// port is that of the called Service, and of all of its pods.
const port = 18080

// caller is an Envoy as the sidecar of a workload that calls the Service shop/called. The pods of the Service have no
// sidecar: what listens on their addresses is the test's.
type caller struct {
	server  *xdsserver.Server
	world   snapshot.Snapshot
	admin   *net.TCPAddr
	service *net.TCPAddr // where the application reaches the Service
	step    int64        // of the Policy with limits
}

// newCaller calls a Service whose port has this name, with these pods.
func newCaller(t *testing.T, portName string, pods ...net.IP) *caller {
	t.Helper()
	return newCallerAt(t, model.Place{}, portName, pods...)
}

func newCallerAt(t *testing.T, place model.Place, portName string, pods ...net.IP) *caller {
	t.Helper()
	c := &caller{server: xdsserver.New(logr.Discard()), admin: freeAddress(t), service: freeAddress(t)}
	frontend := modeltest.Pod("shop", "frontend", map[string]string{"app": "frontend", v1alpha1.LabelWorkload: "frontend"}, 1)
	c.world = snapshot.Snapshot{
		Mesh:       &v1alpha1.Mesh{ObjectMeta: metav1.ObjectMeta{Name: "main", UID: "mesh"}},
		Namespaces: []*corev1.Namespace{{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}},
		Services: []*corev1.Service{{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "called", UID: "called"},
			Spec: corev1.ServiceSpec{
				ClusterIP: c.service.IP.String(), Selector: map[string]string{"app": "called"},
				Ports: []corev1.ServicePort{{Name: portName, Port: int32(c.service.Port), TargetPort: intstr.FromInt32(port)}},
			},
		}},
		Pods: []*corev1.Pod{frontend},
	}
	c.pods(pods...)
	c.publish(t)
	store, now := secrets.NewStore(), time.Now()
	authority := newAuthority(t, now)
	if err := store.Set(issue(t, authority, "frontend", now), authority.Roots()); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(t.TempDir(), "agent.sock")
	serveSidecar(t, socket, sidecar{server: c.server, store: store, workload: model.WorkloadOf(frontend), place: place})
	startEnvoy(t, administered(t, socket, c.admin))
	c.settled(t)
	until(t, "listener of the Service", func() bool {
		conn, err := net.DialTCP("tcp", nil, c.service)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return c
}

// pods are those of the Service from the next publish on.
func (c *caller) pods(addresses ...net.IP) {
	c.world.Pods = slices.Clone(c.world.Pods[:1])
	for i, ip := range addresses {
		pod := modeltest.Pod("shop", fmt.Sprintf("called-%d", i), map[string]string{"app": "called"}, 100+i)
		pod.Spec.InitContainers, pod.Status.PodIP = nil, ip.String()
		c.world.Pods = append(c.world.Pods, pod)
	}
}

// publish sends the world. The listener of the Service gets a port of its own, where there is no redirection; the others
// stay closed.
func (c *caller) publish(t *testing.T) {
	t.Helper()
	m := model.Build(c.world)
	world := xdsserver.World{Sets: xds.Build(m), Endpoints: xds.Endpoints(model.BuildEndpoints(c.world, m))}
	done := map[*xds.Resource]bool{}
	for _, set := range world.Sets {
		for id, r := range set.All() {
			if id.TypeURL == xds.ListenerType && !done[r] {
				c.place(t, r)
				done[r] = true
			}
		}
	}
	c.server.Publish(world)
}

func (c *caller) place(t *testing.T, r *xds.Resource) {
	t.Helper()
	l := &listener.Listener{}
	if err := r.Body.UnmarshalTo(l); err != nil {
		t.Fatal(err)
	}
	own := l.Name == "outbound/"+c.service.String()
	if own {
		l.BindToPort = nil
	} else {
		l.BindToPort = wrapperspb.Bool(false)
	}
	if err := r.Body.MarshalFrom(l); err != nil {
		t.Fatal(err)
	}
}

// settled waits until the Envoy holds what was published.
func (c *caller) settled(t *testing.T) {
	t.Helper()
	until(t, "acknowledgement", func() bool {
		reports := c.server.Reports()
		return len(reports) == 1 && reports[0].Report.UpToDate
	})
}

// answer is what the application sees.
type answer struct {
	status int
	body   string
}

// send makes one request on a connection of its own. Nothing but the Envoy can send it again.
func (c *caller) send(t *testing.T, method, body string) answer {
	t.Helper()
	s := c.dial(t)
	defer s.Close()
	got, err := s.ask(method, body)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// session is a connection of the application.
type session struct {
	net.Conn
	in *bufio.Reader
}

func (c *caller) dial(t *testing.T) session {
	t.Helper()
	conn, err := net.DialTCP("tcp", nil, c.service)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return session{conn, bufio.NewReader(conn)}
}

// ask sends a request and reads all of the answer.
func (s session) ask(method, body string) (answer, error) {
	request, err := http.NewRequest(method, "http://called/", strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	go func() { _ = request.Write(s) }() // an early answer ends it
	response, err := http.ReadResponse(s.in, request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, string(text)}, err
}

// limit has these limits in force for the Service.
func (c *caller) limit(t *testing.T, limits v1alpha1.Limits) {
	t.Helper()
	p := &v1alpha1.Policy{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "limits", UID: "limits"}}
	asked := v1alpha1.PolicyLimits{Services: []string{"called"}, Limits: limits}
	p.Spec.Limits, p.Status.Limits = &asked, &v1alpha1.EnforcedLimits{PolicyLimits: asked}
	c.step++
	p.Status.Position = &v1alpha1.Position{Sequence: c.step}
	c.world.Policies = []*v1alpha1.Policy{p}
	c.publish(t)
	c.settled(t)
}

// statistics are the numbers of the cluster of the Service, by the last part of their names.
func (c *caller) statistics(t *testing.T, names ...string) map[string]int {
	t.Helper()
	cluster := strings.Join([]string{"cluster.shop/called", strconv.Itoa(c.service.Port)}, "/")
	response, err := http.Get("http://" + c.admin.String() + "/stats")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	out := map[string]int{}
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		name, is := strings.CutPrefix(name, cluster+".")
		if !is || !slices.Contains(names, name) {
			continue
		}
		if out[name], err = strconv.Atoi(value); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range names {
		if _, has := out[name]; !has {
			t.Fatalf("Envoy has no statistic %s.%s among %v", cluster, name, slices.Collect(maps.Keys(out)))
		}
	}
	return out
}
