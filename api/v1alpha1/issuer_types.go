package v1alpha1

// JWTIssuer is one whose JSON Web Tokens proxies can verify. A token must be signed with one of the keys, have an end that is
// not over, and be of this issuer and for one of the audiences.
type JWTIssuer struct {
	// Name by which other objects refer to it.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Name string `json:"name"`
	// Issuer is what the claim iss of its tokens says.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Issuer string `json:"issuer"`
	// Audiences are those of which the claim aud must have one. Without it, the claim is not looked at.
	// +optional
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=512
	// +listType=set
	Audiences []string `json:"audiences,omitempty"`
	// JWKS are its public keys.
	JWKS KeySet `json:"jwks"`
}

// KeySet is where a JSON Web Key Set is.
type KeySet struct {
	// Inline is the key set itself: public keys of the types RSA, EC or OKP.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32768
	Inline string `json:"inline"`
}
