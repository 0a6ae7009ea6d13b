package xdstest

import (
	"bytes"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// Valid decodes a resource, with all that is packed in it, and asks the rules of each schema. Each message must be encoded
// as the encoder does it in one go, since parts of them are put together.
func Valid(r *xds.Resource) error {
	if err := validAny(r.Body); err != nil {
		return fmt.Errorf("%s %s: %w", r.TypeURL, r.Name, err)
	}
	return nil
}

func validAny(a *anypb.Any) error {
	message, err := a.UnmarshalNew()
	if err != nil {
		return fmt.Errorf("decode %q: %w", a.TypeUrl, err)
	}
	if again, err := (proto.MarshalOptions{Deterministic: true}).Marshal(message); err != nil || !bytes.Equal(again, a.Value) {
		return fmt.Errorf("%q is not encoded as messages are: %w", a.TypeUrl, err)
	}
	if v, is := message.(interface{ ValidateAll() error }); is {
		if err := v.ValidateAll(); err != nil {
			return err
		}
	}
	return validIn(message.ProtoReflect())
}

// validIn looks for packed messages.
func validIn(m protoreflect.Message) (err error) {
	if a, is := m.Interface().(*anypb.Any); is {
		return validAny(a)
	}
	look := func(v protoreflect.Value) { err = errors.Join(err, validIn(v.Message())) }
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsMap() && field.MapValue().Message() != nil:
			value.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool { look(v); return true })
		case field.IsMap() || field.Message() == nil:
		case field.IsList():
			for i := range value.List().Len() {
				look(value.List().Get(i))
			}
		default:
			look(value)
		}
		return true
	})
	return err
}
