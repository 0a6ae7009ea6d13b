package main

import (
	"context"
	"errors"
	"path/filepath"
)

const (
	home = "weft-system"
	// installer marks an install of this demo on the namespace of the operator.
	installerAnnotation = "weft.dev/installed-by"
	installer           = "demo"
)

// install applies config/default as a user would. On a cluster of the user's own it leaves an install of others alone.
func (d *demo) install(ctx context.Context) error {
	by, err := d.installedBy(ctx)
	if err != nil {
		return err
	}
	if d.cluster == onCurrent && by != "" && by != installer {
		return errors.New("weft is installed on this cluster already, and this demo would change its Mesh; use another cluster")
	}
	d.say.line("weft: kubectl kustomize config/default | kubectl apply --server-side -f -")
	if err := d.apply(ctx, filepath.Join(d.root, "config", "default"), "--server-side"); err != nil {
		return err
	}
	if err := d.follow(ctx, "kubectl", "annotate", "namespace", home, installerAnnotation+"="+installer, "--overwrite"); err != nil {
		return err
	}
	for _, crd := range []string{"meshes", "policies", "canaries"} {
		if _, err := output(ctx, "", "kubectl", "wait", "--for=condition=Established", "crd/"+crd+".weft.dev", patience); err != nil {
			return err
		}
	}
	return d.awaitRollout(ctx, home, "weft-operator")
}

// installedBy says who has installed weft on this cluster; empty: nobody.
func (d *demo) installedBy(ctx context.Context) (string, error) {
	found, err := output(ctx, "", "kubectl", "get", "namespace", home, "--ignore-not-found", "-o", "name")
	if err != nil || found == "" {
		return "", err
	}
	by, err := output(ctx, "", "kubectl", "get", "namespace", home, "-o", `jsonpath={.metadata.annotations.weft\.dev/installed-by}`)
	if by == "" {
		by = "somebody else"
	}
	return by, err
}
