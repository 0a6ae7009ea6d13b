// Package sotw lets a client that gets the state of the world talk to a server of delta ADS.
//
// In: requests that list all names, and delta responses. Out: delta requests with what is new in the list, and responses
// with all clusters or listeners that the client should have, or, of other types, with what has changed. The server must
// keep one response of a type under way at most, and tell in one response all that it has of clusters and listeners that
// were asked for: a client takes what is left out for gone.
//
// Caught here: a request that answers an older response is stale. The client repeats what it says in its answer to the
// newest one. A response that was refused does not count: what the client had before stays in the next one.
//
// A first request gets everything, whatever version it claims. A client that refused a part may hold anything, and one
// version for all can't say what.
package sotw
