// Package talk is how the benchmark and the programs that it starts speak: one command in, one reply out, each a line of
// JSON on standard input and output. All run on one machine, so their clocks are the same.
package talk

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// Command asks a program for something. Which fields count depends on Do.
type Command struct {
	Do string `json:"do"`
	N  int    `json:"n,omitempty"`
	// URL and Mark say what a fleet has to wait for: a response of this type that holds these bytes.
	URL  string `json:"url,omitempty"`
	Mark []byte `json:"mark,omitempty"`
}

// Reply is the answer. A program says what it knows.
type Reply struct {
	Error     string    `json:"error,omitempty"`
	Address   string    `json:"address,omitempty"` // where a server listens
	At        time.Time `json:"at,omitzero"`       // when what was asked for began or happened
	Usage     Usage     `json:"usage,omitzero"`
	Traffic   Traffic   `json:"traffic,omitzero"`
	Connected int       `json:"connected,omitempty"`
}

// Traffic is what a fleet has received since it began.
type Traffic struct {
	Responses int64 `json:"responses"`
	Bytes     int64 `json:"bytes"`
}

// Serve says hello, answers commands until standard input ends, and then ends the program. What is the same for all it does
// itself: processor and memory measure this program, end ends it.
func Serve(hello Reply, handle func(Command) (Reply, error)) {
	out := json.NewEncoder(os.Stdout)
	say := func(r Reply) {
		if err := out.Encode(r); err != nil {
			os.Exit(1) // who asked is gone
		}
	}
	say(hello)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c Command
		err := json.Unmarshal(lines.Bytes(), &c)
		var r Reply
		if err == nil {
			r, err = answer(c, handle)
		}
		if err != nil {
			r.Error = fmt.Sprintf("%s: %v", c.Do, err)
		}
		say(r)
	}
	os.Exit(0)
}

func answer(c Command, handle func(Command) (Reply, error)) (Reply, error) {
	r := Reply{At: time.Now()}
	var err error
	switch c.Do {
	case "processor":
		r.Usage = Processor()
	case "memory":
		r.Usage, err = Memory()
	case "end":
		os.Exit(0)
	default:
		return handle(c)
	}
	return r, err
}

// Fail ends a program that could not begin.
func Fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
