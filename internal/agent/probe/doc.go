// Package probe makes the kubelet's probes from inside the pod.
//
// In: the probes of the pod's containers as JSON, and a request for one of their paths. Out: 200, or 503 and the reason.
// The kubelet has no identity, so a strict proxy would refuse it; the agent dials from loopback, which passes the proxy by.
// Rules follow the kubelet's: an HTTP answer from 200 to 399 is a success, and certificates are not verified.
package probe
