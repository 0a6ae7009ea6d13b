package main

import (
	"context"
	"fmt"
	"strings"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/weft-mesh/weft/test/bench/peers/town"
)

// who is the nth proxy: a pod of one of the workloads, in turn.
type who struct{ number, services int }

func (w who) service() int { return w.number % w.services }

func (w who) pod() string { return fmt.Sprintf("%s-proxy-%d", town.Name(w.service()), w.number) }

// node says who it is in Istio's way.
func (w who) node() *core.Node {
	namespace, name := town.Team(w.service()), town.Name(w.service())
	labels := &structpb.Struct{Fields: map[string]*structpb.Value{"app": structpb.NewStringValue(name)}}
	return &core.Node{
		Id: fmt.Sprintf("sidecar~%s~%s.%s~%s.svc.cluster.local", town.Address(w.service(), w.number/w.services%town.Pods), w.pod(), namespace, namespace),
		Metadata: &structpb.Struct{Fields: map[string]*structpb.Value{
			"NAMESPACE":       structpb.NewStringValue(namespace),
			"SERVICE_ACCOUNT": structpb.NewStringValue(name),
			"ISTIO_VERSION":   structpb.NewStringValue("1.31.0"),
			"CLUSTER_ID":      structpb.NewStringValue("Kubernetes"),
			"LABELS":          structpb.NewStructValue(labels),
		}},
	}
}

// introduce says who it is in the way of the benchmark's weft, which has no certificate to look at.
func (w who) introduce(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "pod", w.pod(), "namespace", town.Team(w.service()), "workload", town.Name(w.service()))
}

// own turns the name of a filter of the first workload into that of this proxy's workload. All other resources have the
// same names in all proxies.
func (w who) own(url, name string) string { return w.exchange(url, name, who{0, w.services}, w) }

// common is the other way round.
func (w who) common(url, name string) string { return w.exchange(url, name, w, who{0, w.services}) }

func (w who) exchange(url, name string, from, to who) string {
	if url != filters {
		return name
	}
	return strings.Replace(name, from.workload(), to.workload(), 1)
}

func (w who) workload() string { return town.Team(w.service()) + "/" + town.Name(w.service()) }
