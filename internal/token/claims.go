package token

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4/jwt"
)

// Claims say which pod a token is bound to.
type Claims struct {
	Namespace   string
	Pod, PodUID string
	Account     string
	AccountUID  string
	NotAfter    time.Time
	issuer      string
	audience    []string
	notBefore   time.Time
	issuedAt    time.Time
}

// body is the JSON of a token.
type body struct {
	jwt.Claims
	Kubernetes struct {
		Namespace string `json:"namespace"`
		Pod       object `json:"pod"`
		Account   object `json:"serviceaccount"`
	} `json:"kubernetes.io"`
}

type object struct {
	Name string `json:"name"`
	UID  string `json:"uid"`
}

// parseClaims wants every claim that a pod's token has.
func parseClaims(payload []byte) (Claims, error) {
	var b body
	if err := json.Unmarshal(payload, &b); err != nil {
		return Claims{}, errors.New("the claims are not the JSON of a service account token")
	}
	k := b.Kubernetes
	for _, claim := range []struct{ name, value string }{
		{"iss", b.Issuer},
		{"kubernetes.io.namespace", k.Namespace},
		{"kubernetes.io.pod.name", k.Pod.Name},
		{"kubernetes.io.pod.uid", k.Pod.UID},
		{"kubernetes.io.serviceaccount.name", k.Account.Name},
		{"kubernetes.io.serviceaccount.uid", k.Account.UID},
	} {
		if claim.value == "" {
			return Claims{}, fmt.Errorf("the claim %s is missing", claim.name)
		}
	}
	if b.Expiry == nil {
		return Claims{}, errors.New("the claim exp is missing")
	}
	if want := "system:serviceaccount:" + k.Namespace + ":" + k.Account.Name; b.Subject != want {
		return Claims{}, fmt.Errorf("the claim sub is %.200q, want %.200q", b.Subject, want)
	}
	if strings.ContainsRune(k.Namespace+k.Account.Name+k.Pod.Name, '/') {
		return Claims{}, errors.New("a name has a slash")
	}
	return Claims{
		Namespace: k.Namespace, Pod: k.Pod.Name, PodUID: k.Pod.UID, Account: k.Account.Name, AccountUID: k.Account.UID,
		NotAfter: b.Expiry.Time(), issuer: b.Issuer, audience: b.Audience,
		notBefore: b.NotBefore.Time(), issuedAt: b.IssuedAt.Time(),
	}, nil
}
