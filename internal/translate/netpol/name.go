package netpol

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/weft-mesh/weft/internal/model"
)

const (
	prefix = "weft-"
	suffix = "-ingress"
)

// name is weft-LABEL-ingress. Workloads that share their label, as while a Deployment moves to another account, are
// told apart by a hash of the account.
func name(w model.Workload, shared bool) string {
	middle := w.Label
	if shared {
		middle += "-" + short(w.Account.Account)
	}
	if room := validation.DNS1123SubdomainMaxLength - len(prefix) - len(suffix); len(middle) > room {
		hash := "-" + short(middle)
		middle = strings.TrimRight(middle[:room-len(hash)], "-.") + hash
	}
	return prefix + middle + suffix
}

func short(s string) string {
	const size = 8
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])[:size]
}
