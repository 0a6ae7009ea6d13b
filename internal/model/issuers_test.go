package model_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
)

// An issuer whose keys can't be used, or must not be told to every proxy, is left out and told; the others stay.
func TestIssuersThatCantBeUsed(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*v1alpha1.JWTIssuer)
		field  string // empty: it can be used
	}{
		"sound":          {func(*v1alpha1.JWTIssuer) {}, ""},
		"no JSON":        {func(i *v1alpha1.JWTIssuer) { i.JWKS.Inline = "-----BEGIN PUBLIC KEY-----" }, ".jwks.inline"},
		"no key":         {func(i *v1alpha1.JWTIssuer) { i.JWKS.Inline = `{"keys":[]}` }, ".jwks.inline"},
		"a secret":       {func(i *v1alpha1.JWTIssuer) { i.JWKS.Inline = `{"keys":[{"kty":"oct","k":"YQ"}]}` }, ".jwks.inline"},
		"a private key":  {func(i *v1alpha1.JWTIssuer) { i.JWKS.Inline = `{"keys":[{"kty":"RSA","n":"a","e":"AQAB","d":"b"}]}` }, ".jwks.inline"},
		"an unknown key": {func(i *v1alpha1.JWTIssuer) { i.JWKS.Inline = `{"keys":[{"kty":"new"}]}` }, ".jwks.inline"},
		"no issuer":      {func(i *v1alpha1.JWTIssuer) { i.Issuer = "" }, ".issuer"},
		"that of corp":   {func(i *v1alpha1.JWTIssuer) { i.Issuer = "https://corp.example" }, ".issuer"},
		"no name":        {func(i *v1alpha1.JWTIssuer) { i.Name = "" }, ".name"},
		"corp's name":    {func(i *v1alpha1.JWTIssuer) { i.Name = "corp" }, ".name"},
	} {
		s := divided("http", 1, 1, 0)
		s.Mesh = modeltest.Trusting("corp", "https://corp.example")
		second := modeltest.Trusting("another", "https://another.example").Spec.JWTIssuers[0]
		c.change(&second)
		s.Mesh.Spec.JWTIssuers = append(s.Mesh.Spec.JWTIssuers, second)
		m := model.Build(s)
		got := []string{}
		for _, is := range m.Mesh.Issuers {
			got = append(got, is.Name)
		}
		want, findings := []string{"another", "corp"}, []model.Finding(nil)
		if c.field != "" {
			want = []string{"corp"}
			findings = []model.Finding{{Kind: "Mesh", Name: "main", Reason: model.ReasonIssuerUnusable, Field: "spec.jwtIssuers[1]" + c.field}}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: issuers (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(findings, withoutMessages(m.Findings)); diff != "" {
			t.Errorf("%s: findings (-want +got):\n%s", name, diff)
		}
	}
}
