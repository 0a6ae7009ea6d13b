package probe

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
)

// witness keeps where each connection comes from.
type witness struct {
	net.Listener
	from chan string
}

func newWitness(t *testing.T) *witness {
	t.Helper()
	l, err := net.Listen("tcp", loopback+":0")
	if err != nil {
		t.Fatal(err)
	}
	return &witness{l, make(chan string, 1)}
}

func (w *witness) Accept() (net.Conn, error) {
	conn, err := w.Listener.Accept()
	if err == nil {
		w.from <- conn.RemoteAddr().(*net.TCPAddr).IP.String()
	}
	return conn, err
}

func TestEveryProbeComesFromTheAddressThatIsNotLedToEnvoy(t *testing.T) {
	web, rpc := newWitness(t), newWitness(t)
	app := &httptest.Server{Listener: web, Config: &http.Server{Handler: http.NotFoundHandler()}}
	app.Start()
	defer app.Close()
	server := grpc.NewServer()
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	go func() { _ = server.Serve(rpc) }()
	defer server.Stop()

	for name, c := range map[string]struct {
		spec Spec
		seen *witness
	}{
		"http": {Spec{HTTPGet: &HTTPGet{Port: port(t, web.Addr())}}, web},
		"tcp":  {Spec{TCPSocket: &TCPSocket{Port: port(t, web.Addr())}}, web},
		"grpc": {Spec{GRPC: &GRPC{Port: port(t, rpc.Addr())}}, rpc},
	} {
		_, why := ask(t, c.spec)
		if got := <-c.seen.from; got != "127.0.0.6" {
			t.Errorf("%s: the application was dialled from %s, want 127.0.0.6: %s", name, got, why)
		}
	}
}

func TestSourceIsLoopbackOfTheSameVersion(t *testing.T) {
	for to, want := range map[string]string{"10.9.0.1": "127.0.0.6", "fd09::1": "::1"} {
		if got := source(netip.MustParseAddr(to)).String(); got != want {
			t.Errorf("source of a probe of %s: %s, want %s", to, got, want)
		}
	}
}
