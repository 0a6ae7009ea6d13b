package agent

import (
	"testing"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/agent/bootstrap"
	"github.com/weft-mesh/weft/internal/agent/secrets"
	"github.com/weft-mesh/weft/internal/redirect"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// The agent repeats names of packages that it does not link, since they would bring all of Envoy's messages and of
// Kubernetes' types into every pod.
func TestNamesAreThoseOfTheOperator(t *testing.T) {
	for _, c := range [][2]any{
		{secrets.Identity, xds.SecretIdentity},
		{secrets.Roots, xds.SecretRoots},
		{secrets.TypeURL, xds.SecretType},
		{bootstrap.Cluster, xds.AgentCluster},
		{clusterType, xds.ClusterType},
		{endpointType, xds.EndpointType},
		{listenerType, xds.ListenerType},
		{routeType, xds.RouteType},
		{filterType, xds.FilterType},
		{int32(bootstrap.AdminPort), v1alpha1.PortAdmin},
		{int32(redirect.InboundPort), v1alpha1.PortInbound},
		{int32(redirect.OutboundPort), v1alpha1.PortOutbound},
		{int32(redirect.FirstPort), v1alpha1.PortFirst},
		{int32(redirect.HealthPort), v1alpha1.PortHealth},
		{int64(redirect.ProxyUID), v1alpha1.ProxyUID},
	} {
		if c[0] != c[1] {
			t.Errorf("the agent says %v, the operator %v", c[0], c[1])
		}
	}
}
