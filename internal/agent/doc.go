// Package agent is what runs beside Envoy in every sidecar, as its first process.
//
// In: flags, the files that the kubelet mounts, and the operator's word. Out: an Envoy with identity, roots and
// configuration, kept running and drained in peace; certificates renewed; outcomes counted; probes answered. The agent
// decides nothing and reads no configuration of Envoy: resources pass through it as bytes.
//
// The parts: identity and secrets (certificates), relay (ADS), accesslog (outcomes), operator (the connection), envoy
// (the process), probe (the kubelet's probes), bootstrap. This package joins them.
package agent
