// Package calls keeps which Services the workloads of a namespace are known to have called, as text that is stored in the
// cluster. It is what a new proxy begins with beside its namespace and what Policies name.
//
// In: what was stored, and what proxies have asked for by first calls. Out: what to store. A call is there as soon as it is
// seen. It goes a month after the last day on which a live proxy said that it had asked for the Service: the next one asks
// again. What is caught here: lines that can't be read are left out, and a text never gets too large to be stored.
package calls
