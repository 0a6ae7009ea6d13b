package xds

import (
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/weft-mesh/weft/internal/model"
)

// Endpoint metadata by which a cluster chooses what the endpoint must present.
const (
	matchMetadata = "envoy.transport_socket_match"
	accountKey    = "account"
	// accountPlain is the value of accountKey for a pod without a sidecar. No account has this name.
	accountPlain = "-"
)

func accountValue(a model.Identity) string { return a.Namespace + "/" + a.Account }

func accountMatch(value string) *structpb.Struct {
	return &structpb.Struct{Fields: map[string]*structpb.Value{accountKey: structpb.NewStringValue(value)}}
}

func accountMetadata(value string) *core.Metadata {
	match := accountMatch(value)
	return &core.Metadata{FilterMetadata: map[string]*structpb.Struct{matchMetadata: match}}
}

// encodedMetadata is accountMetadata made of its bytes, as fields that the message does not know: to encode its maps takes
// longer than all the rest of an endpoint.
func encodedMetadata(value string) *core.Metadata {
	f := metadataStencil.fill(nil, value)
	if f.problem != "" {
		return accountMetadata(value) // what holds it is refused
	}
	out := &core.Metadata{}
	out.ProtoReflect().SetUnknown(f.bytes)
	return out
}

var metadataStencil = newStencil(1, func(marks []string) fields { return fieldsOf(accountMetadata(marks[0])) })
