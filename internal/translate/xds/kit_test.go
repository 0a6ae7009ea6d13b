package xds

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
)

// What was filled into a form before does not show in what is made of it next, and nothing that was made changes when
// the form is filled in again.
func TestFormsLeaveNothingBehind(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := model.Build(modeltest.Random(t))
		var ports []portKey
		for i := range m.Services {
			for j := range m.Services[i].Ports {
				ports = append(ports, portKey{m.Services[i].Key, m.Services[i].Ports[j].Number})
			}
		}
		used, before := newKit(m.Mesh.TrustDomain), sharedBytes(t)
		var made []*Part
		for _, p := range append(ports, rapid.Permutation(ports).Draw(t, "again")...) {
			part := portOf(m, p.service, p.port, used)
			if fresh := portOf(m, p.service, p.port, newKit(m.Mesh.TrustDomain)); fresh.Version != part.Version {
				t.Fatalf("port %v is another one when its kit was used before", p)
			}
			made = append(made, part)
			checkPlain(t, m, p, part)
		}
		for _, part := range made {
			for id, r := range part.Resources {
				if versionOf(r) != r.Version {
					t.Fatalf("%v has changed since it was made", id)
				}
			}
		}
		if !bytes.Equal(before, sharedBytes(t)) {
			t.Fatal("a message that all share has changed")
		}
	})
}

// versionOf is the version of a resource as its bytes are now. That of routes which tell regions apart is one of all of them.
func versionOf(r *Resource) string {
	own := hash(r.Body.Value)
	if len(r.Near) == 0 {
		return own
	}
	versions := [][]byte{[]byte(own)}
	for _, at := range slices.SortedFunc(maps.Keys(r.Near), func(a, b model.Place) int { return strings.Compare(a.Region, b.Region) }) {
		versions = append(versions, []byte(at.Region), []byte(hash(r.Near[at].Body.Value)))
	}
	return hash(versions...)
}

// checkPlain compares the plain routes of a port with what is made of its routes one by one.
func checkPlain(t *rapid.T, m *model.Model, p portKey, part *Part) {
	service, _ := m.Service(p.service)
	port, _ := service.Port(p.port)
	name := ClusterName(p.service, p.port, "")
	got := part.Resources[ID{RouteType, name}]
	if got != nil && got.Version != routeConfiguration(m, name, service, port).Version {
		t.Fatalf("the routes of %s are not as they are when made one by one", name)
	}
}

// sharedBytes are all messages of the package that are part of many resources.
func sharedBytes(t *rapid.T) []byte {
	out := slices.Concat(plainMatch.fields.bytes, discovered.bytes)
	for _, m := range []proto.Message{
		anyCluster, versions, certificates[0], roots, routerFilter, originalDestination, otherHosts[0], otherPriorities, bodyLimit, notValidated,
		&route.RouteMatch{PathSpecifier: everyPath}, &route.VirtualHost{Domains: everyDomain},
	} {
		f := marshal(out, m)
		if f.problem != "" {
			t.Fatal(f.problem)
		}
		out = f.bytes
	}
	return out
}

// What is put together from bytes is what the encoder makes of the message with these texts.
func TestStencilIsTheMessage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringN(1, -1, -1), rapid.StringN(60, 300, -1), rapid.StringN(16000, 17000, -1))
		value, peer, filter := text.Draw(t, "value"), text.Draw(t, "peer"), text.Draw(t, "filter")
		for _, protocol := range []model.Protocol{model.HTTP, model.GRPC, model.TCP} {
			same(t, matchForm(protocol).fill(nil, value, peer), matchFields(value, value, socket(tlsSocket, upstreamTLS(peer, protocol))))
		}
		same(t, httpForm().fill(nil, value, peer), listenerFields(value, networkFilter(httpFilter, outboundHTTP(peer, value))))
		same(t, tcpForm().fill(nil, value, peer, filter), listenerFields(value, connectionsFilter(filter, peer, value)))
		same(t, marshal(nil, encodedMetadata(value)), marshal(nil, accountMetadata(value)))
	})
}

func same(t *rapid.T, got, want fields) {
	t.Helper()
	if !bytes.Equal(got.bytes, want.bytes) || got.problem+want.problem != "" {
		t.Fatalf("it gives %x (%s), the encoder %x (%s)", got.bytes, got.problem, want.bytes, want.problem)
	}
}

// What can't be encoded, or breaks a rule, is refused in a form as it is in a message.
func TestFormsRefuse(t *testing.T) {
	for name, c := range map[string]struct {
		got  fields
		want string // in the problem; empty: there is none
	}{
		"an account":                    {matchForm(model.HTTP).fill(nil, "shop/ÿ", "spiffe://a/b"), ""},
		"an account that is not UTF-8":  {matchForm(model.HTTP).fill(nil, "shop/\xff", "spiffe://a/b"), "UTF-8"},
		"an account without a name":     {matchForm(model.HTTP).fill(nil, "", "spiffe://a/b"), "Name"},
		"an account of no protocol":     {matchForm("").fill(nil, "shop/a", "spiffe://a/b"), "nothing"},
		"an endpoint":                   {marshal(nil, encodedMetadata("shop/ÿ")), ""},
		"an endpoint that is not UTF-8": {marshal(nil, encodedMetadata("shop/\xff")), "UTF-8"},
		"a listener":                    {httpForm().fill(nil, "shop/a/80", "outbound/shop/a/80"), ""},
		"a listener without routes":     {httpForm().fill(nil, "", "outbound/shop/a/80"), "empty"},
		"a listener without a prefix":   {httpForm().fill(nil, "shop/a/80", ""), "StatPrefix"},
		"a listener without a cluster":  {tcpForm().fill(nil, "", "outbound/shop/a/80", "connections/shop/a/80"), "empty"},
		"a listener that is not UTF-8":  {tcpForm().fill(nil, "shop/\xff", "outbound", "connections"), "UTF-8"},
	} {
		if (c.got.problem == "") != (c.want == "") || !strings.Contains(c.got.problem, c.want) {
			t.Errorf("%s: problem %q, want %q", name, c.got.problem, c.want)
		}
	}
}
