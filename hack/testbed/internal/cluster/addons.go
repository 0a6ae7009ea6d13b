package cluster

import (
	"context"
	"fmt"
	"strings"

	"github.com/weft-mesh/weft/hack/testbed/internal/addon"
	"github.com/weft-mesh/weft/hack/testbed/internal/image"
	"github.com/weft-mesh/weft/hack/testbed/internal/part"
	"github.com/weft-mesh/weft/hack/testbed/internal/progress"
)

// all lists the add-ons of this bed.
func (b *Bed) all() []addon.Addon {
	if b.OnlyAPIServer {
		return nil
	}
	all := append([]addon.Addon{}, addon.Always...)
	for _, name := range b.With {
		all = append(all, addon.Named(name))
	}
	return all
}

func (b *Bed) buildAddons(ctx context.Context) error {
	if b.OnlyAPIServer {
		return nil
	}
	images := []string{"pause"}
	for _, a := range b.all() {
		images = append(images, a.Images...)
		if a.CRDs == "" {
			continue
		}
		if _, err := part.Ensure(ctx, b.dir, a.CRDs); err != nil {
			return err
		}
	}
	for _, name := range images {
		if _, err := image.Tar(ctx, b.dir, name); err != nil {
			return err
		}
	}
	return nil
}

// addons applies the manifests and waits until what they deploy is available.
func (b *Bed) addons(ctx context.Context) error {
	for _, a := range b.all() {
		if err := b.apply(ctx, a); err != nil {
			return err
		}
	}
	for _, a := range b.all() {
		if a.Deployment == "" {
			continue
		}
		namespace, name, _ := strings.Cut(a.Deployment, "/")
		err := progress.Wait(ctx, "deployment "+a.Deployment, patience, func() error {
			_, err := b.Kubectl(ctx, "", "wait", "--for=condition=Available", "--timeout=0s", "--namespace="+namespace, "deployment/"+name)
			return err
		})
		if err != nil {
			pods, _ := b.Kubectl(ctx, "", "get", "pods,events", "--namespace="+namespace)
			return fmt.Errorf("%w\n%s", err, pods)
		}
	}
	return nil
}

func (b *Bed) apply(ctx context.Context, a addon.Addon) error {
	if a.CRDs != "" {
		crds, err := part.Ensure(ctx, b.dir, a.CRDs)
		if err != nil {
			return err
		}
		progress.Say("applying the CRDs of %s", a.CRDs)
		if _, err := b.Kubectl(ctx, "", "apply", "--server-side", "--filename="+crds); err != nil {
			return err
		}
	}
	manifest, err := a.Manifest()
	if err != nil || manifest == nil {
		return err
	}
	progress.Say("applying %s", a.Deployment)
	_, err = b.Kubectl(ctx, string(manifest), "apply", "--server-side", "--filename=-")
	return err
}
