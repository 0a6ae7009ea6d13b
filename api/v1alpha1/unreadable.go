package v1alpha1

import (
	"encoding/json"
	"strings"
)

// The API server may store values that no field of these types can hold: a quantity whose exponent has a fraction, or
// whatever was let in while a CRD had no rules. One such object must not keep its whole kind from being read. So a spec
// that can't be read says so in Unreadable, and holds only what the mesh needs to leave in force what is.

// UnmarshalJSON never fails.
func (s *PolicySpec) UnmarshalJSON(text []byte) error {
	type plain PolicySpec
	var read plain
	if err := json.Unmarshal(text, &read); err != nil {
		read = plain{Unreadable: told(err)}
	}
	*s = PolicySpec(read)
	return nil
}

// UnmarshalJSON never fails. The Service stays, so that its requests go on as they are divided.
func (s *CanarySpec) UnmarshalJSON(text []byte) error {
	type plain CanarySpec
	var read plain
	if err := json.Unmarshal(text, &read); err != nil {
		var kept struct{ Service ServiceReference }
		_ = json.Unmarshal(text, &kept)
		read = plain{Service: kept.Service, Unreadable: told(err)}
	}
	*s = CanarySpec(read)
	return nil
}

// UnmarshalJSON never fails. What can be read stays, as every proxy depends on it.
func (s *MeshSpec) UnmarshalJSON(text []byte) error {
	type plain MeshSpec
	var read plain
	if err := json.Unmarshal(text, &read); err != nil {
		read = plain{}
		readParts(text, &read)
		read.Unreadable = told(err)
	}
	*s = MeshSpec(read)
	return nil
}

// readParts reads the fields of an object one by one, and those of a field that can't be read.
func readParts(text []byte, into any) {
	for name, part := range fieldsOf(text) {
		if json.Unmarshal(object(name, part), into) == nil {
			continue
		}
		for inner, piece := range fieldsOf(part) {
			_ = json.Unmarshal(object(name, object(inner, piece)), into)
		}
	}
}

func fieldsOf(text []byte) map[string]json.RawMessage {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(text, &fields)
	return fields
}

func object(name string, value []byte) []byte {
	out, _ := json.Marshal(map[string]json.RawMessage{name: value})
	return out
}

// told is the text of an error, short enough for a status: some errors quote the value that they are about.
func told(err error) string {
	const most = 1000
	text := err.Error()
	return strings.ToValidUTF8(text[:min(len(text), most)], "")
}
