package main

import (
	"context"
	"fmt"
	"time"
)

// mesh is the part of a Mesh that this demo reads.
type mesh struct {
	Metadata struct {
		Generation int64 `json:"generation"`
	} `json:"metadata"`
	Status struct {
		ObservedGeneration int64 `json:"observedGeneration"`
		Effective          struct {
			NetworkPolicy string `json:"networkPolicy"`
		} `json:"effective"`
		Proxies acknowledgement `json:"proxies"`
	} `json:"status"`
}

type acknowledgement struct {
	Acknowledged int `json:"acknowledged"`
	Total        int `json:"total"`
}

const meshLimit = 3 * time.Minute

// makeMesh makes the Mesh and waits until it has certificates.
func (d *demo) makeMesh(ctx context.Context) error {
	d.say.line("mesh: kubectl apply -k examples/bookstore/mesh (mutual TLS: Strict)")
	if err := d.apply(ctx, d.example("mesh")); err != nil {
		return err
	}
	if err := d.follow(ctx, "kubectl", "wait", "mesh/default", "--for=condition=Ready", patience); err != nil {
		return err
	}
	d.say.line("mesh: ready")
	return nil
}

// networkLayer says whether Policies are enforced by NetworkPolicies too, and waits until that is so.
func (d *demo) networkLayer(ctx context.Context, mode string) error {
	d.say.line("mesh: networkPolicy %s", mode)
	patch := fmt.Sprintf(`{"spec":{"networkPolicy":{"mode":%q}}}`, mode)
	if _, err := output(ctx, "", "kubectl", "patch", "mesh", "default", "--type=merge", "-p", patch); err != nil {
		return err
	}
	err := watch(ctx, meshLimit, func(m mesh) (bool, error) {
		return m.Status.ObservedGeneration == m.Metadata.Generation && m.Status.Effective.NetworkPolicy == mode, nil
	}, "mesh", "default")
	if err != nil {
		return fmt.Errorf("wait until the Mesh's status has networkPolicy %s: %w", mode, err)
	}
	return nil
}

// showSidecars waits until every pod of the bookstore has a sidecar that is up to date.
func (d *demo) showSidecars(ctx context.Context) error {
	pods, err := listPods(ctx)
	if err != nil {
		return err
	}
	with := pods.withSidecar()
	d.say.line("sidecars: %d of %d pods of %s have one", len(with), len(pods.Items), namespace)
	if len(with) != len(pods.Items) {
		return fmt.Errorf("only %d of %d pods have a sidecar", len(with), len(pods.Items))
	}
	said := acknowledgement{}
	return watch(ctx, meshLimit, func(m mesh) (bool, error) {
		p := m.Status.Proxies
		if p != said {
			d.say.line("sidecars: %d of %d proxies are up to date", p.Acknowledged, p.Total)
			said = p
		}
		return p.Acknowledged == p.Total && p.Total >= len(with), nil
	}, "mesh", "default")
}
