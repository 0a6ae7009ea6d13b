package mesh

import (
	"context"
	"time"

	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/apply"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/status"
)

// writeStatus tells what is in force.
func (c *Controller) writeStatus(ctx context.Context, s *State) error {
	in := status.MeshInput{
		Mesh:      s.Snapshot.Mesh,
		Effective: s.Model.Mesh,
		Findings:  s.Model.Findings,
		Missing:   s.Snapshot.Missing,
		Now:       time.Now(),
	}
	view := c.Fleet.View()
	in.Complete, in.Silent, in.Proxies = view.Complete, c.Fleet.Silent(), ack.UpToDate(view, s.Pods)
	for _, route := range s.Snapshot.Routes {
		stamp := model.RouteStamp(route)
		pods := s.DependentPods(stamp.UID)
		in.Routes = append(in.Routes, status.Route{Stamp: stamp, Generation: route.Generation, Acks: ack.Count(view, pods, stamp)})
	}
	if trust, ready := c.Certificates.Trust(); ready {
		in.RootNotAfter, in.IntermediateNotAfter = trust.RootNotAfter, trust.IntermediateNotAfter
	}
	want := status.Mesh(in)
	if apply.Same(s.Snapshot.Mesh.Status, want) {
		return nil
	}
	mesh := s.Snapshot.Mesh.DeepCopy()
	mesh.Status = want
	return c.Writer.Status(ctx, apply.MeshStatus, mesh)
}
