package probe

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/weft-mesh/weft/examples/bookstore/ratings"
	"github.com/weft-mesh/weft/examples/bookstore/serve"
)

func TestALineTellsHowItsSessionEnded(t *testing.T) {
	for fault, want := range map[string]string{"": "ok", "lines-reset": "reset", "lines-mute": "closed"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		of, err := ratings.ParseFault(fault)
		if err != nil {
			t.Fatal(err)
		}
		part := ratings.Lines(l, serve.NewDrain(), of)
		go part.Serve()
		call := Line(l.Addr().String())
		for range 2 {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			if got := call(ctx); got != want {
				t.Errorf("fault %q: %s, want %s", fault, got, want)
			}
			cancel()
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		_ = part.Stop(gone) // cuts what is open
		if fault == "" {
			if got := call(t.Context()); got != "refused" {
				t.Errorf("without a server: %s", got)
			}
		}
	}
}
