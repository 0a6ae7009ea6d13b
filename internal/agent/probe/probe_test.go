package probe

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
)

const loopback = "127.0.0.1"

func ask(t *testing.T, s Spec) (int, string) {
	t.Helper()
	text, err := json.Marshal(map[string]Spec{"/probe/app/readiness": s})
	if err != nil {
		t.Fatal(err)
	}
	specs, err := Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	Handler(specs, loopback).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/probe/app/readiness", nil))
	return w.Code, w.Body.String()
}

func port(t *testing.T, address net.Addr) int { return address.(*net.TCPAddr).Port }

// dead is a port at which nobody listens.
func dead(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", loopback+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return port(t, l.Addr())
}

func TestHTTP(t *testing.T) {
	app := http.NewServeMux()
	app.HandleFunc("/well", func(w http.ResponseWriter, r *http.Request) {
		if r.Host != "shop.example" || r.Header.Get("X-Probe") != "1" || r.URL.RawQuery != "deep=1" {
			w.WriteHeader(http.StatusBadRequest)
		}
	})
	app.HandleFunc("/ill", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	app.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://elsewhere.invalid/", http.StatusFound)
	})
	app.HandleFunc("/to-ill", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/ill", http.StatusFound) })
	plain, secure := httptest.NewServer(app), httptest.NewTLSServer(app)
	defer plain.Close()
	defer secure.Close()
	headers := []Header{{"Host", "shop.example"}, {"X-Probe", "1"}}
	http, https := port(t, plain.Listener.Addr()), port(t, secure.Listener.Addr())
	cases := map[string]struct {
		get  HTTPGet
		want int
	}{
		"well":                      {HTTPGet{Port: http, Path: "/well?deep=1", Headers: headers}, 200},
		"well over TLS":             {HTTPGet{Port: https, Path: "/well?deep=1", Scheme: "HTTPS", Headers: headers}, 200},
		"without its headers":       {HTTPGet{Port: http, Path: "/well?deep=1"}, 503},
		"ill":                       {HTTPGet{Port: http, Path: "/ill"}, 503},
		"led to another host":       {HTTPGet{Port: http, Path: "/away"}, 200},
		"led to an ill path":        {HTTPGet{Port: http, Path: "/to-ill"}, 503},
		"plain probe of a TLS port": {HTTPGet{Port: https, Path: "/well"}, 503},
		"dead":                      {HTTPGet{Port: dead(t), Path: "/well"}, 503},
	}
	for name, c := range cases {
		if got, why := ask(t, Spec{HTTPGet: &c.get}); got != c.want {
			t.Errorf("%s: %d %s, want %d", name, got, why, c.want)
		}
	}
}

func TestTCP(t *testing.T) {
	l, err := net.Listen("tcp", loopback+":0")
	if err != nil {
		t.Fatal(err)
	}
	at := port(t, l.Addr())
	if got, why := ask(t, Spec{TCPSocket: &TCPSocket{Port: at}}); got != 200 {
		t.Errorf("living application: %d %s", got, why)
	}
	l.Close()
	if got, why := ask(t, Spec{TCPSocket: &TCPSocket{Port: at}}); got != 503 || !strings.Contains(why, "refused") {
		t.Errorf("dead application: %d %q, want 503 and the reason", got, why)
	}
}

func TestGRPC(t *testing.T) {
	l, err := net.Listen("tcp", loopback+":0")
	if err != nil {
		t.Fatal(err)
	}
	server, state := grpc.NewServer(), health.NewServer()
	grpc_health_v1.RegisterHealthServer(server, state)
	state.SetServingStatus("well", grpc_health_v1.HealthCheckResponse_SERVING)
	state.SetServingStatus("ill", grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	go func() { _ = server.Serve(l) }()
	defer server.Stop()
	for service, want := range map[string]int{"well": 200, "ill": 503, "unknown": 503} {
		if got, why := ask(t, Spec{GRPC: &GRPC{Port: port(t, l.Addr()), Service: service}}); got != want {
			t.Errorf("service %s: %d %s, want %d", service, got, why, want)
		}
	}
	if got, _ := ask(t, Spec{GRPC: &GRPC{Port: dead(t)}}); got != 503 {
		t.Errorf("dead application: %d, want 503", got)
	}
}

func TestParse(t *testing.T) {
	for _, bad := range []string{
		`{`, `{"/p":{}}`, `{"/p":{"tcpSocket":{"port":0}}}`, `{"/p":{"tcpSocket":{"port":70000}}}`,
		`{"/p":{"tcpSocket":{"port":1},"grpc":{"port":1}}}`,
	} {
		if _, err := Parse(bad); err == nil {
			t.Errorf("Parse(%s): no error", bad)
		}
	}
	if specs, err := Parse(""); err != nil || len(specs) != 0 {
		t.Errorf("Parse of nothing: %v, %v", specs, err)
	}
	w := httptest.NewRecorder()
	Handler(nil, loopback).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/probe/other", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("an unknown path: %d, want 404", w.Code)
	}
}
