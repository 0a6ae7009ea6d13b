// Package token finds out which pod a caller runs in, from the token of its service account.
//
// In: a token that the kubelet projected for our audience, and the API server's public keys. Out: Claims. The token is
// verified here, without a call of the API server per token: signature, issuer, audience, time, and that it is bound to
// a pod. What is not in a token is whether the pod still exists: the caller must look.
//
// The form of the claims is that of Kubernetes' bound service account tokens
// (https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens).
// The keys are behind these addresses of the API server:
//
// +kubebuilder:rbac:urls=/openid/v1/jwks;/.well-known/openid-configuration,verbs=get
package token
