package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-mesh/weft/internal/uninstall"
)

// wishes are the flags of uninstall.
type wishes struct {
	yes, dryRun bool
	home        string
	timeout     time.Duration
}

func removal(world World, flags *Flags) *cobra.Command {
	var w wishes
	c := &cobra.Command{
		Use:   "uninstall",
		Short: "Remove weft and leave a plain cluster",
		Long: `Removes weft, also when its operator is gone already: first the injection, then the operator, then the objects of our
kinds and what was made from them. Then pods with a sidecar are evicted, a few of each workload at a time, so that their
controllers make plain ones. Last go the kinds and the operator's namespace, if it is labelled as ours.

It shows what it will do and asks. It can be stopped and run again. A GitOps tool that keeps weft installed must let go of
it first.`,
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, _ []string) error {
			cluster, err := world.Connect(flags)
			if err != nil {
				return err
			}
			return remove(c, world, cluster, w)
		},
	}
	c.Flags().BoolVarP(&w.yes, "yes", "y", false, "do not ask")
	c.Flags().BoolVar(&w.dryRun, "dry-run", false, "only show what would be done")
	c.Flags().StringVar(&w.home, "operator-namespace", uninstall.DefaultNamespace, "namespace of the operator")
	c.Flags().DurationVar(&w.timeout, "timeout", 15*time.Minute, "how long to go on")
	return c
}

func remove(c *cobra.Command, world World, cluster Cluster, w wishes) error {
	out := c.OutOrStdout()
	found, err := uninstall.Find(c.Context(), cluster, w.home)
	if err != nil {
		return err
	}
	if err := uninstall.Refusal(found); err != nil {
		return err
	}
	fmt.Fprint(out, uninstall.Describe(found))
	if w.dryRun || len(uninstall.Plan(found)) == 0 {
		return nil
	}
	if !w.yes {
		if err := agree(c.InOrStdin(), out); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(c.Context(), w.timeout)
	defer cancel()
	say := func(line string) { fmt.Fprintln(out, line) }
	runner := uninstall.Runner{Client: cluster, Home: w.home, Say: say, Pause: world.Pause}
	if err := runner.Run(ctx); err != nil {
		return err
	}
	return farewell(ctx, cluster, w.home, out)
}

// agree asks a person. Anything but yes means no.
func agree(in io.Reader, out io.Writer) error {
	fmt.Fprint(out, "\nType yes to go on: ")
	answer, err := bufio.NewReader(in).ReadString('\n')
	if strings.TrimSpace(answer) == "yes" {
		return nil
	}
	fmt.Fprintln(out)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the answer: %w", err)
	}
	return errors.New("nothing was changed; --yes goes on without asking")
}

func farewell(ctx context.Context, cluster Cluster, home string, out io.Writer) error {
	found, err := uninstall.Find(ctx, cluster, home)
	if err != nil {
		return err
	}
	fmt.Fprint(out, "\nweft is removed.\n", uninstall.Remains(found))
	return nil
}
