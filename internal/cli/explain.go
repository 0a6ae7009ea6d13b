package cli

import (
	"errors"

	"k8s.io/apimachinery/pkg/api/meta"
)

var errNotInstalled = errors.New("weft is not installed in this cluster: it does not know the kinds of weft.dev")

// explain replaces an error that says nothing to a user.
func explain(err error) error {
	if meta.IsNoMatchError(err) {
		return errNotInstalled
	}
	return err
}
