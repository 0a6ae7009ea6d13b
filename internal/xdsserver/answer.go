package xdsserver

import (
	"maps"
	"slices"
	"strings"

	"github.com/weft-mesh/weft/internal/translate/xds"
)

// answer takes the client's answer to a response under way. An empty fault is an ACK. Answers to other responses say
// nothing.
func (k *kind) answer(nonce, fault string, refused bool) {
	sent := k.sent[nonce]
	if sent == nil {
		return
	}
	delete(k.sent, nonce)
	for name := range sent.resources {
		delete(k.busy, name)
	}
	if refused {
		k.refuse(sent, fault)
	} else {
		k.accept(sent)
	}
}

func (k *kind) accept(sent *response) {
	for name, resource := range sent.resources {
		k.settle(name, resource)
		if refused, is := k.rejected[name]; is && resource != nil && refused.version == resource.Version {
			k.pardon(name)
		}
	}
}

// settle notes what the client holds now: nothing, where there is no resource. What it is no longer subscribed to, it has
// dropped.
func (k *kind) settle(name string, resource *xds.Resource) {
	delete(k.alone, name)
	e := entry{named: k.of(name).named}
	switch {
	case !k.wants(name), resource == nil && !e.named:
	case resource == nil:
		e.known = true
	default:
		e.known, e.version, e.held = true, resource.Version, resource
	}
	k.put(name, e)
}

// refuse finds out which resources of a response are bad. A lone one is. Of many, those named in the message are. The
// others were applied or not, and go out again; when none is named, one by one.
func (k *kind) refuse(sent *response, fault string) {
	open := map[string]bool{}
	for name, resource := range sent.resources {
		if resource == nil { // a removal cannot be refused
			k.settle(name, nil)
			continue
		}
		open[name] = true
	}
	bad := blamed(open, fault)
	for _, name := range slices.Sorted(maps.Keys(open)) {
		switch version := sent.resources[name].Version; {
		case bad[name]:
			k.reject(name, refusal{version: version, reason: fault})
		case k.wants(name):
			k.doubt(name, version)
			if len(bad) == 0 {
				k.alone[name] = true
			}
		}
		k.move(name)
	}
}

func (k *kind) reject(name string, r refusal) {
	delete(k.alone, name)
	switch e := k.of(name); {
	case k.full && (!e.known || e.version == maybe+r.version): // it did not say what it has from an earlier connection
		k.put(name, entry{named: e.named, known: true, version: maybe})
	case e.known && e.version == maybe+r.version:
		k.put(name, entry{named: e.named})
	}
	if k.wants(name) {
		k.rejected[name] = r
		k.verdicts++
	}
}

// doubt notes that the client may have applied a version.
func (k *kind) doubt(name, version string) {
	e := k.of(name)
	switch {
	case !e.holds():
		k.put(name, entry{named: e.named, known: true, version: maybe + version})
	case e.surely():
		k.put(name, entry{named: e.named, known: true, version: unsure})
	case e.version != maybe+version:
		k.put(name, entry{named: e.named, known: true, version: maybe})
	}
}

// blamed picks the names that a message mentions. A lone name is to blame in any case.
func blamed(names map[string]bool, message string) map[string]bool {
	if len(names) == 1 {
		return names
	}
	bad := map[string]bool{}
	for name := range names {
		if mentions(message, name) {
			bad[name] = true
		}
	}
	return bad
}

// mentions finds a name as a whole word: shop/cart/80 is not in "shop/cart/8080: no".
func mentions(message, name string) bool {
	for at := 0; ; {
		i := strings.Index(message[at:], name)
		if i < 0 || name == "" {
			return false
		}
		start, end := at+i, at+i+len(name)
		if !endsInName(message[:start]) && !startsInName(message[end:]) {
			return true
		}
		at = start + 1
	}
}

func endsInName(s string) bool { return s != "" && inName(s[len(s)-1]) }

// startsInName says that a name goes on. A full stop, a colon or the like at the end of a sentence is not part of it.
func startsInName(s string) bool {
	return s != "" && inName(s[0]) && (s[0] != '.' || len(s) > 1 && inName(s[1]) && s[1] != '.')
}

func inName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("/-_.=", c) >= 0
}
