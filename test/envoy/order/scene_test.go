package order

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// bootstrap joins Envoy with its server. Its two %q are the sockets of the administration and of the server.
const bootstrap = `{
 "node": {"id": "envoy", "cluster": "frontend"},
 "admin": {"address": {"pipe": {"path": %q}}},
 "dynamic_resources": {
  "ads_config": {"api_type": "DELTA_GRPC", "transport_api_version": "V3", "grpc_services": [{"envoy_grpc": {"cluster_name": "ads"}}]},
  "cds_config": {"ads": {}, "resource_api_version": "V3"},
  "lds_config": {"ads": {}, "resource_api_version": "V3"}},
 "static_resources": {"clusters": [{
  "name": "ads", "connect_timeout": "5s",
  "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
   "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
   "explicit_http_config": {"http2_protocol_options": {}}}},
  "load_assignment": {"cluster_name": "ads", "endpoints": [{"lb_endpoints": [{"endpoint": {"address": {"pipe": {"path": %q}}}}]}]}
 }]}}`

// scene is a backend, an Envoy before it, and the server that configures the Envoy. They meet at sockets in a folder.
type scene struct {
	folder string
	say    io.Writer
	hear   *bufio.Scanner
}

// start returns when the Envoy holds the first world.
func start(t *testing.T, failpoint string) *scene {
	t.Helper()
	folder, err := os.MkdirTemp("", "weft-order-") // the path of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	s := &scene{folder: folder}
	s.backend(t)

	configure := exec.Command(server, s.socket("ads"), s.socket("entry"), s.socket("backend"))
	configure.Env = append(os.Environ(), "WEFT_FAILPOINT="+failpoint)
	configure.Stderr = os.Stderr
	in, err := configure.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := configure.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.say, s.hear = in, bufio.NewScanner(out)
	run(t, configure)
	s.hears(t, "ready")

	file := filepath.Join(folder, "bootstrap.json")
	if err := os.WriteFile(file, fmt.Appendf(nil, bootstrap, s.socket("admin"), s.socket("ads")), 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Getenv("ENVOY") == "" {
		t.Fatal("ENVOY is not set: it names the Envoy binary to test with")
	}
	envoy := exec.Command(os.Getenv("ENVOY"), "--config-path", file, "--disable-hot-restart", "--concurrency", "2", "--log-level", "error")
	envoy.Stderr = os.Stderr
	run(t, envoy)
	s.hears(t, "acknowledged")
	return s
}

// run starts a process that ends with the test.
func run(t *testing.T, command *exec.Cmd) {
	t.Helper()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
}

func (s *scene) socket(name string) string { return filepath.Join(s.folder, name) }

// backend answers every request with the request's body.
func (s *scene) backend(t *testing.T) {
	t.Helper()
	l, err := net.Listen("unix", s.socket("backend"))
	if err != nil {
		t.Fatal(err)
	}
	echo := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		_, _ = w.Write(body)
	})}
	go func() { _ = echo.Serve(l) }()
	t.Cleanup(func() { _ = echo.Close() })
}

func (s *scene) hears(t *testing.T, want string) {
	t.Helper()
	if !s.hear.Scan() || s.hear.Text() != want {
		t.Fatalf("the server says %q, %v, want %q", s.hear.Text(), s.hear.Err(), want)
	}
}

// change brings the other world and returns when the Envoy holds all of it.
func (s *scene) change(t *testing.T) {
	t.Helper()
	if _, err := fmt.Fprintln(s.say); err != nil {
		t.Fatal(err)
	}
	s.hears(t, "acknowledged")
}

func (s *scene) load() *load { return newLoad(s.socket("entry")) }

// statistic adds up Envoy's counters whose names end so.
func (s *scene) statistic(t *testing.T, name string) (sum int) {
	t.Helper()
	admin := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", s.socket("admin"))
	}}}
	defer admin.CloseIdleConnections()
	answer, err := admin.Get("http://envoy/stats?filter=" + name + "$")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	found := false
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); found = true {
		_, value, _ := strings.Cut(lines.Text(), ": ")
		n, err := strconv.Atoi(value)
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	if !found {
		t.Fatalf("Envoy has no statistic %s", name)
	}
	return sum
}
