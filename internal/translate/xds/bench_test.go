package xds_test

import (
	"fmt"
	"testing"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

func BenchmarkWorld(b *testing.B) {
	for _, services := range []int{100, 1000} {
		s := modeltest.World(services)
		m := model.Build(s)
		b.Run(fmt.Sprintf("model/services=%d", services), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				model.Build(s)
			}
		})
		b.Run(fmt.Sprintf("sets/services=%d", services), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				xds.Build(m)
			}
		})
		b.Run(fmt.Sprintf("endpoints/services=%d", services), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				xds.Endpoints(model.BuildEndpoints(s, m))
			}
		})
		b.Run(fmt.Sprintf("again/services=%d", services), func(b *testing.B) {
			b.ReportAllocs()
			other := s
			other.Pods = s.Pods[1:]
			builder, worlds := new(xds.Builder), []snapshot.Snapshot{s, other}
			for n := 0; b.Loop(); n++ {
				w := worlds[n%2]
				m := model.Build(w)
				builder.Build(m)
				builder.Endpoints(model.BuildEndpoints(w, m))
			}
		})
	}
}
