package xds

import (
	"bytes"
	"testing"

	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
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
		}
		for _, part := range made {
			for id, r := range part.Resources {
				if hash(r.Body.Value) != r.Version {
					t.Fatalf("%v has changed since it was made", id)
				}
			}
		}
		if !bytes.Equal(before, sharedBytes(t)) {
			t.Fatal("a message that all share has changed")
		}
	})
}

// sharedBytes are all messages of the package that are part of many resources.
func sharedBytes(t *rapid.T) []byte {
	out := bytes.Clone(outboundHTTP.bytes)
	for _, m := range []proto.Message{
		plainMatch, otherHosts[0], otherPriorities, bodyLimit, notValidated,
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

// A match is made from bytes that are those of the map.
func TestAccountMatchIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.String(), rapid.StringN(60, 300, -1)).Draw(t, "value")
		plain := &structpb.Struct{Fields: map[string]*structpb.Value{accountKey: structpb.NewStringValue(value)}}
		for _, m := range []struct{ got, want proto.Message }{
			{accountMatch(value), plain},
			{accountMetadata(value), metadataOf(plain)},
		} {
			if got, want := marshal(nil, m.got), marshal(nil, m.want); !bytes.Equal(got.bytes, want.bytes) || got.problem+want.problem != "" {
				t.Fatalf("%q gives %x, the map %x, %s", value, got.bytes, want.bytes, got.problem)
			}
		}
	})
}

// A text that can't be encoded is refused; its bytes would not be looked at.
func TestAccountMatchIsUTF8(t *testing.T) {
	for value, problem := range map[string]bool{"shop/\xff": true, "shop/ÿ": false} {
		if f := marshal(nil, accountMetadata(value)); (f.problem != "") != problem {
			t.Errorf("%q: %q", value, f.problem)
		}
	}
}
