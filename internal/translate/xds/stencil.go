package xds

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// stencil is an encoded message in which some texts are open. It never changes.
type stencil struct {
	pieces  []piece
	problem string
}

// piece of an encoded message: bytes as they are, and then a text, or a field that holds more pieces. Before either of
// them stands its length.
type piece struct {
	plain  []byte
	text   int // which one; -1: none
	nested []piece
}

// newStencil makes a stencil of what encode returns for so many texts.
func newStencil(texts int, encode func(marks []string) fields) stencil {
	marks := make([]string, texts)
	for i := range marks {
		marks[i] = "\x00open " + strconv.Itoa(i)
	}
	encoded := encode(marks)
	return stencil{cut(encoded.bytes, marks), encoded.problem}
}

// fill appends the message with its texts, of which none is empty: an empty one would not be encoded.
func (s stencil) fill(b []byte, texts ...string) fields {
	for _, text := range texts {
		if text == "" || !utf8.ValidString(text) {
			return fields{problem: "a text is empty or is not UTF-8"}
		}
	}
	if s.problem != "" || s.pieces == nil {
		return fields{problem: cmp.Or(s.problem, "there is nothing to fill in")}
	}
	return fields{bytes: appendPieces(slices.Grow(b, sizeOf(s.pieces, texts)), s.pieces, texts)}
}

// cut divides an encoded message at its marks.
func cut(encoded []byte, marks []string) (out []piece) {
	next := piece{text: -1}
	for len(encoded) > 0 {
		number, kind, tag := protowire.ConsumeTag(encoded)
		size := tag + protowire.ConsumeFieldValue(number, kind, encoded[tag:])
		field := encoded[:size]
		encoded = encoded[size:]
		if !slices.ContainsFunc(marks, func(m string) bool { return bytes.Contains(field, []byte(m)) }) {
			next.plain = append(next.plain, field...)
			continue
		}
		value, _ := protowire.ConsumeBytes(field[tag:])
		next.plain = append(next.plain, field[:tag]...)
		if next.text = slices.Index(marks, string(value)); next.text < 0 {
			next.nested = cut(value, marks)
		}
		out, next = append(out, next), piece{text: -1}
	}
	return append(out, next)
}

func sizeOf(list []piece, texts []string) (size int) {
	for _, p := range list {
		size += len(p.plain)
		switch {
		case p.text >= 0:
			size += protowire.SizeBytes(len(texts[p.text]))
		case p.nested != nil:
			size += protowire.SizeBytes(sizeOf(p.nested, texts))
		}
	}
	return size
}

func appendPieces(b []byte, list []piece, texts []string) []byte {
	for _, p := range list {
		b = append(b, p.plain...)
		switch {
		case p.text >= 0:
			b = protowire.AppendString(b, texts[p.text])
		case p.nested != nil:
			b = protowire.AppendVarint(b, uint64(sizeOf(p.nested, texts)))
			b = appendPieces(b, p.nested, texts)
		}
	}
	return b
}
