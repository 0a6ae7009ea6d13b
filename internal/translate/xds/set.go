package xds

import (
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/weft-mesh/weft/internal/model"
)

// Resource is one encoded xDS resource. It never changes once it is made.
type Resource struct {
	TypeURL string
	Name    string
	Version string // hash of the content
	Body    *anypb.Any
}

// ID names a resource in a set.
type ID struct{ TypeURL, Name string }

// Set is all that the proxies of one workload get, but the endpoints. It never changes once it is made.
type Set struct {
	Version   string // hash over the versions of all resources and stamps
	Resources map[ID]*Resource
	// Stamps lists the objects that the set came from, each with the resources that carry it. An object is applied
	// when these are acknowledged in this set's versions.
	Stamps map[model.Stamp][]ID
}

// Type URLs of the resources that proxies subscribe to, in the order in which new ones are sent.
const (
	ClusterType  = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
	EndpointType = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"
	ListenerType = "type.googleapis.com/envoy.config.listener.v3.Listener"
	RouteType    = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"
	FilterType   = "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig"
	SecretType   = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"
)

// Names that Envoy, agent and operator share.
const (
	// SecretIdentity is the workload's certificate and key, from the agent.
	SecretIdentity = "identity"
	// SecretRoots are the roots of the mesh, from the agent.
	SecretRoots = "roots"
	// AgentCluster is the static cluster of the bootstrap that leads to the agent's socket.
	AgentCluster = "agent"
	// JudgedRoute is the prefix of the names of routes whose outcomes are reported. The whole name of such a route is
	// JudgedRoute + NAMESPACE/CANARY.
	JudgedRoute   = "judged/"
	accessLogName = "outcomes"
)
