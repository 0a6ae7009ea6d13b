package xdsserver

import (
	"bytes"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// awaitsRefused says of which resources the client keeps the version it has: of those whose new version names a new
// cluster that it refused. A resource that the client does not have yet goes out all the same: the rest of it is better
// than nothing.
func (st *stream) awaitsRefused(k *kind) func(name string) bool {
	refused := st.refusedClusters()
	if len(refused) == 0 || k == st.clusters || k == st.endpoints {
		return nil
	}
	return func(name string) bool {
		resource := k.lookup(name)
		if resource == nil || !k.holds(name) || k.owed[name] {
			return false
		}
		return containsAny(resource.Body.GetValue(), refused)
	}
}

// refusedClusters returns the clusters of the target that the client refused and has no older version of, as encoded
// messages hold them.
func (st *stream) refusedClusters() [][]byte {
	var out [][]byte
	for name := range st.clusters.rejected {
		if resource := st.clusters.lookup(name); resource != nil && st.clusters.refuses(resource) && !st.clusters.holds(name) {
			out = append(out, asEncoded(name))
		}
	}
	return out
}

// asEncoded is a string as an encoded message holds it, at any depth: length and text.
func asEncoded(s string) []byte { return protowire.AppendString(nil, s) }

func containsAny(body []byte, parts [][]byte) bool {
	return slices.ContainsFunc(parts, func(part []byte) bool { return bytes.Contains(body, part) })
}
