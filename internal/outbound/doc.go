// Package outbound is the edge that calls the receivers which specs and Secrets name: webhooks of Canaries, and where alerts go.
//
// In: a URL and a body. Out: the status of the answer, and the first MiB of its body where a number is asked for, or why there
// is none. A redirect is not followed.
//
// Who may write a Canary can make the operator call a URL. What is caught here: the operator's own machine, addresses of
// the link, and the services of clouds that give out credentials are not called, whatever name leads to them. Other
// addresses of the cluster are: receivers live there.
package outbound
