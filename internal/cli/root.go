package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/internal/version"
)

// World is how commands reach the outside.
type World struct {
	// Connect opens the cluster that the flags name.
	Connect func(*Flags) (Cluster, error)
	Now     func() time.Time
	// Pause returns when it is time to look again. Its error ends the command.
	Pause func(context.Context) error
	// Ticks come once a second until stop is called.
	Ticks func() (ticks <-chan time.Time, stop func())
	// Terminal says whether a person looks at what is written there.
	Terminal func(io.Writer) bool
}

// Cluster is an API server and what a command is about by default.
type Cluster struct {
	client.WithWatch
	// Namespace is that of the flags, else of the kubeconfig's context.
	Namespace string
	// Named says that the flags name the namespace.
	Named bool
	Exec  Exec
}

// Real is the world of a person's kubeconfig.
func Real() World {
	return World{Connect: connect, Now: time.Now, Terminal: terminal, Pause: func(ctx context.Context) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
			return nil
		}
	}, Ticks: func() (<-chan time.Time, func()) {
		t := time.NewTicker(time.Second)
		return t.C, t.Stop
	}}
}

// terminal is true for a character device, which a pipe and a file are not.
func terminal(w io.Writer) bool {
	f, is := w.(*os.File)
	if !is {
		return false
	}
	about, err := f.Stat()
	return err == nil && about.Mode()&os.ModeCharDevice != 0
}

// exit ends the program with a code after everything was said.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Exit codes.
const (
	exitTrouble     = exit(1)
	exitRolledBack  = exit(2)
	exitInterrupted = exit(130)
)

// Run carries out one command line and returns the exit code.
func Run(ctx context.Context, world World, args []string, in io.Reader, out, problems io.Writer) int {
	root := Command(world)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(problems)
	err := root.ExecuteContext(ctx)
	var code exit
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	}
	fmt.Fprintln(problems, "Error:", explain(err))
	return int(exitTrouble)
}

// Command is kubectl weft with all that is below it.
func Command(world World) *cobra.Command {
	flags := &Flags{}
	c := &cobra.Command{
		Use:   "kubectl-weft",
		Short: "See and steer a weft service mesh",
		Long: `kubectl weft shows and steers a weft service mesh with the rights of its user.

For completion after "kubectl weft", put a file kubectl_complete-weft on the PATH that runs: kubectl weft __complete "$@"`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl weft"},
	}
	flags.bind(c.PersistentFlags())
	c.AddCommand(version.Command(c.Name()), status(world, flags), canary(world, flags), proxy(world, flags), removal(world, flags))
	return c
}
