// Package network lays the links of the test bed and injects faults on them.
//
//	host 10.199.0.254 --- n1 10.199.0.1 --- n2 10.199.0.2
//	                      pods 10.244.1.0/24      pods 10.244.2.0/24
//
// Node n1 is the router. The host reaches nodes, pods and Services through it; nothing reaches further than the host.
// Each link ends in a node's network namespace, so the kernel removes it with the node.
package network
