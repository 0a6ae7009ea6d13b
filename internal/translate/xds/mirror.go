package xds

import (
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	envoytype "github.com/envoyproxy/go-control-plane/envoy/type/v3"

	"github.com/weft-mesh/weft/internal/model"
)

// mirrored copies requests to a version, so many percent as its weight says. Envoy throws the answers away. The host stays
// as it is, so that the copy is answered as the request would be.
func mirrored(to model.Destination) []*route.RouteAction_RequestMirrorPolicy {
	if to.Weight == 0 {
		return nil
	}
	return []*route.RouteAction_RequestMirrorPolicy{{
		Cluster: ClusterName(to.Service, to.Port, to.Subset),
		RuntimeFraction: &core.RuntimeFractionalPercent{DefaultValue: &envoytype.FractionalPercent{
			Numerator: to.Weight, Denominator: envoytype.FractionalPercent_HUNDRED,
		}},
		DisableShadowHostSuffixAppend: true,
	}}
}
