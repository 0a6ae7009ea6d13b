// Package inject turns a pod into a pod with a sidecar.
//
// In: a pod as the API server shows it at admission, and the settings of its mesh. Out: the operations of a JSON patch
// (RFC 6902), in the order in which they must be applied. What is caught here: names, ports and users that belong to
// the sidecar, and probes that can't be rewritten.
//
// Each concern is one step, and each step compares the pod with what it wants and emits only the difference. So a pod
// that was injected before gets no operation, and one that another webhook has changed since is repaired. Containers of
// others keep everything but their network probes.
package inject
