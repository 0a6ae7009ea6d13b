// Package fleet is what all replicas of the operator know of their proxies, as the leader sees it.
//
// In: on each replica, the acknowledgements of its xDS server and the reports of its agents; on the leader, also the
// views of its peers. Out: one ack.View, and the reports that canaries are judged by. What is caught here: a replica that
// has not said anything makes the view incomplete, and then nothing may be decided; of two replicas that report the same
// pod, the one with the newer connection is right.
package fleet
