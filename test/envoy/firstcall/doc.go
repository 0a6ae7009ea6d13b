// Package firstcall has applications call Services that their real Envoys don't know, by the real redirection. It needs
// root, and the path of Envoy in the environment variable ENVOY.
package firstcall
