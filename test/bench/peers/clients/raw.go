package main

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// codec leaves messages as bytes: to take them apart as messages would cost more than all else here, on the processors
// that the server needs.
type codec struct{}

func (codec) Name() string { return "proto" }

func (codec) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil }

func (codec) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = data
	return nil
}

// Numbers of fields of DeltaDiscoveryRequest, DeltaDiscoveryResponse and Resource.
const (
	requestTypeURL, requestNonce               = 2, 6
	responseResource, responseURL, responseTag = 2, 4, 5
	resourceName                               = 3
)

// response is what a client needs of a DeltaDiscoveryResponse.
type response struct {
	url, nonce []byte
	names      [][]byte // of the resources
}

// parse reads names only if they are wanted.
func parse(message []byte, names bool) (response, error) {
	var r response
	err := fields(message, func(number protowire.Number, value []byte) error {
		switch number {
		case responseURL:
			r.url = value
		case responseTag:
			r.nonce = value
		case responseResource:
			if names {
				return fields(value, func(number protowire.Number, value []byte) error {
					if number == resourceName {
						r.names = append(r.names, value)
					}
					return nil
				})
			}
		}
		return nil
	})
	if err == nil && (r.url == nil || r.nonce == nil) {
		err = errors.New("it has no type or no nonce")
	}
	return r, err
}

// fields calls a function with each field that has bytes.
func fields(message []byte, f func(protowire.Number, []byte) error) error {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return fmt.Errorf("tag: %w", protowire.ParseError(n))
		}
		message = message[n:]
		if kind != protowire.BytesType {
			n = protowire.ConsumeFieldValue(number, kind, message)
			if n < 0 {
				return fmt.Errorf("field %d: %w", number, protowire.ParseError(n))
			}
			message = message[n:]
			continue
		}
		value, n := protowire.ConsumeBytes(message)
		if n < 0 {
			return fmt.Errorf("field %d: %w", number, protowire.ParseError(n))
		}
		if err := f(number, value); err != nil {
			return err
		}
		message = message[n:]
	}
	return nil
}

// acknowledgement is a DeltaDiscoveryRequest that answers a response.
func acknowledgement(r response) []byte {
	out := make([]byte, 0, len(r.url)+len(r.nonce)+8)
	out = protowire.AppendTag(out, requestTypeURL, protowire.BytesType)
	out = protowire.AppendBytes(out, r.url)
	out = protowire.AppendTag(out, requestNonce, protowire.BytesType)
	return protowire.AppendBytes(out, r.nonce)
}
