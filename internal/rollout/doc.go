// Package rollout decides about one Canary: whether its weight stays, takes the next step, or goes back to 0.
//
// In: the Canary with its status and command, serving pods, acknowledgements of the stored step, outcomes of requests
// since the last stored decision, and the time. Out: the next status, events, and when to look again. Traffic follows
// the stored status: run, weight.desired and position.sequence.
//
// Every call evaluates rollback first. It needs serving pods and outcomes only, and stable pods to go back to. All
// clocks are timestamps in the status, in whole seconds, so a restarted operator goes on where the last one stopped.
// One call moves at most one step.
//
// What is caught here: a version without serving pods gets no traffic; a step that its proxies have not acknowledged
// does not count; missing evidence promotes nothing unless the spec asks for it; another revision than the pinned one
// is never promoted, and gets no traffic before the share of the pinned one is back at 0 everywhere. The exception is a
// promoted version that is all that is left: what replaces it is adopted, for nobody else could serve.
package rollout
