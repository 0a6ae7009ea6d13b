// Package model is what a snapshot means: services with their versions and routes, workloads with who may call them,
// and findings about objects that can't be honoured.
//
// In: a snapshot. Out: a Model without addresses of pods, and, apart from it, the endpoints of its services. A pod that
// only gets ready or another address changes the endpoints and leaves the Model equal. What is caught here: conflicts,
// references to nothing, selectors that select nothing or too much. Such an object gets a finding and is left out;
// everything else is as if it were not there.
package model

import (
	"cmp"
	"net/netip"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Key names a namespaced thing.
type Key struct{ Namespace, Name string }

func (k Key) String() string { return k.Namespace + "/" + k.Name }

// Compare orders keys by namespace, then by name.
func (k Key) Compare(other Key) int {
	return cmp.Or(cmp.Compare(k.Namespace, other.Namespace), cmp.Compare(k.Name, other.Name))
}

// Identity is a service account; with a trust domain it becomes a SPIFFE ID.
type Identity struct{ Namespace, Account string }

// SPIFFE is the identity as a URI: spiffe://TRUSTDOMAIN/ns/NAMESPACE/sa/ACCOUNT.
func (i Identity) SPIFFE(trustDomain string) string {
	return "spiffe://" + trustDomain + "/ns/" + i.Namespace + "/sa/" + i.Account
}

// Model is everything that proxies and network policies are made of. All lists are sorted.
type Model struct {
	Mesh      Mesh
	Services  []Service
	Workloads []Workload
	Findings  []Finding
	// Catch is for proxies that don't know the whole mesh.
	Catch Catch
}

// Mesh holds effective settings.
type Mesh struct {
	Name              string
	UID               string
	Generation        int64
	TrustDomain       string
	LeafLifetime      time.Duration
	NetworkPolicy     bool // NetworkPolicies are made
	Limits            Limits
	OperatorNamespace string
	Namespaces        []string
	ScopeBudget       int // up to so many Services every proxy knows all
	Issuers           []Issuer
}

// Protocol is what a port speaks.
type Protocol string

// Protocols. GRPC is HTTP2 with outcomes in trailers.
const (
	HTTP Protocol = "http"
	GRPC Protocol = "grpc"
	TCP  Protocol = "tcp"
)

// IsHTTP says whether requests can be told apart.
func (p Protocol) IsHTTP() bool { return p != TCP }

// Service is a destination of the mesh: a Service with cluster IPs.
type Service struct {
	Key
	UID      string
	VIPs     []netip.Addr
	Selector map[string]string
	Ports    []Port
	// Accounts that its pods run as, and so may answer for it.
	Accounts []Identity
	// Plain says that some of its pods have no sidecar; they are called without TLS.
	Plain bool
	// Outside says that it has no pods but addresses that somebody writes; all of them are called without TLS.
	Outside bool
	// Split is set while a Canary divides the pods.
	Split *Split
	// StickyHeader, in lower case, keeps requests with the same value together: at one version, and at one of its pods.
	// Empty: none.
	StickyHeader string
	// Near says that callers prefer its pods that are near to them.
	Near bool
	// Limits bound what each caller does to it.
	Limits Limits
	// LimitStamps are the Policies with limits that are about it, or that were so at a step which is not over.
	LimitStamps []Stamp
}

// Port of a Service. One TCP port can have only one protocol.
type Port struct {
	Number   uint16
	Name     string
	Protocol Protocol
	// TargetName or TargetPort says where it leads in a pod; a name is looked up in each pod.
	TargetName string
	TargetPort uint16
	// Routes in order of precedence; empty: everything to the Service itself. HTTP and GRPC only.
	Routes []Route
	// RouteStamps are the HTTPRoutes, or the GRPCRoutes, that Routes came from.
	RouteStamps []Stamp
}

// Split divides the pods of a Service between two versions. Weights are in percent and sum to 100.
type Split struct {
	Stable, Canary             Subset
	StableWeight, CanaryWeight uint32
	// Focus are the requests that the weights divide; all others go to the stable version. Without Focused, they divide all.
	Focused bool
	Focus   []Choice
	// Preview are requests that all go to the new version, whatever the weights.
	Preview []Choice
	// Mirror is how many percent of the requests that the weights divide are copied to the new version.
	Mirror uint32
	// Judged says that outcomes of requests are reported.
	Judged bool
	// Edges are durations that requests are compared with when outcomes are reported.
	Edges []time.Duration
	// Rungs says that they are compared with all durations that edges are chosen from, too.
	Rungs bool
	// Held says that pods of the canary serve although a gate keeps them from being ready.
	Held  bool
	Stamp Stamp // of the Canary
}

// Subset is one version behind a Service. Its name is part of the cluster's name, so it stays when roles change.
type Subset struct {
	Name   string // canonical labels, such as "version=v2"
	Labels map[string]string
	// Revision limits it to pods of this revision; empty: any.
	Revision string
}

// Route sends matching requests to backends.
type Route struct {
	Name string
	// From is the HTTPRoute or GRPCRoute it came from, Kind which of them, and Field its match in it; a Service's own route
	// has none.
	Kind     string
	From     Key
	Field    string
	Match    Match
	Backends []Backend
	// Broken says that the route asks for something that can't be done: matching requests are refused.
	Broken bool
	// Timeout of the whole request, if the route says it (Timed); 0: none.
	Timeout time.Duration
	Timed   bool
}

// Match is a conjunction. The zero value matches every request.
type Match struct {
	PathExact  string
	PathPrefix string // by path elements, as in Gateway API
	Method     string
	GRPCMethod string // of any service
	Headers    []HeaderMatch
	// Conditions are those of the Canaries that divide the requests of a route.
	Conditions []Condition
}

// HeaderMatch wants a header with exactly this value.
type HeaderMatch struct{ Name, Value string }

// Backend is a share of a route. Weight is relative to the others. Without a Service it is a refused share: requests
// that fall to it are refused.
type Backend struct {
	Service Key
	Port    uint16
	Weight  uint32
}

// Workload is a set of pods that get the same configuration: one label weft.dev/workload, one account. WorkloadOf names
// it.
type Workload struct {
	Key
	// Label is the value of weft.dev/workload on its pods.
	Label   string
	Account Identity
	// Inbound are the ports that Services lead to, sorted by port.
	Inbound []InboundPort
	// Envoy is who may call, as the proxies enforce it now.
	Envoy Access
	// Network is who may call, as the NetworkPolicy lets it through now. It is never narrower than Envoy.
	Network Access
	// Serves are the Services that lead to it, sorted.
	Serves []Key
	// Calls are the Services that it is known to have called, sorted. Some may not exist.
	Calls []Key
	// FirstCalls says that all of its pods can call Services that their proxies don't know yet.
	FirstCalls bool
	// Stamps are the Policies that select it, or that did so at a step which is not over.
	Stamps []Stamp
}

// InboundPort is a port of the pod with its protocol.
type InboundPort struct {
	Port     uint16
	Protocol Protocol
}

// Access is who may call a workload.
type Access struct {
	// Isolated is false when everyone in the mesh may call; then Rules mean nothing.
	Isolated bool
	Rules    []Rule
}

// Rule allows a set of identities to call a set of ports.
type Rule struct {
	Name  string // of the Policy and the rule in it: ns[shop]-policy[cart]-rule[2]
	From  []Identity
	Ports []uint16 // empty: all
}

// Stamp is one object in one version. A proxy that has acknowledged all that came from it has applied the object.
type Stamp struct {
	Kind, Namespace, Name, UID string
	// Version tells generations and steps apart: only equality counts.
	Version string
}

// Finding says that an object can't be honoured, or that something about it should be known.
type Finding struct {
	Kind, Namespace, Name string
	// Fatal findings leave the object out of the model.
	Fatal   bool
	Reason  string // a word for programs: CamelCase
	Field   string // such as spec.workloads.canary
	Message string // a sentence for people
}

// Endpoint is one pod behind a port of a Service.
type Endpoint struct {
	Address netip.Addr
	Port    uint16
	Account Identity
	Plain   bool // no sidecar: called without TLS
	Pod     string
	Weight  uint32 // relative to the others of the cluster, at least 1
	Place   Place  // of a Service whose callers prefer what is near
}

// Endpoints of one cluster: a port of a Service, or one subset of it. Those of the whole port have the shares of a split in
// their weights.
type Endpoints struct {
	Service Key
	Port    uint16
	Subset  string // empty: all pods
	Items   []Endpoint
	// Near says that callers prefer what is near. A lone endpoint of a zone is near enough if Retried says that a call
	// which it does not take goes elsewhere.
	Near, Retried bool
}

// ProxyPod is a pod with a sidecar that is to get configuration.
type ProxyPod struct {
	Key
	UID      string
	Workload Key
	Created  metav1.Time
}
