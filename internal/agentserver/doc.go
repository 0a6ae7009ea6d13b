// Package agentserver is the operator's side of the agents' connections: it signs, it keeps what agents report, and it
// hands the streams of ADS on.
//
// In: calls with a pod's token. Out: certificates, roots, and Views of the connected pods. What is caught here: whoever
// is not a living, injected pod that runs as the account of its token. An identity comes from the token alone, never
// from what the caller says about itself.
package agentserver
