package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/cli/view"
)

func watchCanary(world World, flags *Flags) *cobra.Command {
	var revision string
	var plain bool
	c := &cobra.Command{
		Use:   "watch NAME",
		Short: "Show each change until the run ends",
		Long: `On a terminal, shows the whole canary and the latest changes, and writes them anew each second. Else, or with --plain,
prints a line whenever something changes. It ends with the run. A run that has ended already is told at once; with
--revision, only the end of a run of that revision counts.

The exit code is 0 when the new version was promoted, 2 when it was rolled back.`,
		RunE: func(c *cobra.Command, args []string) error {
			cluster, err := world.Connect(flags)
			if err != nil {
				return err
			}
			out := c.OutOrStdout()
			w := watching{now: world.Now, revision: revision, show: lines(out)}
			var ticks <-chan time.Time
			if !plain && world.Terminal(out) {
				var stop func()
				ticks, stop = world.Ticks()
				defer stop()
				w.show = screen(out)
			}
			err = follow(c.Context(), world, cluster, args[0], ticks, w.visit)
			if c.Context().Err() != nil {
				return exitInterrupted
			}
			if err == nil && w.last.Status.Phase == v1alpha1.CanaryRolledBack {
				return exitRolledBack
			}
			return err
		},
	}
	c.Flags().StringVar(&revision, "revision", "", "pod-template-hash of the revision whose run is awaited")
	c.Flags().BoolVar(&plain, "plain", false, "print lines on a terminal too")
	return c
}

// watching remembers what was shown.
type watching struct {
	now      func() time.Time
	revision string
	last     *v1alpha1.Canary
	news     []string
	show     func(c *v1alpha1.Canary, news []string, fresh bool, now time.Time)
}

// newsKept is how many changes stay on the screen.
const newsKept = 8

func (w *watching) visit(c *v1alpha1.Canary) bool {
	now := w.now()
	fresh := w.last == nil || view.Mark(w.last) != view.Mark(c)
	if fresh {
		w.news = append(w.news, view.Line(c, now))
		w.news = w.news[max(0, len(w.news)-newsKept):]
	}
	w.last = c
	w.show(c, w.news, fresh, now)
	return view.Ended(c, w.revision)
}

// lines prints what is new.
func lines(out io.Writer) func(*v1alpha1.Canary, []string, bool, time.Time) {
	return func(_ *v1alpha1.Canary, news []string, fresh bool, _ time.Time) {
		if fresh {
			fmt.Fprintln(out, news[len(news)-1])
		}
	}
}

// screen writes everything over what was there.
func screen(out io.Writer) func(*v1alpha1.Canary, []string, bool, time.Time) {
	const clear, home = "\x1b[2J", "\x1b[H"
	first := true
	return func(c *v1alpha1.Canary, news []string, _ bool, now time.Time) {
		text := home + view.Screen(c, news, now)
		if first {
			text, first = clear+text, false
		}
		fmt.Fprint(out, text)
	}
}
