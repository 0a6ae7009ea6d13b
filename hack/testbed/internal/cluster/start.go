package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/weft-mesh/weft/hack/testbed/internal/host"
	"github.com/weft-mesh/weft/hack/testbed/internal/image"
	"github.com/weft-mesh/weft/hack/testbed/internal/node"
	"github.com/weft-mesh/weft/hack/testbed/internal/progress"
)

const (
	patience = 3 * time.Minute
	tail     = 15 // lines of a log that an error carries
)

func (b *Bed) start(ctx context.Context, name string, all ...node.Component) error {
	for _, c := range all {
		progress.Say("starting %s on %s", c.Name, name)
		if err := b.Node(name).Start(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

var errEnded = errors.New("ended")

// wait waits for done while the component behind it lives. The error carries the end of the component's log.
func (b *Bed) wait(ctx context.Context, name, component, what string, done func() error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	err := progress.Wait(ctx, what, patience, func() error {
		status, err := b.Node(name).Status(ctx, component)
		if err != nil {
			return err
		}
		if !status.Running {
			cancel(errEnded)
			return fmt.Errorf("%s on %s ended: %s", component, name, status.Exit)
		}
		return done()
	})
	if err != nil {
		return fmt.Errorf("%w\nlast lines of %s:\n%s", err, b.dir.Log(name, component), lastLines(b.dir.Log(name, component), tail))
	}
	return nil
}

func lastLines(file string, n int) string {
	content, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// runtimes starts containerd on each node and loads the images that the cluster itself needs.
func (b *Bed) runtimes(ctx context.Context) error {
	names := []string{"pause"}
	for _, a := range b.all() {
		names = append(names, a.Images...)
	}
	nodes, ctx := errgroup.WithContext(ctx)
	for i, name := range b.NodeNames() {
		nodes.Go(func() error {
			cgroup, err := host.MakeCgroup(name, len(b.NodeNames()))
			if err != nil {
				return err
			}
			if err := writeConfigs(b.dir, b.Tools["containerd"], i+1, name, cgroup); err != nil {
				return err
			}
			if err := b.start(ctx, name, b.components().containerd(name)); err != nil {
				return err
			}
			err = b.wait(ctx, name, "containerd", "containerd on "+name, func() error {
				_, err := os.Stat(b.Store(name).Socket)
				return err
			})
			if err != nil {
				return err
			}
			return b.load(ctx, name, names)
		})
	}
	return nodes.Wait()
}

// Load imports images into all nodes: names of known images, or tars. With as, the one image gets that name too.
func (b *Bed) Load(ctx context.Context, images []string, as string) error {
	if as != "" && len(images) != 1 {
		return fmt.Errorf("--as names one image, not %d", len(images))
	}
	for _, name := range b.NodeNames() {
		if err := b.load(ctx, name, images); err != nil {
			return err
		}
		if as == "" {
			continue
		}
		if err := b.Store(name).Tag(ctx, image.Ref(images[0]), as); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bed) load(ctx context.Context, name string, images []string) error {
	for _, i := range images {
		tar := i
		if _, err := os.Stat(i); err != nil || !strings.HasSuffix(i, ".tar") {
			if tar, err = image.Tar(ctx, b.dir, i); err != nil {
				return err
			}
		}
		progress.Say("loading image %s on %s", i, name)
		if err := b.Store(name).Import(ctx, tar); err != nil {
			return err
		}
	}
	return nil
}
