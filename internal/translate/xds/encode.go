package xds

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// encode makes a resource. Its version is a hash of its bytes.
func encode(typeURL, name string, message proto.Message) *Resource {
	body := packed(message)
	return &Resource{TypeURL: typeURL, Name: name, Version: hash(body.Value), Body: body}
}

// packed wraps a message. Map fields are sorted, so equal messages of one program give equal bytes.
func packed(message proto.Message) *anypb.Any {
	bytes, err := proto.MarshalOptions{Deterministic: true}.Marshal(message)
	if err != nil {
		// Only text that is not UTF-8 fails, and the API server lets none through.
		panic(fmt.Sprintf("encode %T: %v", message, err))
	}
	return &anypb.Any{TypeUrl: "type.googleapis.com/" + string(message.ProtoReflect().Descriptor().FullName()), Value: bytes}
}

// hash is the same for the same parts only: each is preceded by its length.
func hash(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:", len(p))
		h.Write(p)
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}
