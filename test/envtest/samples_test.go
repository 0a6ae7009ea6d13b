package envtest

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// limitsSample is a Policy with the other section.
const limitsSample = `
apiVersion: weft.dev/v1alpha1
kind: Policy
metadata: {name: sample, namespace: default}
spec:
  selector: {}
  mode: Enforce
  limits:
    services: [reviews]
    connectTimeout: 2s
    requestTimeout: 3s
    maxConnections: 100
    maxPendingRequests: 50
    maxRequests: 200
    retries: {attempts: 1, budgetPercent: 10}
    ejection: {mode: Enabled, failures: 3, time: 30s, maxPercent: 20}
`

// samples have every field that this release implements but for limitsSample, and one element in every list.
var samples = map[string]string{
	"Mesh": `
apiVersion: weft.dev/v1alpha1
kind: Mesh
metadata: {name: sample}
spec:
  trustDomain: cluster.local
  identity: {leafLifetime: 12h0m0s}
  mtls: {mode: Strict}
  injection: {resources: {requests: {cpu: 10m, memory: 64Mi}}, drainSeconds: 5}
  networkPolicy: {mode: Enforce}
  outbound: {mode: AllowAny}
  alerts: [{name: ops, slack: {urlFrom: {name: chat, key: hook}}, namespaces: [shop], reasons: [RolledBack]}]
  otlp: {collectors: [{namespace: monitoring, name: collector}]}
  metricTemplates: [{name: queue, prometheus: {address: "http://prometheus:9090", query: up}}]
  jwtIssuers: [{name: corp, issuer: "https://corp.example", audiences: [shop], jwks: {inline: "{}"}}]
  traffic:
    limits:
      connectTimeout: 2s
      requestTimeout: 3s
      maxConnections: 100
      maxPendingRequests: 50
      maxRequests: 200
      retries: {attempts: 1, budgetPercent: 10}
      ejection: {mode: Enabled, failures: 3, time: 30s, maxPercent: 20}
`,
	"Policy": `
apiVersion: weft.dev/v1alpha1
kind: Policy
metadata: {name: sample, namespace: default}
spec:
  selector: {matchLabels: {app: reviews}}
  mode: Enforce
  access: {allow: [{from: [{serviceAccount: {name: frontend, namespace: shop}}], ports: [8080]}]}
`,
	"Canary": `
apiVersion: weft.dev/v1alpha1
kind: Canary
metadata: {name: sample, namespace: default}
spec:
  service: {name: reviews}
  workloads: {stable: {matchLabels: {version: v1}}, canary: {matchLabels: {version: v2}}}
  steps: [{weight: 5, duration: 1m0s, minRequests: 100, pause: {duration: 5m0s}}]
  analysis: {falseAlarm: 10m, toleratedRatio: 1500m, clusterSize: 2, minPods: 2, passWhenExcluded: "3", latencyObjective: 500ms, latency: {edgesFrom: Stable, edges: [100ms], toleratedRatio: 1250m, warmUp: 30s},
    metrics: [{name: queue, prometheus: {address: "http://prometheus:9090", query: up}, min: "1", max: "10", maxRatio: "2", interval: 30s, failures: 3}]}
  stepDeadline: 11m0s
  webhooks: [{name: tests, url: "http://tests.shop/gate", before: [Promotion], timeout: 5s}]
  configChanges: NewRun
  onInconclusive: Rollback
  match: [{headers: [{name: x-user, exact: ada}], cookies: [{name: user, prefix: a}], query: [{name: beta, regex: "1"}],
    path: {prefix: /a}, method: {exact: GET}, region: {anyOf: [eu]}, claims: [{issuer: corp, name: sub, exact: ada}]}]
  preview: [{headers: [{name: x-user, exact: ada}], cookies: [{name: user, prefix: a}], query: [{name: beta, regex: "1"}],
    path: {prefix: /a}, method: {exact: GET}, region: {anyOf: [eu]}, claims: [{issuer: corp, name: sub, exact: ada}]}]
`,
}

// heldSample is a Canary of the other form.
const heldSample = `
apiVersion: weft.dev/v1alpha1
kind: Canary
metadata: {name: sample, namespace: default}
spec:
  service: {name: reviews}
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: reviews}
  steps: [{weight: 5}]
`

// sample is the sample of a kind with one value put at a path of its schema. Without a path it is the sample.
func sample(kind string, path []string, value any) *unstructured.Unstructured {
	GinkgoHelper()
	out := object(samples[kind])
	if kind == "Policy" && len(path) > 1 && path[1] == "limits" {
		out = object(limitsSample)
	}
	if kind == "Canary" && len(path) > 1 && path[1] == "targetRef" {
		out = object(heldSample)
	}
	if len(path) > 0 {
		put(out.Object, path, value)
	}
	return out
}

// key is where put sets a value in a map.
const key = "app"

func put(in any, path []string, value any) {
	GinkgoHelper()
	if list, is := in.([]any); is {
		if len(path) == 1 {
			list[0] = value
			return
		}
		put(list[0], path[1:], value)
		return
	}
	object, step := in.(map[string]any), path[0]
	if step == "{}" {
		step = key
	}
	if len(path) == 1 {
		object[step] = value
		return
	}
	if object[step] == nil {
		Expect(path[1]).NotTo(Equal("[]"), "the sample has nothing at %v", path)
		object[step] = map[string]any{}
	}
	put(object[step], path[1:], value)
}

// dryRun asks the API server to create an object and to forget it.
func dryRun(ctx SpecContext, object *unstructured.Unstructured) error {
	return api.Create(ctx, object, client.DryRunAll)
}

// refusal is what the API server says about one field.
func refusal(err error, field string) string {
	GinkgoHelper()
	Expect(apierrors.IsInvalid(err)).To(BeTrue(), "%v", err)
	status := err.(apierrors.APIStatus).Status()
	var said []string
	for _, cause := range status.Details.Causes {
		if cause.Field == field && cause.Type != metav1.CauseTypeFieldValueRequired {
			said = append(said, cause.Message)
		}
	}
	Expect(said).NotTo(BeEmpty(), "nothing on %s in: %v", field, err)
	return strings.Join(said, "\n")
}
