package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/weft-mesh/weft/hack/testbed/internal/host"
	"github.com/weft-mesh/weft/hack/testbed/internal/layout"
	"github.com/weft-mesh/weft/hack/testbed/internal/network"
	"github.com/weft-mesh/weft/hack/testbed/internal/progress"
)

// freeing is how long the kernel may take to free namespaces whose last process has ended.
const freeing = 10 * time.Second

// Down ends the bed, whatever state it is in, and fails when something is left on the host. The bed is gone
// in that case too: the error is told once, and what it names is for a person to look at.
func Down(ctx context.Context, dir layout.Dir) error {
	before, err := host.Load(dir)
	if errors.Is(err, fs.ErrNotExist) {
		before, err = host.Take() // nothing was started: what is there now was there before
	}
	if err != nil {
		return fmt.Errorf("read what the host looked like before: %w", err)
	}
	err = progress.Wait(ctx, "the processes of the test bed to end", time.Minute, func() error {
		remaining, err := host.Kill(dir)
		if err == nil && remaining > 0 {
			err = fmt.Errorf("%d remain", remaining)
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := network.Disconnect(); err != nil {
		return err
	}
	left := progress.Wait(ctx, "the kernel to free the nodes", freeing, func() error {
		return errors.Join(host.RemoveCgroups(), before.Restore(), leftovers(before))
	})
	if err := os.RemoveAll(dir.Run()); err != nil {
		return fmt.Errorf("remove the files of the bed: %w", err)
	}
	if left != nil {
		return left
	}
	progress.Say("the test bed is down; nothing is left")
	return nil
}

func leftovers(before host.Snapshot) error {
	after, err := host.Take()
	if err != nil {
		return err
	}
	if left := host.Leftovers(before, after); len(left) > 0 {
		return fmt.Errorf("left on the host:\n  %s", strings.Join(left, "\n  "))
	}
	return nil
}
