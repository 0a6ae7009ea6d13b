package main

import "context"

// down takes everything away. On a cluster of the user's own it removes weft only if the demo has installed it.
func (d *demo) down(ctx context.Context) error {
	if d.cluster == onTestbed {
		return d.stopCluster(ctx)
	}
	if err := d.removeBookstore(ctx); err != nil {
		return err
	}
	installed, err := d.installedBy(ctx)
	if err != nil {
		return err
	}
	if installed != installer {
		d.say.line("weft: nothing that this demo has installed")
		return nil
	}
	if err := d.buildPlugin(ctx); err != nil {
		return err
	}
	d.say.line("weft: kubectl weft uninstall --yes")
	return d.follow(ctx, d.plugin(), "uninstall", "--yes")
}

// removeBookstore waits until the operator has unwound the Policies too.
func (d *demo) removeBookstore(ctx context.Context) error {
	for _, name := range []string{namespace, outside} {
		found, err := output(ctx, "", "kubectl", "get", "namespace", name, "--ignore-not-found", "-o", "name")
		if err != nil {
			return err
		}
		if found == "" {
			continue
		}
		d.say.line("namespace %s: removing it", name)
		if err := d.follow(ctx, "kubectl", "delete", "namespace", name, "--ignore-not-found", patience); err != nil {
			return err
		}
	}
	return nil
}
