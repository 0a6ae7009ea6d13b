package firstcall

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
	"github.com/weft-mesh/weft/internal/translate/xds"
	"github.com/weft-mesh/weft/internal/xdsserver"
)

var (
	caller = model.Key{Namespace: "front", Name: "caller"}
	stock  = model.Key{Namespace: "warehouse", Name: "stock"}

	callerIP, stockIP = netip.MustParseAddr("10.244.1.1"), netip.MustParseAddr("10.244.1.2")
	// Services of the workload stock, which are out of the scope of caller; one of another mesh-less namespace, and
	// one between them that no Service has.
	webIP, bulkIP, plainIP, unknownIP = netip.MustParseAddr("10.96.0.21"), netip.MustParseAddr("10.96.0.40"), netip.MustParseAddr("10.96.0.31"), netip.MustParseAddr("10.96.0.35")
	// farIP is far from all Services.
	farIP = netip.MustParseAddr("10.200.0.1")
)

// cluster has two workloads in namespaces of their own. Allowed is who may call stock.
func cluster(t *testing.T, allowed string) snapshot.Snapshot {
	t.Helper()
	service := func(namespace, name string, ip netip.Addr) string {
		return fmt.Sprintf(`apiVersion: v1
kind: Service
metadata: {name: %s, namespace: %s}
spec:
  clusterIP: %s
  selector: {app: stock}
  ports:
  - {name: http, port: 80, targetPort: 8080}
  - {name: grpc, port: 81, targetPort: 9090}
  - {name: tcp-greeting, port: 82, targetPort: 7000}
---
`, name, namespace, ip)
	}
	pod := func(key model.Key, ip netip.Addr) string {
		return fmt.Sprintf(`apiVersion: v1
kind: Pod
metadata: {name: %s-0, namespace: %s, labels: {app: %s, weft.dev/workload: %s}}
spec: {serviceAccountName: %s}
status: {podIP: %s, conditions: [{type: Ready, status: "True"}]}
---
`, key.Name, key.Namespace, key.Name, key.Name, key.Name, ip)
	}
	text := service(stock.Namespace, "web", webIP) + service(stock.Namespace, "bulk", bulkIP) + service("legacy", "plain", plainIP) +
		pod(caller, callerIP) + pod(stock, stockIP)
	if allowed != "" {
		text += fmt.Sprintf(`apiVersion: weft.dev/v1alpha1
kind: Policy
metadata: {name: stock, namespace: warehouse, uid: policy}
spec: {selector: {matchLabels: {app: stock}}, access: {}}
status:
  envoy:
    selector: {matchLabels: {app: stock}}
    allow: [{from: [{serviceAccount: {name: %s, namespace: front}}]}]
---
`, allowed)
	}
	s, err := modeltest.Load([]byte(text + `apiVersion: v1
kind: Namespace
metadata: {name: front}
---
apiVersion: v1
kind: Namespace
metadata: {name: warehouse}
`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// worldOf gives proxies the Services of their namespaces beforehand, and nothing else. A Policy that lets caller call does
// not widen its scope here.
func worldOf(t *testing.T, builder *xds.Builder, s snapshot.Snapshot) xdsserver.World {
	t.Helper()
	m := model.Build(s)
	scopes := model.ScopesOf(m, 0)
	scopes[caller] = &model.Scope{}
	sets, directory := builder.BuildScoped(m, scopes)
	for id := range sets[caller].All() {
		if key, is := directory.ServiceOf(id); is {
			t.Fatalf("caller knows %s beforehand", key)
		}
	}
	return xdsserver.World{Sets: sets, Directory: directory, Endpoints: builder.Endpoints(model.BuildEndpoints(s, m))}
}
