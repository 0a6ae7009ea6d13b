// Package town is the mesh that both control planes serve: Services with a cluster IP and one HTTP port, each with one
// workload of three pods with an account of its own, in namespaces of fifty. It is modeltest.World, told again in names and
// addresses, so that it can be said in the words of both. The first Services have a route.
package town

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// What each Service has.
const (
	Port        = 8080
	Pods        = 3
	PerTeam     = 50
	TrustDomain = "cluster.local"
)

// Routes is how many Services have a route with one match, a path.
const Routes = 10

// Team is the namespace of a Service.
func Team(service int) string { return fmt.Sprintf("team-%02d", service/PerTeam) }

// Name is that of a Service, of its workload and of its account.
func Name(service int) string { return fmt.Sprintf("svc-%04d", service) }

// Host is the DNS name of a Service.
func Host(service int) string { return Name(service) + "." + Team(service) + ".svc.cluster.local" }

// VIP is the cluster IP of a Service.
func VIP(service int) string { return fmt.Sprintf("10.96.%d.%d", service/250, service%250+1) }

// Address is that of a pod of a Service.
func Address(service, pod int) string {
	n := service*Pods + pod
	return fmt.Sprintf("10.%d.%d.%d", n/62500, n/250%250, n%250+1)
}

// FreshAddress is the address that the first pod of a Service gets by the nth change.
func FreshAddress(n int) string { return fmt.Sprintf("11.%d.%d.%d", n>>16&255, n>>8&255, n&255) }

// Path is that of the route of a Service at the start.
func Path(service int) string { return fmt.Sprintf("/start-%d", service) }

// FreshPath is the path that a route gets by the nth change.
func FreshPath(n int) string { return fmt.Sprintf("/change-%d", n) }

// Mark is how a text looks inside an encoded resource, where no longer text begins with it.
func Mark(text string) []byte { return protowire.AppendString(nil, text) }
