// Package secrets gives Envoy its identity and the roots of the mesh, over Envoy's secret discovery service.
//
// In: an identity and roots that were checked. Out: two secrets, both or neither, pushed at once when they change; and
// what Envoy has acknowledged, which is what is in force for new handshakes.
package secrets
