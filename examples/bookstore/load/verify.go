package load

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	"github.com/weft-mesh/weft/examples/bookstore/frontend"
	"github.com/weft-mesh/weft/examples/bookstore/once"
	"github.com/weft-mesh/weft/examples/bookstore/reviews"
)

// failure is a reason that the load itself found. Other reasons come from once.Reason.
type failure string

func (f failure) Error() string { return string(f) }

const (
	notJSON   failure = "answer is not JSON"
	wrongPage failure = "answer to another request"
	wrongBody failure = "body arrived changed"
	wrongEcho failure = "echo out of sequence"
)

func reason(err error) string {
	var f failure
	if errors.As(err, &f) {
		return string(f)
	}
	return once.Reason(err)
}

// verify checks that the answer belongs to this request, and that the other end got every byte of its body.
func verify(p shot, answer []byte) error {
	if p.body == nil {
		return verifyPage(p.id, answer)
	}
	var got reviews.Receipt
	if err := json.Unmarshal(answer, &got); err != nil {
		return notJSON
	}
	sum := sha256.Sum256(p.body)
	if got.Length != int64(len(p.body)) || got.SHA256 != hex.EncodeToString(sum[:]) {
		return wrongBody
	}
	return nil
}

func verifyPage(id string, answer []byte) error {
	var page frontend.Page
	if err := json.Unmarshal(answer, &page); err != nil {
		return notJSON
	}
	var got reviews.Reviews
	if err := json.Unmarshal(page.Reviews, &got); err != nil {
		return notJSON
	}
	if page.ID != id || got.ID != id {
		return wrongPage
	}
	return nil
}
