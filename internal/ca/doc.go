// Package ca makes a mesh's own certificates and signs those of its workloads.
//
// In: the data of one Secret, public keys, and SPIFFE IDs that were proved elsewhere. Out: the Secret's next data, an
// Authority, and certificate chains that follow the X.509-SVID standard
// (https://github.com/spiffe/spiffe/blob/main/standards/X509-SVID.md). Of a certificate request only the public key is
// used. What is caught here: weak keys, IDs that are none, Secrets that don't fit together, and signing past the end of
// our own certificate. No form of a private key can be printed.
//
// All but Live are functions of their arguments and of random numbers.
package ca
