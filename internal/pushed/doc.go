// Package pushed is what pods push to the operator by OTLP, and what Canaries read of it.
//
// In: requests of OTLP's metrics service, the address that they came from, the pods of the mesh and the metrics that Canaries
// name. Out: series of pods; of those, the numbers of two versions. What is caught here: nobody speaks for a pod but the pod
// itself and the collectors that the Mesh names; what no Canary reads is not kept; a counter that began anew is no rise.
package pushed
