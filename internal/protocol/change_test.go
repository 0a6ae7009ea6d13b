package protocol_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"
)

// released is a protocol with one of each kind.
const released = `
name: "toy.proto" package: "toy" syntax: "proto3"
message_type {
  name: "Hello"
  field { name: "name"  number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
  field { name: "bye"   number: 2 type: TYPE_STRING label: LABEL_OPTIONAL oneof_index: 0 }
  field { name: "mood"  number: 3 type: TYPE_ENUM label: LABEL_OPTIONAL type_name: ".toy.Mood" }
  field { name: "inner" number: 4 type: TYPE_MESSAGE label: LABEL_REPEATED type_name: ".toy.Hello.Inner" }
  oneof_decl { name: "end" }
  nested_type { name: "Inner" }
}
enum_type { name: "Mood" value { name: "NONE" number: 0 } value { name: "GOOD" number: 1 } }
service { name: "Greeter" method { name: "Greet" input_type: ".toy.Hello" output_type: ".toy.Hello" server_streaming: true } }
`

func lines(t *testing.T, change func(*descriptorpb.FileDescriptorProto)) []string {
	t.Helper()
	file := &descriptorpb.FileDescriptorProto{}
	if err := prototext.Unmarshal([]byte(released), file); err != nil {
		t.Fatal(err)
	}
	change(file)
	descriptor, err := protodesc.NewFile(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	return render(descriptor)
}

// TestChangesAreSeen tells which line each kind of change loses, and that an addition loses none.
func TestChangesAreSeen(t *testing.T) {
	type file = *descriptorpb.FileDescriptorProto
	fields := func(f file) []*descriptorpb.FieldDescriptorProto { return f.MessageType[0].Field }
	for reason, c := range map[string]struct {
		change      func(file)
		lost, added []string
	}{
		"a field may be added": {
			change: func(f file) {
				fresh := proto.Clone(fields(f)[0]).(*descriptorpb.FieldDescriptorProto)
				fresh.Name, fresh.Number = proto.String("fresh"), proto.Int32(5)
				f.MessageType[0].Field = append(fields(f), fresh)
			},
			added: []string{"field toy.Hello.fresh = 5: optional string"},
		},
		"a field keeps its number": {
			change: func(f file) { fields(f)[0].Number = proto.Int32(9) },
			lost:   []string{"field toy.Hello.name = 1: optional string"},
			added:  []string{"field toy.Hello.name = 9: optional string"},
		},
		"a field keeps its name, so that its number gets no other meaning": {
			change: func(f file) { fields(f)[0].Name = proto.String("title") },
			lost:   []string{"field toy.Hello.name = 1: optional string"},
			added:  []string{"field toy.Hello.title = 1: optional string"},
		},
		"a field keeps its type": {
			change: func(f file) { fields(f)[0].Type = descriptorpb.FieldDescriptorProto_TYPE_BYTES.Enum() },
			lost:   []string{"field toy.Hello.name = 1: optional string"},
			added:  []string{"field toy.Hello.name = 1: optional bytes"},
		},
		"a field keeps its cardinality": {
			change: func(f file) { fields(f)[3].Label = descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum() },
			lost:   []string{"field toy.Hello.inner = 4: repeated message toy.Hello.Inner"},
			added:  []string{"field toy.Hello.inner = 4: optional message toy.Hello.Inner"},
		},
		"a field does not join a oneof": {
			change: func(f file) { fields(f)[0].OneofIndex = proto.Int32(0) },
			lost:   []string{"field toy.Hello.name = 1: optional string"},
			added:  []string{"field toy.Hello.name = 1: optional string in oneof end"},
		},
		"a field and its type stay": {
			change: func(f file) { f.MessageType[0].Field, f.MessageType[0].NestedType = fields(f)[:3], nil },
			lost:   []string{"field toy.Hello.inner = 4: repeated message toy.Hello.Inner", "message toy.Hello.Inner"},
		},
		"an enum's value keeps its number": {
			change: func(f file) { f.EnumType[0].Value[1].Number = proto.Int32(2) },
			lost:   []string{"value toy.Mood.GOOD = 1"},
			added:  []string{"value toy.Mood.GOOD = 2"},
		},
		"a method keeps its streams": {
			change: func(f file) { f.Service[0].Method[0].ServerStreaming = proto.Bool(false) },
			lost:   []string{"method toy.Greeter.Greet: toy.Hello to stream of toy.Hello"},
			added:  []string{"method toy.Greeter.Greet: toy.Hello to toy.Hello"},
		},
		"a method keeps its messages": {
			change: func(f file) { f.Service[0].Method[0].InputType = proto.String(".toy.Hello.Inner") },
			lost:   []string{"method toy.Greeter.Greet: toy.Hello to stream of toy.Hello"},
			added:  []string{"method toy.Greeter.Greet: toy.Hello.Inner to stream of toy.Hello"},
		},
	} {
		t.Run(reason, func(t *testing.T) {
			lost, added := compare(lines(t, func(file) {}), lines(t, c.change))
			if diff := cmp.Diff([][]string{c.lost, c.added}, [][]string{lost, added}, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("lost and added (-want +got):\n%s", diff)
			}
		})
	}
}
