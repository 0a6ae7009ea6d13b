package v1alpha1

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestUnreadableMeshKeepsWhatCanBeRead(t *testing.T) {
	const text = `{"trustDomain": "shop.example", "identity": {"leafLifetime": "1h"}, "mtls": {"mode": "Strict"},
		"injection": {"drainSeconds": 30, "resources": {"limits": {"memory": "1e1.5"}}}, "networkPolicy": {"mode": "Off"}}`
	var s MeshSpec
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	if s.Unreadable == "" || s.TrustDomain != "shop.example" || s.MTLS.Mode != MTLSStrict || s.NetworkPolicy == nil || s.NetworkPolicy.Mode != NetworkPolicyOff {
		t.Errorf("%+v", s)
	}
	if s.Identity == nil || s.Identity.LeafLifetime == nil || s.Identity.LeafLifetime.Hours() != 1 {
		t.Errorf("identity %+v", s.Identity)
	}
	if s.Injection == nil || s.Injection.DrainSeconds == nil || *s.Injection.DrainSeconds != 30 {
		t.Errorf("injection %+v", s.Injection)
	}
}

func TestUnreadableCanaryKeepsItsService(t *testing.T) {
	var s CanarySpec
	text := `{"service": {"name": "reviews"}, "steps": [{"weight": 5, "duration": "` + strings.Repeat("long", 1000) + `"}]}`
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	if s.Service.Name != "reviews" || len(s.Steps) > 0 || s.Unreadable == "" || len(s.Unreadable) > 1000 {
		t.Errorf("%+v", s)
	}
}

func FuzzSpecsAlwaysRead(f *testing.F) {
	f.Add([]byte(`{"selector": {"matchLabels": 1}, "mtls": [], "steps": null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if !json.Valid(text) {
			return
		}
		for _, spec := range []any{&MeshSpec{}, &PolicySpec{}, &CanarySpec{}} {
			if err := json.Unmarshal(text, spec); err != nil {
				t.Errorf("%T: %v", spec, err)
			}
		}
	})
}
