// Package alert tells people in a chat what Canaries do.
//
// In: the alerts of a Mesh, a Canary and what happened to it. Out: messages as Slack and others take them, sent aside and
// tried again a few times; and findings about alerts that can't be sent. Nothing waits for a message: a chat that is away
// costs messages, which are counted, and no decision.
package alert
