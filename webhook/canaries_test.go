package webhook

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

func TestOneCanaryForOneTarget(t *testing.T) {
	canary := func(name, service, deployment string) v1alpha1.Canary {
		c := v1alpha1.Canary{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}}
		c.Spec.Service.Name = service
		if deployment != "" {
			c.Spec.TargetRef = &v1alpha1.WorkloadReference{Kind: v1alpha1.KindDeployment, Name: deployment}
		}
		return c
	}
	leaving := canary("leaving", "carts", "carts")
	leaving.DeletionTimestamp = &metav1.Time{}
	others := []v1alpha1.Canary{canary("held", "reviews", "reviews"), canary("pair", "ratings", ""), leaving}
	for name, c := range map[string]struct {
		canary v1alpha1.Canary
		want   string // the beginning of the sentence
	}{
		"a Service and a Deployment of its own":   {canary("new", "web", "web"), ""},
		"two workloads, a Service of its own":     {canary("new", "web", ""), ""},
		"the Service of another":                  {canary("new", "ratings", ""), "spec.service.name: Service ratings has the Canary pair already"},
		"the Deployment of another":               {canary("new", "web", "reviews"), "spec.targetRef.name: Deployment reviews has the Canary held already"},
		"both of another":                         {canary("new", "reviews", "reviews"), "spec.service.name: Service reviews has the Canary held already"},
		"its own, of before":                      {canary("held", "reviews", "reviews"), ""},
		"those of one that is on its way out":     {canary("new", "carts", "carts"), ""},
		"a Deployment that is named as a Service": {canary("new", "web", "ratings"), ""},
	} {
		if got := taken(&c.canary, others); !strings.HasPrefix(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
