package reviews

import (
	"crypto/sha256"
	"net/http"
)

const kib = 1024

// Work makes each request cost CPU time before it is answered: so many KiB are hashed. An autoscaler then sees the load.
func Work(size int, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		digest(size)
		next.ServeHTTP(w, r)
	})
}

// digest is that of so many KiB of zeros.
func digest(size int) [sha256.Size]byte {
	var block [kib]byte
	h := sha256.New()
	for range size {
		h.Write(block[:])
	}
	return [sha256.Size]byte(h.Sum(nil))
}
