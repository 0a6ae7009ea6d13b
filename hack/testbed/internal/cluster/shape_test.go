package cluster

import (
	"strings"
	"testing"
)

func TestShapeNamesWhatCannotBeHad(t *testing.T) {
	for _, tc := range []struct {
		reason string
		shape  Shape
		want   string // part of the error; empty: none
	}{
		{"the default", Shape{Nodes: 1}, ""},
		{"all of it", Shape{Nodes: 2, With: []string{"cert-manager", "prometheus"}}, ""},
		{"no node", Shape{Nodes: 0}, "--nodes 0"},
		{"a third node has no link", Shape{Nodes: 3}, "--nodes 3"},
		{"an unknown add-on", Shape{Nodes: 1, With: []string{"istio"}}, "--with istio: there is cert-manager, metrics-server, prometheus"},
		{"an add-on needs a node to run on", Shape{Nodes: 1, OnlyAPIServer: true, With: []string{"prometheus"}}, "--only apiserver"},
	} {
		err := tc.shape.Validate()
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s: Validate(%+v) = %v, want %q", tc.reason, tc.shape, err, tc.want)
		}
	}
}
