package xds

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// encode makes a resource, and says what is wrong with it. Its version is a hash of its bytes.
func encode(typeURL, name string, message proto.Message) *Resource {
	return encodeWith(typeURL, name, message, fields{})
}

// encodeWith is encode for a message that lacks fields which are encoded already.
func encodeWith(typeURL, name string, message proto.Message, common fields) *Resource {
	r := &Resource{TypeURL: typeURL, Name: name, Body: &anypb.Any{}}
	r.Problem = pack(r.Body, typeURL, message, common)
	r.Version = hash(r.Body.Value)
	return r
}

// packed wraps a message. Map fields are sorted, so equal messages of one program give equal bytes. In the place of what
// Envoy would not take, or of what can't be encoded since a text in it is not UTF-8, stands a refusal, and so it does for
// all that holds it.
func packed(message proto.Message) *anypb.Any {
	out := &anypb.Any{}
	pack(out, "type.googleapis.com/"+string(message.ProtoReflect().Descriptor().FullName()), message, fields{})
	return out
}

// pack is packed into a wrapper, whose old bytes it overwrites. It returns why the message is refused.
func pack(into *anypb.Any, typeURL string, message proto.Message, common fields) (problem string) {
	f := fieldsOf(into.Value[:0], message, common)
	if f.problem != "" {
		into.TypeUrl, into.Value = refusedType, []byte(f.problem)
		return f.problem
	}
	into.TypeUrl, into.Value = typeURL, f.bytes
	return ""
}

// fields are fields of a message as they are encoded, or why Envoy would not take them.
type fields struct {
	bytes   []byte
	problem string
}

// commonFields are for messages that have them in common. What each of these has besides is not encoded; it has to be
// there for the check.
func commonFields(common, besides proto.Message) fields {
	whole := proto.Clone(besides)
	proto.Merge(whole, common)
	if problem := problemOf(whole); problem != "" {
		return fields{problem: problem}
	}
	return marshal(nil, common)
}

// fieldsOf appends the fields of a message to bytes. Common ones follow its first field, which is a name: fields are
// encoded in the order of their numbers.
func fieldsOf(bytes []byte, message proto.Message, common fields) fields {
	if problem := problemOf(message); problem != "" || common.problem != "" {
		return fields{problem: problem + common.problem}
	}
	if len(common.bytes) == 0 {
		return marshal(bytes, message)
	}
	f := marshal(slices.Grow(bytes, proto.Size(message)+len(common.bytes)), message)
	if f.problem == "" {
		_, _, first := protowire.ConsumeField(f.bytes)
		f.bytes = slices.Insert(f.bytes, first, common.bytes...)
	}
	return f
}

func marshal(bytes []byte, message proto.Message) fields {
	bytes, err := proto.MarshalOptions{Deterministic: true}.MarshalAppend(bytes, message)
	if err != nil {
		return fields{problem: err.Error()}
	}
	if reason, is := refusalIn(bytes); is {
		return fields{problem: reason}
	}
	return fields{bytes: bytes}
}

// hash is the same for the same parts only: each is preceded by its length.
func hash(parts ...[]byte) string {
	h := sha256.New()
	var length [20]byte
	for _, p := range parts {
		h.Write(append(strconv.AppendInt(length[:0], int64(len(p)), 10), ':'))
		h.Write(p)
	}
	var sum [sha256.Size]byte
	var text [24]byte
	hex.Encode(text[:], h.Sum(sum[:0])[:12])
	return string(text[:])
}
