package xdsserver

import (
	"errors"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
)

// maxNames bounds what one client may make the server remember of a type.
const maxNames = 50_000

var errTooMany = errors.New("too many resource names")

// subscribe takes the part of a request that says what the client wants. It returns the names that changed.
func (k *kind) subscribe(r *discovery.DeltaDiscoveryRequest) ([]string, error) {
	first := !k.asked
	k.asked = true
	touched := k.drop(r.GetResourceNamesUnsubscribe())
	if first && k.whole && len(r.GetResourceNamesSubscribe()) == 0 {
		k.all = true
	}
	var claimed map[string]string
	if first {
		claimed = r.GetInitialResourceVersions()
	}
	for _, name := range r.GetResourceNamesSubscribe() {
		if name == wildcard {
			k.all = k.all || k.whole
			continue
		}
		k.names[name] = true
		if _, has := claimed[name]; !has {
			k.owed[name] = true
		}
		touched = append(touched, name)
	}
	k.greet = k.greet || first && k.all && len(claimed) == 0
	if len(k.names) > maxNames || len(claimed) > maxNames {
		return nil, errTooMany
	}
	return append(touched, k.claim(claimed)...), nil
}

// claim takes what a client says it holds from an earlier connection.
func (k *kind) claim(versions map[string]string) (touched []string) {
	for name, version := range versions {
		if !k.wants(name) {
			continue
		}
		if version == absent {
			version = unsure
		}
		k.has[name] = version
		touched = append(touched, name)
	}
	return touched
}

func (k *kind) drop(names []string) (touched []string) {
	for _, name := range names {
		if name == wildcard {
			k.all = false
			for held := range k.has {
				touched = append(touched, k.leave(held)...)
			}
			continue
		}
		delete(k.names, name)
		touched = append(touched, k.leave(name)...)
	}
	return touched
}

// leave forgets a name that nothing subscribes to any more.
func (k *kind) leave(name string) []string {
	if k.wants(name) {
		return nil
	}
	k.forget(name)
	return []string{name}
}
