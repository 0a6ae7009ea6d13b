// Package protocol keeps weft's own protocols compatible: agentv1 between agent and operator, peerv1 between replicas.
//
// It has no code of its own. Its tests compare the protocols with the golden lists in testdata, one line for each
// message, field, enum, value, service and method. What is caught here: a change that an older release would not
// understand, or would understand otherwise.
package protocol
