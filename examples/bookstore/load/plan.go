package load

import (
	"math/rand/v2"
	"strconv"
)

const largestBody = 4096

// shot is one planned request.
type shot struct {
	id    string
	fresh bool   // on a new connection
	body  []byte // of a POST; nil for a GET
}

// plan says what request n looks like: half go on a new connection, and a third, spread over both halves, carry a
// body. The same n is always the same request.
func plan(n int) shot {
	s := shot{id: strconv.Itoa(n), fresh: n%2 == 0}
	if n%3 == 0 {
		s.body = body(uint64(n))
	}
	return s
}

func body(n uint64) []byte {
	random := rand.New(rand.NewPCG(n, 0))
	b := make([]byte, 1+random.IntN(largestBody))
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}
