package xds_test

import (
	"fmt"
	"testing"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
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
	}
}
