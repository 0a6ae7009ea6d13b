// Package xds translates a model into Envoy configuration.
//
// In: a model, and apart from it the endpoints of its Services. Out: for each workload a Set of encoded resources, each
// with a hash of its content as its version, and with the objects that it came from. Equal models give equal bytes.
// Resources that all workloads share are encoded once.
//
// A workload's set has the Services of its scope. A Directory has all others, for proxies that call them: such a call waits
// in the catcher until the proxy has asked for the Service by its address, and then takes the way of all later ones.
//
// Rules, filters and routes are resources of their own, so that a change of them leaves listeners, and so open
// connections, alone. What is caught here: an endpoint without an account that can be checked is never dialled.
package xds
