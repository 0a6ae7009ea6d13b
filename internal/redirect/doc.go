// Package redirect says how a pod's TCP traffic is led through Envoy.
//
// In: the excluded ports. Out: one nftables table as a value, for IPv4 and IPv6. The packages below put it into force.
//
//   - What arrives goes to InboundPort, but for HealthPort and the excluded ports.
//   - What the application opens goes to OutboundPort, but for loopback and the excluded ports.
//   - What the proxy's user opens from an address of the pod to an address of the pod goes to InboundPort, as if it had
//     arrived: a pod that calls its own Service is a caller like any other. Loopback at either end is left alone.
//   - What the proxy's user opens with the priority FirstPriority goes to FirstPort: Envoy sends a first call to a Service
//     through itself again, by the listener that it has got meanwhile.
//   - What else the proxy's user opens is left alone, else Envoy's own connections would come back to it.
package redirect
