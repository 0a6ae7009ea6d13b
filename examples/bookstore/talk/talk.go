// Package talk is what the two ends of a long conversation (gRPC stream, TCP session) say to each other: the client
// sends a message, the server sends it back. A server that is about to leave marks its echo as the last one, so the
// client can move to another server with nothing in flight.
package talk

import (
	"fmt"
	"strings"
)

const last = " last"

// filler gives each message some weight, so that a cut in the middle is likely to show.
var filler = strings.Repeat("weft", 56)

func Message(n int) string { return fmt.Sprintf("%d %s", n, filler) }

func Echo(message string, leaving bool) string {
	if leaving {
		return message + last
	}
	return message
}

// Read compares an echo with what was said.
func Read(message, echo string) (isLast bool, err error) {
	text, isLast := strings.CutSuffix(echo, last)
	if text != message {
		return false, fmt.Errorf("echo of message %s is %.20q (%d bytes)", strings.Fields(message)[0], echo, len(echo))
	}
	return isLast, nil
}
