package xds

import "google.golang.org/protobuf/proto"

// form is a stencil whose texts are checked each time, in messages that they are filled into. So it is for one goroutine.
type form struct {
	stencil
	checked []proto.Message
	open    [][]*string // the places of each text in what is checked
}

// fill appends the fields with their texts.
func (f *form) fill(b []byte, texts ...string) fields {
	for i, places := range f.open {
		for _, place := range places {
			*place = texts[i]
		}
	}
	for _, m := range f.checked {
		if problem := problemOf(m); problem != "" {
			return fields{problem: problem}
		}
	}
	return f.stencil.fill(b, texts...)
}
