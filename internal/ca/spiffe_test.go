package ca_test

import (
	"strings"
	"testing"

	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/internal/ca"
	"github.com/weft-mesh/weft/internal/model"
)

func TestParseID(t *testing.T) {
	long := "spiffe://d/" + strings.Repeat("a", 2048-len("spiffe://d/"))
	good := []string{"spiffe://mesh", "spiffe://10.0.0.1/a", "spiffe://a_b-c.d/ns/Shop/sa/x.Y_z-1", long}
	bad := []string{
		"", "spiffe:", "spiffe://", "spiffe:///a", "SPIFFE://mesh/a", "https://mesh/a", "spiffe://Mesh/a", "spiffe://mesh:80/a",
		"spiffe://u@mesh/a", "spiffe://mesh/", "spiffe://mesh/a/", "spiffe://mesh//a", "spiffe://mesh/a/./b", "spiffe://mesh/..",
		"spiffe://mesh/a?b", "spiffe://mesh/a#b", "spiffe://mesh/%61", "spiffe://m%61sh/a", "spiffe://mesh/ä", "spiffe://mesh/a b", long + "a",
	}
	for _, s := range good {
		if id, err := ca.ParseID(s); err != nil || id.String() != s {
			t.Errorf("ParseID(%.40q) = %v, %v", s, id, err)
		}
	}
	for _, s := range bad {
		if id, err := ca.ParseID(s); err == nil {
			t.Errorf("ParseID(%.40q) = %v, want an error", s, id)
		}
	}
}

// FuzzParseID compares with a parser of others. Only the length is our own rule.
func FuzzParseID(f *testing.F) {
	for _, s := range []string{"spiffe://mesh/ns/a/sa/b", "spiffe://mesh/%2e", "spiffe://mesh/a/../b", "spiffe://x", "spiffe://\xff/a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := ca.ParseID(s)
		_, foreign := spiffeid.FromString(s)
		if len(s) <= 2048 && (err == nil) != (foreign == nil) {
			t.Fatalf("ParseID(%q): %v; go-spiffe: %v", s, err, foreign)
		}
		if err == nil && id.String() != s {
			t.Fatalf("ParseID(%q) prints as %q", s, id)
		}
	})
}

func TestIdentitiesOfKubernetesNamesAreIDs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		namespace := rapid.StringMatching(`[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`).Draw(t, "namespace")
		account := rapid.StringMatching(`[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?){0,3}`).Draw(t, "account")
		id, err := ca.ParseID(model.Identity{Namespace: namespace, Account: account}.SPIFFE("cluster.local"))
		if err != nil || id.Path != "/ns/"+namespace+"/sa/"+account {
			t.Fatalf("%v, %v", id, err)
		}
	})
}
