package xds

import (
	"unicode/utf8"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
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

// accountMatch is the struct {account: value}. Maps take many times as long to encode as all else, so what holds them is
// made from its bytes.
func accountMatch(value string) *structpb.Struct {
	if !utf8.ValidString(value) { // it can't be encoded, and what holds it says so
		return &structpb.Struct{Fields: map[string]*structpb.Value{accountKey: structpb.NewStringValue(value)}}
	}
	var room [128]byte
	return encoded(&structpb.Struct{}, singleton(accountKey, appendText(room[:0], 3, value)))
}

// accountMetadata has the match of an endpoint.
func accountMetadata(value string) *core.Metadata {
	match := accountMatch(value)
	if match.Fields != nil {
		return metadataOf(match)
	}
	return encoded(&core.Metadata{}, singleton(matchMetadata, match.ProtoReflect().GetUnknown()))
}

func metadataOf(match *structpb.Struct) *core.Metadata {
	return &core.Metadata{FilterMetadata: map[string]*structpb.Struct{matchMetadata: match}}
}

// encoded is a message that is made of bytes: it takes them for fields that it does not know.
func encoded[M proto.Message](empty M, bytes []byte) M {
	empty.ProtoReflect().SetUnknown(bytes)
	return empty
}

// singleton is a map of one key to a message, in a message whose first field it is.
func singleton(key string, value []byte) []byte {
	var room [192]byte
	pair := protowire.AppendBytes(protowire.AppendTag(appendText(room[:0], 1, key), 2, protowire.BytesType), value)
	return protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), pair)
}

func appendText(b []byte, number protowire.Number, text string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, number, protowire.BytesType), text)
}
