package xds

import (
	"time"

	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"google.golang.org/protobuf/proto"

	"github.com/weft-mesh/weft/internal/model"
)

// routeKind is what the routes of a port are made of that has no HTTPRoute and whose Service is not divided, but its name.
type routeKind struct {
	timeout time.Duration
	retries uint32
	near    bool
	sticky  string
}

// routes makes the routes of a port. Most ports have a plain one, which differs by names only.
func (k *kit) routes(m *model.Model, name string, service *model.Service, port *model.Port) *Resource {
	if len(port.RouteStamps) > 0 || service.Split != nil {
		return routeConfiguration(m, name, service, port)
	}
	kind := routeKind{service.Limits.RequestTimeout, service.Limits.Retries, service.Near, service.StickyHeader}
	plain, known := k.plain[kind]
	if !known {
		plain = kind.form()
		k.plain[kind] = plain
	}
	return plain.fill(nil, name).resource(RouteType, name)
}

// form has the name open, which is that of the cluster too.
func (k routeKind) form() *form {
	s := newStencil(1, func(marks []string) fields {
		r := &route.Route{Name: model.DefaultRoute, Match: match(model.Match{})}
		r.Action = limited(&route.RouteAction{ClusterSpecifier: &route.RouteAction_Cluster{Cluster: marks[0]}}, k.timeout, k.retries, k.near)
		return fieldsOf(hostOf(marks[0], []*route.Route{keptTogether(r, k.sticky)}))
	})
	to := &route.RouteAction_Cluster{}
	config := hostOf("", nil)
	host := config.VirtualHosts[0]
	return &form{s, []proto.Message{config, &route.RouteAction{ClusterSpecifier: to}}, [][]*string{{&config.Name, &host.Name, &to.Cluster}}}
}
