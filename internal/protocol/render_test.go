package protocol_test

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// render gives one line for each thing of a file that travels or is called by its name. The lines are sorted.
func render(file protoreflect.FileDescriptor) []string {
	lines := append(messages(file.Messages()), enums(file.Enums())...)
	for service := range each(file.Services()) {
		lines = append(lines, fmt.Sprintf("service %s", service.FullName()))
		for method := range each(service.Methods()) {
			lines = append(lines, fmt.Sprintf("method %s: %s to %s", method.FullName(),
				streamed(method.IsStreamingClient(), method.Input()), streamed(method.IsStreamingServer(), method.Output())))
		}
	}
	slices.Sort(lines)
	return lines
}

func messages(list protoreflect.MessageDescriptors) (lines []string) {
	for message := range each(list) {
		lines = append(lines, fmt.Sprintf("message %s", message.FullName()))
		for f := range each(message.Fields()) {
			lines = append(lines, field(f))
		}
		lines = append(lines, enums(message.Enums())...)
		lines = append(lines, messages(message.Messages())...)
	}
	return lines
}

func field(f protoreflect.FieldDescriptor) string {
	line := fmt.Sprintf("field %s = %d: %s %s", f.FullName(), f.Number(), f.Cardinality(), f.Kind())
	switch f.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		line += " " + string(f.Message().FullName())
	case protoreflect.EnumKind:
		line += " " + string(f.Enum().FullName())
	}
	if one := f.ContainingOneof(); one != nil {
		line += " in oneof " + string(one.Name())
	}
	return line
}

func enums(list protoreflect.EnumDescriptors) (lines []string) {
	for enum := range each(list) {
		lines = append(lines, fmt.Sprintf("enum %s", enum.FullName()))
		for value := range each(enum.Values()) {
			lines = append(lines, fmt.Sprintf("value %s.%s = %d", enum.FullName(), value.Name(), value.Number()))
		}
	}
	return lines
}

func streamed(stream bool, message protoreflect.MessageDescriptor) string {
	if stream {
		return "stream of " + string(message.FullName())
	}
	return string(message.FullName())
}

// each goes over a list of descriptors.
func each[T any](list interface {
	Len() int
	Get(int) T
}) func(yield func(T) bool) {
	return func(yield func(T) bool) {
		for i := range list.Len() {
			if !yield(list.Get(i)) {
				return
			}
		}
	}
}
