package xdsserver

import "github.com/weft-mesh/weft/internal/failpoint"

// order is the failpoint that takes the order of the phases out, to show what it is for: what names clusters is sent at
// once, and the clusters when the client has answered. A client that asks for no routes yet gets the clusters first.
const order failpoint.Name = "order"

// mayGo says whether new and changed resources of a type may be sent now. In is what the order of the phases says.
func (st *stream) mayGo(k *kind, in bool) bool {
	if !failpoint.Off(order) {
		return in
	}
	return k != st.clusters || !st.routes.asked || st.routes.settled()
}
