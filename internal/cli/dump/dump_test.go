package dump

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func example(t *testing.T) []Resource {
	t.Helper()
	text, err := os.ReadFile("testdata/envoy.json")
	if err != nil {
		t.Fatal(err)
	}
	all, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func line(r Resource) string {
	return strings.TrimSpace(fmt.Sprint(r.Type, " ", r.Name, " ", r.State, " ", r.Version, " ", r.Reason))
}

func TestParse(t *testing.T) {
	all := example(t)
	var got []string
	for _, r := range all {
		got = append(got, line(r))
	}
	want := []string{
		"clusters agent static", "clusters shop/cart/80 active c1", "clusters shop/cart/80 rejected c9 no such type",
		"clusters shop/web/80 active c2", "clusters shop/web/80 warming c3", "endpoints shop/web/80 active",
		"listeners inbound active l1", "listeners inbound draining l0", "listeners outbound rejected l9 no such filter",
		"filters access active f1", "routes local static", "routes shop/web/80 active r1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	cart := all[1]
	if want := time.Date(2027, 3, 1, 11, 0, 1, 0, time.UTC); !cart.Updated.Equal(want) || !strings.Contains(string(cart.Config), `"0.250s"`) {
		t.Errorf("the cluster is of %s: %s", cart.Updated, cart.Config)
	}
}

// Nothing but the five types comes out, above all no secret.
func TestParseLeavesSecrets(t *testing.T) {
	for _, r := range example(t) {
		if strings.Contains(string(r.Config), "private_key") || strings.Contains(string(r.Config), "bootstrap") {
			t.Errorf("%s holds %s", line(r), r.Config)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for reason, text := range map[string]string{
		"no JSON":              "upstream connect error",
		"a list that is none":  `{"configs": [{"static_clusters": {}}]}`,
		"a time that is none":  `{"configs": [{"static_clusters": [{"cluster": {}, "last_updated": "soon"}]}]}`,
		"an answer cut in two": `{"configs": [{"static_clusters": [`,
	} {
		if all, err := Parse([]byte(text)); err == nil {
			t.Errorf("%s: %v and no error", reason, all)
		}
	}
}

func TestSelect(t *testing.T) {
	all := example(t)
	for reason, c := range map[string]struct {
		of   Type
		name string
		want int
	}{
		"any":         {"", "", len(all)},
		"a type":      {Listeners, "", 3},
		"a name":      {"", "shop/web/80", 4},
		"both":        {Routes, "shop/web/80", 1},
		"no such one": {Filters, "shop/web/80", 0},
	} {
		if got := Select(all, c.of, c.name); len(got) != c.want {
			t.Errorf("%s: %d resources, want %d", reason, len(got), c.want)
		}
	}
}

// The order of Envoy's answer changes nothing.
func TestParseIsDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-c]{1,3}`), 0, 8, rapid.ID).Draw(t, "names")
		text := func(names []string) []byte {
			var entries []map[string]any
			for _, name := range names {
				entries = append(entries, map[string]any{"version_info": "v" + name, "cluster": map[string]any{"name": name}})
			}
			out, err := json.Marshal(map[string]any{"configs": []any{map[string]any{"dynamic_active_clusters": entries}}})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		one, err := Parse(text(names))
		if err != nil {
			t.Fatal(err)
		}
		shuffled := rapid.Permutation(slices.Clone(names)).Draw(t, "shuffled")
		other, err := Parse(text(shuffled))
		if diff := cmp.Diff(one, other); err != nil || diff != "" || len(one) != len(names) {
			t.Fatalf("%d of %d resources, %v (-one +other):\n%s", len(one), len(names), err, diff)
		}
	})
}
