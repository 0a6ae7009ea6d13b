package xds

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// encode makes a resource, and says what is wrong with it. Its version is a hash of its bytes.
func encode(typeURL, name string, message proto.Message) *Resource {
	body := packed(message)
	r := &Resource{TypeURL: typeURL, Name: name, Version: hash(body.Value), Body: body}
	if body.TypeUrl == refusedType {
		r.Problem = string(body.Value)
	}
	return r
}

// packed wraps a message. Map fields are sorted, so equal messages of one program give equal bytes. In the place of what
// Envoy would not take, or of what can't be encoded since a text in it is not UTF-8, stands a refusal, and so it does for
// all that holds it.
func packed(message proto.Message) *anypb.Any {
	if problem := problemOf(message); problem != "" {
		return refusal(problem)
	}
	bytes, err := proto.MarshalOptions{Deterministic: true}.Marshal(message)
	if err != nil {
		return refusal(err.Error())
	}
	if reason, is := refusalIn(bytes); is {
		return refusal(reason)
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
