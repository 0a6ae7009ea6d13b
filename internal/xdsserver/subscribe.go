package xdsserver

import (
	"errors"
	"maps"
	"slices"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
)

// maxNames bounds what one client may make the server remember of a type.
const maxNames = 50_000

var errTooMany = errors.New("too many resource names")

// subscribe takes the part of a request that says what the client wants.
func (k *kind) subscribe(r *discovery.DeltaDiscoveryRequest) error {
	first, wild := !k.asked, k.open && slices.Contains(r.GetResourceNamesSubscribe(), wildcard)
	for _, name := range r.GetResourceNamesUnsubscribe() {
		k.leave(name)
	}
	if first {
		wild = wild || k.open && len(r.GetResourceNamesSubscribe()) == 0
		k.around(func() { k.asked, k.wild = true, wild })
	} else if wild && !k.wild {
		k.around(func() { k.wild = true })
	}
	claimed := r.GetInitialResourceVersions()
	if !first {
		claimed = nil
	}
	for _, name := range r.GetResourceNamesSubscribe() {
		if name == wildcard {
			continue
		}
		e := k.of(name)
		e.named = true
		if _, has := claimed[name]; !has {
			k.owes[name] = true
		}
		k.put(name, e)
	}
	k.greet = k.greet || first && k.wild && len(claimed) == 0
	if k.named > maxNames || len(claimed) > maxNames {
		return errTooMany
	}
	k.claim(claimed)
	return nil
}

// claim takes what a client says it holds from an earlier connection.
func (k *kind) claim(versions map[string]string) {
	k.claims = k.claims || len(versions) > 0
	for name, version := range versions {
		if !k.wants(name) {
			continue
		}
		e := entry{named: k.of(name).named, known: true, version: version}
		if version == absent {
			e.version = unsure
		} else if r := k.lookup(name); r != nil && r.Version == version {
			e.held = r
		}
		k.put(name, e)
	}
}

// leave ends the subscription to a name, or to all.
func (k *kind) leave(name string) {
	if name != wildcard {
		e := k.of(name)
		e.named = false
		k.put(name, e)
		if !k.wild {
			k.drop(name)
		}
		return
	}
	k.around(func() { k.wild = false })
	for _, name := range slices.Sorted(maps.Keys(k.departs)) {
		if !k.departs[name].named {
			k.drop(name)
		}
	}
}
