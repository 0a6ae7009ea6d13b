// Package dump reads the configuration that a proxy says it has. In: the JSON of Envoy's /config_dump. Out: its
// resources, in order.
//
// Of secrets and of the bootstrap nothing comes out. What Envoy adds to its answer in later releases is left aside.
package dump
