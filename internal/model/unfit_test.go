package model_test

import (
	"testing"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
)

func TestUnfitPolicies(t *testing.T) {
	access := func(account, namespace string, ports ...int32) v1alpha1.PolicySpec {
		peer := v1alpha1.Peer{ServiceAccount: &v1alpha1.ServiceAccountPeer{Name: account, Namespace: namespace}}
		return v1alpha1.PolicySpec{Access: &v1alpha1.Access{Allow: []v1alpha1.AccessRule{{From: []v1alpha1.Peer{peer}, Ports: ports}}}}
	}
	for name, c := range map[string]struct {
		spec v1alpha1.PolicySpec
		want string
	}{
		"a caller of the namespace":  {access("web", "", 1, 65535), ""},
		"names may have dots":        {access("a.b-c", "shop-2"), ""},
		"nobody may call":            {v1alpha1.PolicySpec{Access: &v1alpha1.Access{}}, ""},
		"no access":                  {v1alpha1.PolicySpec{}, model.ReasonUnsupported},
		"another mode":               {v1alpha1.PolicySpec{Mode: "Shadow", Access: &v1alpha1.Access{}}, model.ReasonUnsupported},
		"a name that is no name":     {access("Front End!", ""), model.ReasonNoSuchCaller},
		"a namespace with a path":    {access("web", "b/sa/c"), model.ReasonNoSuchCaller},
		"a port that does not exist": {access("web", "", 70000), model.ReasonUnsupported},
	} {
		s := divided("http", 1, 0, 0)
		p := &v1alpha1.Policy{Spec: c.spec}
		p.Namespace, p.Name = "shop", "p"
		s.Policies = []*v1alpha1.Policy{p}
		f, _ := model.Build(s).FindingFor("Policy", model.Key{Namespace: "shop", Name: "p"})
		if f.Reason != c.want {
			t.Errorf("%s: finding %q, want %q", name, f.Reason, c.want)
		}
	}
}
