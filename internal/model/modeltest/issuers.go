package modeltest

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// PublicKeys is a JSON Web Key Set: the example of RFC 7517, appendix A.1.
const PublicKeys = `{"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"enc","kid":"1"}]}`

// Trusting is a Mesh with one issuer of tokens.
func Trusting(name, issuer string) *v1alpha1.Mesh {
	out := &v1alpha1.Mesh{ObjectMeta: metav1.ObjectMeta{Name: "main", UID: "mesh", Generation: 1}}
	out.Spec.JWTIssuers = []v1alpha1.JWTIssuer{{Name: name, Issuer: issuer, JWKS: v1alpha1.KeySet{Inline: PublicKeys}}}
	return out
}
