package redirect

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestBuild(t *testing.T) {
	want := Table{Name: "weft", Chains: []Chain{
		{Name: "inbound", Hook: Prerouting, Rules: []Rule{
			{Ports: Range{22, 22}},
			{Ports: Range{80, 81}},
			{Ports: Range{15021, 15021}},
			{To: 15006},
		}},
		{Name: "outbound", Hook: Output, Rules: []Rule{
			{UID: 1337, Priority: 5, To: 15002},
			{UID: 1337, Out: "lo", Ports: Range{22, 22}},
			{UID: 1337, Out: "lo", Ports: Range{80, 81}},
			{UID: 1337, Out: "lo", Ports: Range{15021, 15021}},
			{UID: 1337, Out: "lo", NotLoopback: "ipv4", To: 15006},
			{UID: 1337, Out: "lo", NotLoopback: "ipv6", To: 15006},
			{UID: 1337},
			{Out: "lo"},
			{Ports: Range{3306, 3306}},
			{To: 15001},
		}},
	}}
	got := Build(Exclude{Inbound: []uint16{81, 22, 80, 22}, Outbound: []uint16{3306}}, true)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Build (-want +got):\n%s", diff)
	}
}

// connection is what rules look at. Its zero value is an ordinary user's, over an ordinary interface.
type connection struct {
	uid      uint32
	priority uint32
	out      string
	family   Family
	loopback bool // at one end or both
	port     uint16
}

// led is what a chain does with a TCP connection.
func led(c Chain, to connection) uint16 {
	for _, r := range c.Rules {
		switch {
		case r.UID != 0 && r.UID != to.uid,
			r.Priority != 0 && r.Priority != to.priority,
			r.Out != "" && r.Out != to.out,
			r.NotLoopback != "" && (r.NotLoopback != to.family || to.loopback),
			r.Ports != (Range{}) && (to.port < r.Ports.First || r.Ports.Last < to.port):
			continue
		}
		return r.To
	}
	return 0
}

func TestBuildLeadsAllButTheExcluded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ports := rapid.SliceOfN(rapid.Uint16Range(1, 65535), 0, 20).Draw(t, "excluded")
		shuffled := append([]uint16{}, ports...)
		rand.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		firstCalls := rapid.Bool().Draw(t, "first calls")
		table := Build(Exclude{Inbound: ports, Outbound: ports}, firstCalls)
		if diff := cmp.Diff(table, Build(Exclude{Inbound: shuffled, Outbound: shuffled}, firstCalls)); diff != "" {
			t.Fatalf("the order of excluded ports matters:\n%s", diff)
		}
		excluded := map[uint16]bool{}
		for _, p := range ports {
			excluded[p] = true
		}
		probe := append(ports, rapid.Uint16Range(1, 65535).Draw(t, "port"))
		for _, port := range probe {
			if got, want := led(table.Chains[0], connection{port: port}), InboundPort; got == want == (excluded[port] || port == HealthPort) {
				t.Fatalf("inbound port %d is led to %d", port, got)
			}
			if got, want := led(table.Chains[1], connection{port: port}), OutboundPort; got == want == excluded[port] {
				t.Fatalf("outbound port %d is led to %d", port, got)
			}
		}
	})
}

func TestBuildLeadsTheProxyToItsPodAsACaller(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ports := rapid.SliceOfN(rapid.Uint16Range(1, 65535), 0, 20).Draw(t, "excluded")
		table := Build(Exclude{Inbound: ports, Outbound: rapid.SliceOf(rapid.Uint16Range(1, 65535)).Draw(t, "outbound")}, rapid.Bool().Draw(t, "first calls"))
		arriving, opened := table.Chains[0], table.Chains[1]
		c := connection{uid: ProxyUID, out: "lo", family: rapid.SampledFrom([]Family{IPv4, IPv6}).Draw(t, "family")}
		for _, c.port = range append(ports, HealthPort, InboundPort, rapid.Uint16Range(1, 65535).Draw(t, "port")) {
			if got, want := led(opened, c), led(arriving, connection{port: c.port}); got != want {
				t.Fatalf("%+v is led to %d; from another pod it is led to %d", c, got, want)
			}
			toLoopback, away := c, c
			toLoopback.loopback, away.out = true, "eth0"
			for _, left := range []connection{toLoopback, away} {
				if got := led(opened, left); got != 0 {
					t.Fatalf("%+v is led to %d, want it left alone", left, got)
				}
			}
			other := c
			other.uid = rapid.Uint32Range(0, ProxyUID-1).Draw(t, "uid")
			if got := led(opened, other); got != 0 {
				t.Fatalf("%+v is led to %d, want it left alone", other, got)
			}
		}
	})
}

// A first call is Envoy's own connection with the priority, wherever it goes. Nobody else's is, and none where the pod was
// not injected for it.
func TestBuildLeadsFirstCallsBackToTheProxy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ports := rapid.SliceOf(rapid.Uint16Range(1, 65535))
		exclude := Exclude{Inbound: ports.Draw(t, "inbound"), Outbound: ports.Draw(t, "outbound")}
		without, with := Build(exclude, false).Chains[1], Build(exclude, true).Chains[1]
		c := connection{
			uid: rapid.SampledFrom([]uint32{0, 1000, ProxyUID}).Draw(t, "uid"), priority: rapid.Uint32Range(0, 6).Draw(t, "priority"),
			out: rapid.SampledFrom([]string{"lo", "eth0"}).Draw(t, "out"), family: rapid.SampledFrom([]Family{IPv4, IPv6}).Draw(t, "family"),
			loopback: rapid.Bool().Draw(t, "loopback"), port: rapid.Uint16Range(1, 65535).Draw(t, "port"),
		}
		want := led(without, c)
		if c.uid == ProxyUID && c.priority == FirstPriority {
			want = FirstPort
		}
		if got := led(with, c); got != want {
			t.Fatalf("%+v is led to %d, want %d", c, got, want)
		}
		c.priority = 0
		if got, want := led(without, c), led(with, c); got != want {
			t.Fatalf("%+v is led to %d without first calls and to %d with them", c, got, want)
		}
	})
}

func TestParsePorts(t *testing.T) {
	got, err := ParsePorts(" 22, 3306,")
	if diff := cmp.Diff([]uint16{22, 3306}, got); diff != "" || err != nil {
		t.Errorf("ParsePorts: %v %s", err, diff)
	}
	for _, bad := range []string{"0", "65536", "ssh", "1-2"} {
		if _, err := ParsePorts(bad); err == nil {
			t.Errorf("ParsePorts(%q): no error", bad)
		}
	}
}

func TestCheckProof(t *testing.T) {
	file, err := Proof{Namespace: "net:[7]", Table: TableName}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckProof(file, "net:[7]"); err != nil {
		t.Errorf("CheckProof of the same namespace: %v", err)
	}
	for name, c := range map[string]struct {
		file      string
		namespace string
	}{
		"another namespace": {string(file), "net:[8]"},
		"no namespace":      {`{"table":"weft"}`, ""},
		"another table":     {`{"namespace":"net:[7]","table":"other"}`, "net:[7]"},
		"cut":               {string(file[:5]), "net:[7]"},
		"empty":             {"", "net:[7]"},
	} {
		if err := CheckProof([]byte(c.file), c.namespace); err == nil {
			t.Errorf("CheckProof, %s: no error", name)
		}
	}
}
