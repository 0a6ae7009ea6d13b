package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"

	"golang.org/x/sync/errgroup"

	"github.com/weft-mesh/weft/hack/testbed/internal/host"
	"github.com/weft-mesh/weft/hack/testbed/internal/layout"
	"github.com/weft-mesh/weft/hack/testbed/internal/network"
	"github.com/weft-mesh/weft/hack/testbed/internal/node"
	"github.com/weft-mesh/weft/hack/testbed/internal/part"
	"github.com/weft-mesh/weft/hack/testbed/internal/progress"
)

// Up starts a bed of the given shape, or finds it running. What an interrupted start left is cleaned first.
func Up(ctx context.Context, dir layout.Dir, shape Shape) error {
	if err := shape.Validate(); err != nil {
		return err
	}
	old, err := Open(dir)
	switch {
	case err == nil && old.Ready && reflect.DeepEqual(old.Shape, shape):
		progress.Say("the test bed is up: %s", shape)
		return nil
	case err == nil && old.Ready:
		return fmt.Errorf("a test bed of another shape is up (%s); run `testbed down` first", old.Shape)
	case err != nil && !errors.Is(err, ErrDown):
		return err
	}
	b := &Bed{Shape: shape, dir: dir}
	if err := b.build(ctx); err != nil {
		return err
	}
	if _, err := os.Stat(dir.Run()); err == nil {
		progress.Say("cleaning up after a start that did not finish")
		if err := Down(ctx, dir); err != nil {
			return err
		}
	}
	for _, step := range []func(context.Context) error{b.lay, b.boot, b.controlPlane, b.nodes, b.addons} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	b.Ready = true
	progress.Say("the test bed is up: %s", shape)
	return b.save()
}

// build makes the parts and images, before anything runs.
func (b *Bed) build(ctx context.Context) error {
	if err := part.Install(ctx); err != nil {
		return err
	}
	names := []string{"kubernetes"}
	if !b.OnlyAPIServer {
		names = append(names, "containerd", "kuberouter")
	}
	b.Tools = map[string]string{}
	for _, name := range names {
		built, err := part.Ensure(ctx, b.dir, name)
		if err != nil {
			return err
		}
		b.Tools[name] = built
	}
	return b.buildAddons(ctx)
}

// lay writes all files that the components read, and what the host looked like before.
func (b *Bed) lay(context.Context) error {
	before, err := host.Take()
	if err != nil {
		return fmt.Errorf("look at the host: %w", err)
	}
	if err := os.MkdirAll(b.dir.Run(), 0o755); err != nil {
		return err
	}
	nodes := b.NodeNames()
	return errors.Join(before.Save(b.dir), b.save(), writePKI(b.dir, nodes), writeKubeconfigs(b.dir, nodes))
}

// boot starts the nodes and links them.
func (b *Bed) boot(ctx context.Context) error {
	var pids []int
	hosts := "127.0.0.1 localhost\n"
	for i, name := range b.NodeNames() {
		hosts += network.Address(i+1) + " " + name + "\n"
	}
	for i, name := range b.NodeNames() {
		pid, err := node.Boot(ctx, b.dir, name, hosts)
		if err != nil {
			return err
		}
		if err := network.RaiseLoopback(pid, i == 0); err != nil {
			return fmt.Errorf("raise lo on %s: %w", name, err)
		}
		pids = append(pids, pid)
	}
	if err := network.ConnectHost(pids[0]); err != nil {
		return err
	}
	for i, pid := range pids[1:] {
		if err := network.ConnectNodes(pids[0], pid, i+2); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bed) components() components {
	return components{b.dir, tools{b.Tools["kubernetes"], b.Tools["containerd"], b.Tools["kuberouter"]}}
}

// controlPlane starts what serves the API on n1, and the container runtimes beside it.
func (b *Bed) controlPlane(ctx context.Context) error {
	c := b.components()
	if err := b.start(ctx, "n1", c.etcd(), c.apiServer()); err != nil {
		return err
	}
	both, ctx := errgroup.WithContext(ctx)
	if !b.OnlyAPIServer {
		both.Go(func() error { return b.runtimes(ctx) })
	}
	both.Go(func() error {
		return b.wait(ctx, "n1", "kube-apiserver", "the API server to be ready", func() error {
			_, err := b.Kubectl(ctx, "", "get", "--raw=/readyz")
			return err
		})
	})
	return both.Wait()
}

// nodes starts the rest of the control plane and every node's own components, and waits until the nodes are Ready.
func (b *Bed) nodes(ctx context.Context) error {
	if b.OnlyAPIServer {
		return nil
	}
	c := b.components()
	if err := b.start(ctx, "n1", c.controllerManager(), c.scheduler()); err != nil {
		return err
	}
	for i, name := range b.NodeNames() {
		if err := b.start(ctx, name, c.kubelet(name, network.Address(i+1)), c.kubeProxy(name)); err != nil {
			return err
		}
	}
	for _, name := range b.NodeNames() {
		err := b.wait(ctx, name, "kubelet", "node "+name+" to be Ready", func() error {
			_, err := b.Kubectl(ctx, "", "wait", "--for=condition=Ready", "--timeout=0s", "node/"+name)
			return err
		})
		if err != nil {
			return err
		}
		if err := b.start(ctx, name, c.kubeRouter(name)); err != nil {
			return err
		}
	}
	return nil
}
