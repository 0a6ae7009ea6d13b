package v1alpha1

// RequestMatch fits a request for which all that it says is true.
//
// +kubebuilder:validation:MinProperties=1
type RequestMatch struct {
	// Headers of the request; the metadata of a gRPC call.
	// +optional
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=4
	// +listType=atomic
	Headers []NamedMatch `json:"headers,omitempty"`
	// Cookies of the request. Their order and others beside them do not matter.
	// +optional
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=4
	// +listType=atomic
	Cookies []NamedMatch `json:"cookies,omitempty"`
	// Query holds parameters of the URL, as they are written there.
	// +optional
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=4
	// +listType=atomic
	Query []NamedMatch `json:"query,omitempty"`
	// Path of the URL without its query. A prefix is one of path elements: /a fits /a and /a/b, not /ab. That of a gRPC call
	// is /PACKAGE.SERVICE/METHOD.
	// +optional
	Path *TextMatch `json:"path,omitempty"`
	// Method such as GET.
	// +optional
	Method *TextMatch `json:"method,omitempty"`
	// Region of the caller, as the label topology.kubernetes.io/region of its node says.
	// +optional
	Region *RegionMatch `json:"region,omitempty"`
	// Claims of the bearer token in the header Authorization, which the caller's proxy verifies. A request without a token that
	// is valid fits none of them, turned round or not. It is not refused.
	// +optional
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=4
	// +listType=atomic
	Claims []ClaimMatch `json:"claims,omitempty"`
}

// NamedMatch is about one header, cookie or parameter. Without exact, prefix and regex, it is enough that it is there.
//
// +kubebuilder:validation:XValidation:rule="[has(self.exact), has(self.prefix), has(self.regex)].filter(x, x).size() <= 1",message="at most one of exact, prefix and regex"
// +kubebuilder:validation:XValidation:rule="!has(self.regex) || 'a'.matches(self.regex) in [true, false]",message="regex must be a regular expression of RE2"
type NamedMatch struct {
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[^\s;=&?#]+$`
	Name string `json:"name"`
	// Exact is the whole value.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Exact string `json:"exact,omitempty"`
	// Prefix is how the value begins.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Prefix string `json:"prefix,omitempty"`
	// Regex is a regular expression of RE2 for the whole value.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Regex string `json:"regex,omitempty"`
	// Not turns it round: it fits where this is not there, or has another value.
	// +optional
	Not bool `json:"not,omitempty"`
}

// ClaimMatch is about one claim of a verified token: a text, or a list of texts of which one must fit. Without exact, prefix
// and regex, it is enough that it is there.
//
// +kubebuilder:validation:XValidation:rule="[has(self.exact), has(self.prefix), has(self.regex)].filter(x, x).size() <= 1",message="at most one of exact, prefix and regex"
// +kubebuilder:validation:XValidation:rule="!has(self.regex) || 'a'.matches(self.regex) in [true, false]",message="regex must be a regular expression of RE2"
type ClaimMatch struct {
	// Issuer is the name of an entry in spec.jwtIssuers of the Mesh.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Issuer string `json:"issuer"`
	// Name of the claim at the top of the token's payload, such as sub.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Name string `json:"name"`
	// Exact is the whole value.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Exact string `json:"exact,omitempty"`
	// Prefix is how the value begins.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Prefix string `json:"prefix,omitempty"`
	// Regex is a regular expression of RE2 for the whole value.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Regex string `json:"regex,omitempty"`
	// Not turns it round: it fits a valid token of the issuer where this is not there, or has another value.
	// +optional
	Not bool `json:"not,omitempty"`
}

// TextMatch is about a text that every request has.
//
// +kubebuilder:validation:XValidation:rule="[has(self.exact), has(self.prefix), has(self.regex)].filter(x, x).size() == 1",message="exactly one of exact, prefix and regex"
// +kubebuilder:validation:XValidation:rule="!has(self.regex) || 'a'.matches(self.regex) in [true, false]",message="regex must be a regular expression of RE2"
type TextMatch struct {
	// Exact is the whole text.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Exact string `json:"exact,omitempty"`
	// Prefix is how the text begins.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Prefix string `json:"prefix,omitempty"`
	// Regex is a regular expression of RE2 for the whole text.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Regex string `json:"regex,omitempty"`
	// Not turns it round.
	// +optional
	Not bool `json:"not,omitempty"`
}

// RegionMatch is about where the caller is.
type RegionMatch struct {
	// AnyOf lists regions.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=63
	// +listType=set
	AnyOf []string `json:"anyOf"`
	// Not turns it round: it fits callers elsewhere, and those whose region is not known.
	// +optional
	Not bool `json:"not,omitempty"`
}
