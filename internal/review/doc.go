// Package review guards a page of the operator for people.
//
// In: a request over loopback with a bearer token. Out: the page, if the API server knows the token and lets its user get
// the path as a non-resource URL. Requests from elsewhere are refused, since a token must not cross a network in clear:
// kubectl port-forward comes from loopback. The API server is asked each time; the page is not for machines.
//
// +kubebuilder:rbac:groups=authentication.k8s.io,resources=tokenreviews,verbs=create
// +kubebuilder:rbac:groups=authorization.k8s.io,resources=subjectaccessreviews,verbs=create
package review
