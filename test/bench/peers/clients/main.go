// Command clients is a fleet of proxies that apply nothing: each has its own connection with one stream of delta ADS,
// subscribes to all that an Envoy in its place would, and acknowledges everything.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/weft-mesh/weft/test/bench/peers/talk"
)

func main() {
	address := flag.String("address", "", "of the server")
	services := flag.Int("services", 100, "how many workloads the proxies are spread over")
	names := flag.String("names", "", "file with the names of all resources of a proxy; it is written if it does not exist")
	flag.Parse()
	if err := run(*address, *services, *names); err != nil {
		talk.Fail(err)
	}
}

func run(address string, services int, file string) error {
	if _, err := os.Stat(file); os.IsNotExist(err) {
		if err := scout(address, file); err != nil {
			return fmt.Errorf("find the names of all resources: %w", err)
		}
	}
	known, err := readNames(file)
	if err != nil {
		return err
	}
	f := newFleet(address, services, known)
	talk.Serve(talk.Reply{}, f.handle)
	return nil
}

// patience is how long a fleet waits for anything.
const patience = 4 * time.Minute

func (f *fleet) handle(c talk.Command) (talk.Reply, error) {
	r := talk.Reply{At: time.Now()}
	var err error
	switch c.Do {
	case "connect": // until there are N, and each has its whole set
		r.At, err = f.grow(c.N)
	case "arm":
		f.arm(c.URL, c.Mark)
	case "await": // until all have acknowledged what was armed; At is when the last acknowledgement was sent
		r.At, err = f.await()
	case "quiet": // for N milliseconds
		f.quiet(time.Duration(c.N) * time.Millisecond)
	default:
		err = fmt.Errorf("no such command")
	}
	r.Traffic = talk.Traffic{Responses: f.responses.Load(), Bytes: f.bytes.Load()}
	r.Connected = int(f.whole.Load())
	return r, err
}
