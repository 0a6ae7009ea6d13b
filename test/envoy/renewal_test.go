package envoy

import (
	"bufio"
	"crypto/tls"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-mesh/weft/internal/agent/secrets"
)

// TestEnvoyTakesANewCertificateAndCutsNothing renews the certificate of a listener again and again [B38]. As soon as Envoy
// has acknowledged one, a new caller sees it. One that called before keeps its connection, and Envoy stays one process.
func TestEnvoyTakesANewCertificateAndCutsNothing(t *testing.T) {
	const renewals = 20
	store, socket, address := secrets.NewStore(), filepath.Join(t.TempDir(), "agent.sock"), freeAddress(t)
	serveSecrets(t, socket, &secrets.Server{Store: store, Log: slog.New(slog.DiscardHandler)})
	now := time.Now()
	authority := newAuthority(t, now)
	caller := certificate(t, issue(t, authority, "caller", now))
	renew := func() (serial string) {
		id := issue(t, authority, "called", now)
		if err := store.Set(id, authority.Roots()); err != nil {
			t.Fatal(err)
		}
		return id.Serial()
	}

	first := renew()
	startEnvoy(t, guarded(t, address, socket))
	until(t, "answer", func() bool { return talk(address, caller) == nil })
	open := callFor(t, address, caller, first)
	for n := range renewals {
		if err := say(open); err != nil {
			t.Fatal(err)
		}
		serial := renew()
		acknowledged(t, store, serial)
		if err := hear(open); err != nil {
			t.Fatalf("the open connection at renewal %d: %v", n, err)
		}
		callFor(t, address, caller, serial)
	}
	if err := exchange(open); err != nil {
		t.Errorf("the open connection after all: %v", err)
	}
	want := map[string]int{ // an Envoy that had started anew would have counted anew
		"sds.identity.update_success": 1 + renewals, "sds.identity.update_rejected": 0,
		"server.live": 1, "server.hot_restart_epoch": 0,
	}
	if diff := cmp.Diff(want, statistics(t, address, slices.Collect(maps.Keys(want)))); diff != "" {
		t.Errorf("what Envoy has counted (-want +got):\n%s", diff)
	}
}

// callFor opens a connection and compares the serial number of the certificate that the listener shows.
func callFor(t *testing.T, address *net.TCPAddr, own *tls.Certificate, serial string) *tls.Conn {
	t.Helper()
	conn, err := call(address, own)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if got := conn.ConnectionState().PeerCertificates[0].SerialNumber.Text(16); got != serial {
		t.Errorf("serial number %s, want %s", got, serial)
	}
	return conn
}

// acknowledged waits for Envoy's word on a certificate.
func acknowledged(t *testing.T, store *secrets.Store, serial string) {
	t.Helper()
	for {
		state, said := store.State()
		if state.LeafSerial == serial {
			return
		}
		await(t, "acknowledgement of a certificate", said)
	}
}

// statistics are those of the names that Envoy has.
func statistics(t *testing.T, address *net.TCPAddr, names []string) map[string]int {
	t.Helper()
	answer, err := http.Get("http://" + adminOf(address).String() + "/stats?filter=^(" + strings.Join(names, "|") + ")$")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	out := map[string]int{}
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		if out[name], err = strconv.Atoi(value); err != nil {
			t.Fatal(err)
		}
	}
	return out
}
