package xds

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// encode makes a resource, and says what is wrong with it. Its version is a hash of its bytes. More are further fields of
// the message, that are encoded already, in the order of the encoder: by number, with those of a oneof last.
func encode(typeURL, name string, message proto.Message, more ...fields) *Resource {
	return fieldsOf(message, more...).resource(typeURL, name)
}

func (f fields) resource(typeURL, name string) *Resource {
	body := f.wrapped(typeURL)
	return &Resource{TypeURL: typeURL, Name: name, Version: hash(body.Value), Body: body, Problem: f.problem}
}

// packed wraps a message. Map fields are sorted, so equal messages of one program give equal bytes. In the place of what
// Envoy would not take, or of what can't be encoded since a text in it is not UTF-8, stands a refusal, and so it does for
// all that holds it.
func packed(message proto.Message) *anypb.Any {
	return fieldsOf(message).wrapped("type.googleapis.com/" + string(message.ProtoReflect().Descriptor().FullName()))
}

// fields are fields of a message as they are encoded, or why Envoy would not take them.
type fields struct {
	bytes   []byte
	problem string
}

func (f fields) wrapped(typeURL string) *anypb.Any {
	if f.problem != "" {
		return refusal(f.problem)
	}
	return &anypb.Any{TypeUrl: typeURL, Value: f.bytes}
}

// fieldsOf are those of a message, and more.
func fieldsOf(message proto.Message, more ...fields) fields {
	if problem := problemOf(message); problem != "" {
		return fields{problem: problem}
	}
	if len(more) == 0 {
		return marshal(nil, message)
	}
	size := proto.Size(message)
	for _, f := range more {
		if f.problem != "" {
			return f
		}
		size += len(f.bytes)
	}
	out := marshalled(proto.MarshalOptions{Deterministic: true, UseCachedSize: true}.MarshalAppend(make([]byte, 0, size), message))
	for _, f := range more {
		out.bytes = append(out.bytes, f.bytes...)
	}
	return out
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

func marshal(bytes []byte, message proto.Message) fields {
	return marshalled(proto.MarshalOptions{Deterministic: true}.MarshalAppend(bytes, message))
}

func marshalled(bytes []byte, err error) fields {
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
