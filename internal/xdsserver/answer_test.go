package xdsserver

import "testing"

func TestMentions(t *testing.T) {
	for _, c := range []struct {
		message, name string
		want          bool
		reason        string
	}{
		{"Error adding/updating cluster(s) shop/cart/80: no", "shop/cart/80", true, "a whole name"},
		{"Error adding/updating cluster(s) shop/cart/8080: no", "shop/cart/80", false, "the start of another name"},
		{"cluster shop/cart/80/version=v1.2.", "shop/cart/80/version=v1.2", true, "a full stop ends the sentence"},
		{"cluster shop/cart/80/version=v1.2", "shop/cart/80/version=v1", false, "a full stop within a name"},
		{"my-shop/cart/80, shop/cart/80", "shop/cart/80", true, "found at the second place"},
		{"shop/cart/80", "shop/cart/80", true, "nothing else"},
		{"missing ): (", "shop/cart/80", false, "no name at all"},
		{"anything", "", false, "an empty name"},
	} {
		if got := mentions(c.message, c.name); got != c.want {
			t.Errorf("%s: mentions(%q, %q) = %v", c.reason, c.message, c.name, got)
		}
	}
}
