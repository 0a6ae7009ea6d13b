package envoy

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/outcome"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// lines is a Service of TCP at the address of front, whose pods speak first.
type lines struct {
	*wire
	port int
}

func newLines(t *testing.T) *lines {
	t.Helper()
	return &lines{newWire(t), freeAddress(t).Port}
}

// pod does this with each connection to a pod. Before it is called nothing listens there.
func (l *lines) pod(t *testing.T, version string, i int, with func(name string, conn *net.TCPConn)) {
	t.Helper()
	name := fmt.Sprint(version, "-", i)
	listener, err := net.Listen("tcp", net.JoinHostPort(podAddress(version, i), strconv.Itoa(l.port)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { defer conn.Close(); with(name, conn.(*net.TCPConn)) }()
		}
	}()
}

// greeting says its name, and repeats each line.
func greeting(name string, conn *net.TCPConn) {
	_, _ = io.WriteString(conn, name+"\n")
	_, _ = io.Copy(conn, conn)
}

// resetting breaks a connection before it has said a word.
func resetting(_ string, conn *net.TCPConn) { _ = conn.SetLinger(0) }

// silent ends a connection before it has said a word.
func silent(_ string, conn *net.TCPConn) {}

// breaking says its name and breaks the connection at the first line.
func breaking(name string, conn *net.TCPConn) {
	_, _ = io.WriteString(conn, name+"\n")
	_, _ = bufio.NewReader(conn).ReadString('\n')
	_ = conn.SetLinger(0)
}

// hanging says nothing.
func hanging(_ string, conn *net.TCPConn) { _, _ = io.Copy(io.Discard, conn) }

// at is a world in which the new version has a share, with pods of both.
func (l *lines) at(stable, canary int, weight int32) snapshot.Snapshot {
	s := l.versions(stable, canary)
	s.Services[0].Spec.Ports = []corev1.ServicePort{{Name: "tcp", Port: 80, TargetPort: intstr.FromInt(l.port)}}
	c := modeltest.CanaryAt("front", weight)
	c.Status.Phase = v1alpha1.CanaryProgressing
	s.Canaries = []*v1alpha1.Canary{c}
	return s
}

// open has a connection of the application, and reads what it is greeted with.
func (l *lines) open(t *testing.T) (conn *net.TCPConn, in *bufio.Reader, greeting string) {
	t.Helper()
	conn, err := net.DialTCP("tcp", nil, l.addresses[front])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	in = bufio.NewReader(conn)
	greeting, _ = in.ReadString('\n')
	return conn, in, strings.TrimSpace(greeting)
}

// counted are the connections of the judged route, by version and outcome. The looks of publish, which end at once, are among
// those that ended without a byte or were served.
func (l *lines) counted(version string) map[string]uint64 {
	out := map[string]uint64{}
	report, _ := l.outcomes.Report()
	for _, c := range report.Counters {
		if c.Route == "judged/shop/front" && c.Cluster == "shop/front/80/version="+version {
			out[c.Outcome] += c.Requests
		}
	}
	return out
}

// TestSharesOfConnectionsOnTheWire counts who greets. The share of a version is the Canary's, whatever the numbers of pods; one
// without a pod fails its own [D10 D13 D14].
func TestSharesOfConnectionsOnTheWire(t *testing.T) {
	l := newLines(t)
	for i := range 3 {
		l.pod(t, "v1", i, greeting)
		l.pod(t, "v2", i, greeting)
	}
	const connections = 1000
	for name, c := range map[string]struct {
		stable, canary int
		weight         int32
		want           map[string]float64
	}{
		"one pod each":   {1, 1, 10, map[string]float64{"v1": .9, "v2": .1}},
		"three old pods": {3, 1, 30, map[string]float64{"v1": .7, "v2": .3}},
		"three new pods": {1, 3, 30, map[string]float64{"v1": .7, "v2": .3}},
		"no new pod":     {1, 0, 30, map[string]float64{"v1": .7, "": .3}},
		"promoted":       {1, 1, 100, map[string]float64{"v2": 1}},
	} {
		l.publish(t, l.at(c.stable, c.canary, c.weight))
		got := map[string]int{}
		for range connections {
			conn, _, greeting := l.open(t)
			conn.Close()
			got[versionOf(greeting)]++
		}
		for version, share := range c.want {
			if !plausible(got[version], connections, share) {
				t.Errorf("%s: %q has %d of %d, want a share of %v", name, version, got[version], connections, share)
			}
			delete(got, version)
		}
		if len(got) > 0 {
			t.Errorf("%s: others greet too: %v", name, got)
		}
	}
	until(t, "count of what found no pod", func() bool { return l.counted("v2")[outcome.NoEndpoint] > connections/5 })
	if got := l.counted("v1"); got[outcome.OK] < connections/2 || got[outcome.NoEndpoint]+got[outcome.Refused] > 0 {
		t.Errorf("of the stable version %v", got)
	}
}

// TestOpenSessionsOutliveACanaryOnTheWire has sessions with both versions, and talks in them after each step of a Canary that
// begins, goes back, begins again and is promoted. A server that speaks first is heard at once [D02].
func TestOpenSessionsOutliveACanaryOnTheWire(t *testing.T) {
	l := newLines(t)
	l.pod(t, "v1", 0, greeting)
	l.pod(t, "v2", 0, greeting)
	type open struct {
		conn net.Conn
		in   *bufio.Reader
		name string
	}
	var sessions []open
	none := l.at(1, 0, 0)
	none.Canaries = nil
	ended := l.at(1, 1, 100)
	ended.Canaries[0].Status.Phase = v1alpha1.CanaryPromoted
	gone := l.at(1, 1, 0)
	gone.Canaries = nil
	versions := []int{1, 1, 2, 1, 2, 1, 1, 2} // that are met at each step, at least
	for step, s := range []snapshot.Snapshot{none, l.at(1, 1, 5), l.at(1, 1, 50), l.at(1, 1, 0), l.at(1, 1, 50), l.at(1, 1, 100), ended, gone} {
		l.publish(t, s)
		for _, o := range sessions {
			if _, err := fmt.Fprintln(o.conn, step); err != nil {
				t.Fatalf("step %d: a session with %s: %v", step, o.name, err)
			}
			if said, err := o.in.ReadString('\n'); said != fmt.Sprintln(step) {
				t.Fatalf("step %d: a session with %s hears %q: %v", step, o.name, said, err)
			}
		}
		for opened, met := 0, map[string]bool{}; opened < 4 || len(met) < versions[step]; opened++ {
			conn, in, name := l.open(t)
			if name == "" {
				t.Fatalf("step %d: no greeting", step)
			}
			sessions, met[name] = append(sessions, open{conn, in, name}), true
		}
	}
}

// TestEndsOfConnectionsOnTheWire has a version fail in each way that a connection can, beside one that serves. What the agent
// counts is what happened, each connection once and for the version that it was given [D24].
func TestEndsOfConnectionsOnTheWire(t *testing.T) {
	for name, c := range map[string]struct {
		with func(string, *net.TCPConn) // nil: nothing listens
		talk func(conn *net.TCPConn, in *bufio.Reader)
		want []string
	}{
		"served":         {greeting, nil, []string{outcome.OK}},
		"refused":        {nil, nil, []string{outcome.Refused}},
		"broken at once": {resetting, nil, []string{outcome.ResetBefore, outcome.Refused}}, // Envoy may see it while it connects
		"ended at once":  {silent, nil, []string{outcome.EndedEmpty}},
		"broken later": {breaking, func(conn *net.TCPConn, in *bufio.Reader) {
			_, _ = io.WriteString(conn, "word\n")
			_, _ = in.ReadString('\n')
		}, []string{outcome.ResetDuring}},
		"left by the caller": {hanging, func(conn *net.TCPConn, _ *bufio.Reader) { _ = conn.SetLinger(0) }, []string{outcome.Abandoned}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLines(t)
			l.pod(t, "v1", 0, greeting)
			if c.with != nil {
				l.pod(t, "v2", 0, c.with)
			}
			l.publish(t, l.at(1, 1, 50))
			const connections = 40
			for range connections {
				l.converse(t, c.talk)
			}
			until(t, "all counted", func() bool {
				all := uint64(0)
				for _, version := range []string{"v1", "v2"} {
					for _, n := range l.counted(version) {
						all += n
					}
				}
				return all >= connections+1
			})
			good, got := l.counted("v1"), l.counted("v2")
			if good[outcome.OK] < 5 || len(good) > 2 || good[outcome.Refused] > 0 {
				t.Errorf("of the stable version %v", good)
			}
			wanted := uint64(0)
			for _, word := range c.want {
				wanted += got[word]
			}
			if wanted < 5 {
				t.Errorf("of the new version %v, want %v", got, c.want)
			}
		})
	}
}

// converse has one connection: what is said to it comes after its greeting, or after a while without one.
func (l *lines) converse(t *testing.T, talk func(*net.TCPConn, *bufio.Reader)) {
	t.Helper()
	conn, err := net.DialTCP("tcp", nil, l.addresses[front])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	_, _ = in.ReadString('\n')
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if talk != nil {
		talk(conn, in)
	}
}
