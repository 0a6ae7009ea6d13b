// Package webhook answers the API server's questions: it puts sidecars into pods when they are created, holds rollouts, and
// refuses a second Canary for one target.
//
// In: requests of the API server, and for each namespace the settings of its mesh. Out: JSON patches made by
// internal/inject, and the configuration by which the API server knows what to ask about. The server's own certificate is in
// the package below.
package webhook
