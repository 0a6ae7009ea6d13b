package model_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
)

// What no request fits, what a proxy can't tell, and what can't be compared is refused with its field; the run that is under
// way goes on [D07 D20 D21].
func TestFocusFindings(t *testing.T) {
	number := func(n int64) *int64 { return &n }
	percent := func(n int32) *int32 { return &n }
	alarm := resource.MustParse("0.01")
	type spec = v1alpha1.CanarySpec
	claim := func(issuer, name string) v1alpha1.RequestMatch {
		return v1alpha1.RequestMatch{Claims: []v1alpha1.ClaimMatch{{Issuer: issuer, Name: name}}}
	}
	match := func(m v1alpha1.RequestMatch) func(*spec) {
		return func(s *spec) { s.Match = []v1alpha1.RequestMatch{{Method: &v1alpha1.TextMatch{Exact: "GET"}}, m} }
	}
	for name, c := range map[string]struct {
		change        func(*spec)
		reason, field string
	}{
		"none":                  {func(*spec) {}, "", ""},
		"all kinds":             {match(modeltest.FocusCases()[0].Match), "", ""},
		"nothing":               {match(v1alpha1.RequestMatch{}), model.ReasonUnsupported, "spec.match[1]"},
		"a claim":               {match(claim("corp", "sub")), "", ""},
		"a claim of nobody":     {match(claim("other", "sub")), model.ReasonIssuerUnknown, "spec.match[1].claims[0].issuer"},
		"a claim without keys":  {match(claim("secret", "sub")), model.ReasonIssuerUnknown, "spec.match[1].claims[0].issuer"},
		"no claim":              {match(claim("corp", "")), model.ReasonUnsupported, "spec.match[1].claims[0]"},
		"no header":             {match(v1alpha1.RequestMatch{Headers: []v1alpha1.NamedMatch{{Name: "a b"}}}), model.ReasonUnsupported, "spec.match[1].headers[0]"},
		"a header of Envoy":     {match(v1alpha1.RequestMatch{Headers: []v1alpha1.NamedMatch{{Name: ":path"}}}), model.ReasonUnsupported, "spec.match[1].headers[0]"},
		"two texts":             {match(v1alpha1.RequestMatch{Cookies: []v1alpha1.NamedMatch{{Name: "a", Exact: "b", Regex: "c"}}}), model.ReasonUnsupported, "spec.match[1].cookies[0]"},
		"no expression":         {match(v1alpha1.RequestMatch{Query: []v1alpha1.NamedMatch{{Name: "a"}, {Name: "b", Regex: "("}}}), model.ReasonUnsupported, "spec.match[1].query[1]"},
		"a path with a query":   {match(v1alpha1.RequestMatch{Path: &v1alpha1.TextMatch{Exact: "/a?b"}}), model.ReasonUnsupported, "spec.match[1].path"},
		"a path without a root": {match(v1alpha1.RequestMatch{Path: &v1alpha1.TextMatch{Prefix: "a"}}), model.ReasonUnsupported, "spec.match[1].path"},
		"an end in the middle":  {match(v1alpha1.RequestMatch{Query: []v1alpha1.NamedMatch{{Name: "a", Regex: "b^a"}}}), model.ReasonUnsupported, "spec.match[1].query[0]"},
		"ends at the ends":      {match(v1alpha1.RequestMatch{Query: []v1alpha1.NamedMatch{{Name: "a", Regex: "(^a|^b)$"}}}), "", ""},
		"no method":             {match(v1alpha1.RequestMatch{Method: &v1alpha1.TextMatch{Exact: "GET /"}}), model.ReasonUnsupported, "spec.match[1].method"},
		"no region":             {match(v1alpha1.RequestMatch{Region: &v1alpha1.RegionMatch{}}), model.ReasonUnsupported, "spec.match[1].region.anyOf"},
		"a preview of nothing":  {func(s *spec) { s.Preview = []v1alpha1.RequestMatch{{}} }, model.ReasonUnsupported, "spec.preview[0]"},

		"a step of nothing":      {func(s *spec) { s.Steps[0].Weight = 0 }, model.ReasonUnsupported, "spec.steps[0].weight"},
		"copies beside a share":  {func(s *spec) { s.Steps[0].Mirror = percent(10) }, model.ReasonUnsupported, "spec.steps[0].mirror"},
		"copies":                 {func(s *spec) { s.Steps[0] = v1alpha1.CanaryStep{Mirror: percent(10)} }, "", ""},
		"copies that count":      {func(s *spec) { s.Steps[0] = v1alpha1.CanaryStep{Mirror: percent(10), MinRequests: number(5)} }, model.ReasonNotCompared, "spec.steps[0].minRequests"},
		"everyone without match": {func(s *spec) { s.Steps[0].Everyone = true }, model.ReasonUnsupported, "spec.steps[0].everyone"},
		"a comparison":           {func(s *spec) { s.Analysis = &v1alpha1.CanaryAnalysis{FalseAlarm: &alarm} }, "", ""},
		"a comparison of copies": {func(s *spec) {
			s.Steps[0] = v1alpha1.CanaryStep{Mirror: percent(10)}
			s.Analysis = &v1alpha1.CanaryAnalysis{FalseAlarm: &alarm}
		}, model.ReasonNotCompared, "spec.analysis.falseAlarm"},
		"a comparison of a preview": {func(s *spec) {
			s.Steps, s.Preview = []v1alpha1.CanaryStep{{Pause: &v1alpha1.StepPause{}}}, header("a")
			s.Analysis = &v1alpha1.CanaryAnalysis{ToleratedRatio: &alarm}
		}, model.ReasonNotCompared, "spec.analysis.toleratedRatio"},
		"odds of slow copies": {func(s *spec) {
			s.Steps[0] = v1alpha1.CanaryStep{Mirror: percent(10)}
			s.Analysis = &v1alpha1.CanaryAnalysis{Latency: &v1alpha1.CanaryLatency{ToleratedRatio: &alarm}}
		}, model.ReasonNotCompared, "spec.analysis.latency.toleratedRatio"},
		"a ratio to the stable version of a preview": {func(s *spec) {
			s.Steps, s.Preview = []v1alpha1.CanaryStep{{Pause: &v1alpha1.StepPause{}}}, header("a")
			s.Analysis = &v1alpha1.CanaryAnalysis{Metrics: []v1alpha1.CanaryMetric{{Name: "bound", Max: &alarm}, {Name: "ratio", MaxRatio: &alarm}}}
		}, model.ReasonNotCompared, "spec.analysis.metrics[1].maxRatio"},
	} {
		s := divided("http", 2, 1, 10)
		s.Mesh = modeltest.Trusting("corp", "https://corp.example")
		s.Mesh.Spec.JWTIssuers = append(s.Mesh.Spec.JWTIssuers, v1alpha1.JWTIssuer{
			Name: "secret", Issuer: "https://secret.example", JWKS: v1alpha1.KeySet{Inline: `{"keys":[{"kty":"oct","k":"YQ"}]}`},
		})
		c.change(&s.Canaries[0].Spec)
		m := model.Build(s)
		f, _ := m.FindingFor("Canary", model.Key{Namespace: "shop", Name: "reviews"})
		if f.Reason != c.reason || f.Field != c.field {
			t.Errorf("%s: finding %+v, want %q at %q", name, f, c.reason, c.field)
		}
		if service, found := m.Service(model.Key{Namespace: "shop", Name: "reviews"}); !found || service.Split == nil {
			t.Errorf("%s: the run has lost its share", name)
		}
	}
}

// Whatever stands in a status, what can't be read of a focus makes it smaller: nobody is in it by mistake.
func TestAnUnreadableFocusIsEmpty(t *testing.T) {
	s := divided("http", 2, 1, 10)
	s.Canaries[0].Status.Run.Match = []v1alpha1.RequestMatch{{}, {Claims: []v1alpha1.ClaimMatch{{Name: "sub"}}}, {Path: &v1alpha1.TextMatch{Regex: "("}}}
	m := model.Build(s)
	service, _ := m.Service(model.Key{Namespace: "shop", Name: "reviews"})
	branches := m.Branches(service.Default(service.Ports[0]), "")
	if len(branches) != 1 || branches[0].Destinations[1].Weight != 0 {
		t.Errorf("branches %+v, want one without the new version", branches)
	}
}

// Two Services of one workload: what comes by the one that no Canary divides is told. With a Canary of its own it is not.
func TestOtherServicesOfTheNewVersionAreTold(t *testing.T) {
	for name, c := range map[string]struct {
		selector map[string]string
		canary   bool
		want     []model.Finding
	}{
		"another workload": {selector: map[string]string{"tier": "ratings"}},
		"the old version":  {selector: map[string]string{"version": "v1"}},
		"both versions": {map[string]string{"tier": "reviews"}, false,
			[]model.Finding{{Kind: "Canary", Namespace: "shop", Name: "reviews", Reason: model.ReasonOtherService, Field: "spec.service.name"}}},
		"both versions, divided": {selector: map[string]string{"tier": "reviews"}, canary: true},
	} {
		s := divided("http", 2, 1, 10)
		other := modeltest.WebService("shop", "api", 7)
		other.Spec.Selector = c.selector
		s.Services = append(s.Services, other)
		if c.canary {
			own := s.Canaries[0].DeepCopy()
			own.Name, own.UID, own.Spec.Service.Name = "api", "own", "api"
			s.Canaries = append(s.Canaries, own)
		}
		if diff := cmp.Diff(c.want, withoutMessages(model.Build(s).Findings)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
