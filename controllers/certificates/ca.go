package certificates

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/controllers/mesh"
	"github.com/weft-mesh/weft/internal/apply"
	"github.com/weft-mesh/weft/internal/ca"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// CASecret is the Secret of the mesh's root and intermediate.
const CASecret = ca.SecretName

// CA makes what signs workloads known to this replica.
type CA struct {
	Live *ca.Live
	// Changed is called when another root or intermediate is in force.
	Changed func()

	data map[string][]byte
}

// load takes the authority as it is stored. What can't be read leaves the previous one in force.
func (c *CA) load(data map[string][]byte) error {
	if len(data) == 0 || apply.Same(c.data, data) {
		return nil
	}
	authority, err := ca.Load(data)
	if err != nil {
		return err
	}
	c.data = data
	c.Live.Set(authority)
	c.Changed()
	return nil
}

// Trust is what the mesh's certificates rest on; it is false before they exist.
func (c *CA) Trust() (mesh.Trust, bool) {
	authority, _ := c.Live.Authority()
	if authority == nil {
		return mesh.Trust{}, false
	}
	return mesh.Trust{
		RootsPEM:             authority.RootsPEM(),
		RootNotAfter:         authority.RootNotAfter(),
		IntermediateNotAfter: authority.IntermediateNotAfter(),
	}, true
}

// advanceCA makes root and intermediate, and renews the intermediate.
func (c *Controller) advanceCA(ctx context.Context, object *v1alpha1.Mesh, stored *corev1.Secret) error {
	settings := model.Build(snapshot.Snapshot{Mesh: object}).Mesh
	data, changed, err := ca.Next(stored.Data, settings.TrustDomain, settings.LeafLifetime, time.Now())
	if err != nil || !changed {
		return err
	}
	return c.store(ctx, apply.CASecret, stored, data)
}
