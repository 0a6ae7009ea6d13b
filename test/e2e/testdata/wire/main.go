// Command wire is a server and a client of plain TCP and HTTP whose every byte is known, and a witness of what passes on
// the link to a pod.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

var roles = map[string]func(args []string) error{
	"serve":   serve,
	"get":     get,
	"dial":    dial,
	"hello":   hello,
	"capture": capture,
}

func main() {
	if len(os.Args) < 2 || roles[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: wire serve | get URL | dial ADDRESS WORD first|second | hello ADDRESS 1.1|1.2|1.3 | capture POD-ADDRESS")
		os.Exit(2)
	}
	if err := roles[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "wire:", err)
		os.Exit(1)
	}
}

func say(v any) error { return json.NewEncoder(os.Stdout).Encode(v) }
