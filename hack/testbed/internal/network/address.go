package network

import "fmt"

// Addresses of the bed. They are fixed, so that two runs differ in nothing.
const (
	Host        = "10.199.0.254"
	ServiceCIDR = "10.96.0.0/16"
	PodCIDR     = "10.244.0.0/16"
	DNS         = "10.96.0.10"
	APIService  = "10.96.0.1"
)

// Address is the address of the i-th node, counted from 1.
func Address(i int) string { return fmt.Sprintf("10.199.0.%d", i) }

// NodePodCIDR is the range of the pods on the i-th node.
func NodePodCIDR(i int) string { return fmt.Sprintf("10.244.%d.0/24", i) }

// HostLink is the host's end of the link to node n1.
const HostLink = "weft-n1"
