package envtest

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

var _ = Describe("a spec", func() {
	all := schemas()
	for _, kind := range slices.Sorted(maps.Keys(all)) {
		var reserved, typed []node
		for _, n := range all[kind] {
			switch {
			case n.path == nil || n.path[0] != "spec":
			case n.reserved():
				reserved = append(reserved, n)
			case wrong(n) != nil && !strings.HasPrefix(n.String(), claims+"[]"):
				typed = append(typed, n)
			}
		}

		It("of a "+kind+" that is right is taken", func(ctx SpecContext) {
			Expect(dryRun(ctx, sample(kind, nil, nil))).To(Succeed())
			if kind == "Policy" {
				Expect(dryRun(ctx, object(limitsSample))).To(Succeed())
			}
			if kind == "Canary" {
				Expect(dryRun(ctx, object(heldSample))).To(Succeed())
			}
		})

		It("of a "+kind+" with a field that nothing implements is refused with its name [A21]", func(ctx SpecContext) {
			Expect(reserved).To(HaveLen(reservedIn(specs[kind])))
			for _, n := range reserved {
				for _, value := range []any{map[string]any{}, map[string]any{"some": "thing"}} {
					err := dryRun(ctx, sample(kind, n.path, value))
					Expect(refusal(err, n.field())).To(ContainSubstring(reservedMessage), "%s %s", kind, n)
				}
				refusal(dryRun(ctx, sample(kind, n.path, []any{"thing"})), n.field())
			}
		})

		It("of a "+kind+" with a value of the wrong type is refused with its name [A21]", func(ctx SpecContext) {
			Expect(len(typed)).To(BeNumerically(">=", 4))
			for _, n := range typed {
				err := dryRun(ctx, sample(kind, n.path, wrong(n)))
				Expect(refusal(err, n.field())).To(ContainSubstring("must be of type"), "%s %s", kind, n)
			}
		})
	}

	DescribeTable("with a value that nothing implements is refused [A21]",
		func(ctx SpecContext, kind, field, value string) {
			err := dryRun(ctx, sample(kind, strings.Split(field, "."), value))
			Expect(refusal(err, field)).To(ContainSubstring("this release implements"))
		},
		Entry(nil, "Mesh", "spec.mtls.mode", "Permissive"),
		Entry(nil, "Mesh", "spec.mtls.mode", "Auto"),
		Entry(nil, "Mesh", "spec.networkPolicy.mode", "Shadow"),
		Entry(nil, "Mesh", "spec.outbound.mode", "DeclaredOnly"),
		Entry(nil, "Policy", "spec.mode", "Shadow"),
		Entry(nil, "Policy", "spec.mode", "EnforceWhenClean"),
	)

	It("that was refused leaves the one before in place [A21]", func(ctx SpecContext) {
		policy := sample("Policy", []string{"metadata", "name"}, "kept")
		Expect(api.Create(ctx, policy)).To(Succeed())
		DeferCleanup(api.Delete, policy)
		before := policy.Object["spec"]

		changed := policy.DeepCopy()
		put(changed.Object, []string{"spec", "access", "allow", "[]", "ports", "[]"}, "http")
		refusal(api.Update(ctx, changed), "spec.access.allow[0].ports[0]")
		Expect(api.Get(ctx, client.ObjectKeyFromObject(policy), policy)).To(Succeed())
		Expect(policy.Object["spec"]).To(Equal(before))
	})
})

// wrong is a value of another type, nil where any type will do.
func wrong(n node) any {
	switch {
	case n.schema.XIntOrString:
		return nil
	case n.schema.Type == "string":
		return int64(1)
	case n.schema.Type != "":
		return "one"
	}
	return nil
}

var _ = Describe("the rules of a spec", func() {
	type values = map[string]any
	step := func(weights ...int64) []any {
		var steps []any
		for _, weight := range weights {
			steps = append(steps, values{"weight": weight})
		}
		return steps
	}
	// A message of "" means that the value is taken.
	DescribeTable("hold [A21]",
		func(ctx SpecContext, kind, path, field string, value any, message string) {
			err := dryRun(ctx, sample(kind, strings.Split(path, "."), runtime.DeepCopyJSONValue(value)))
			if message == "" {
				Expect(err).NotTo(HaveOccurred())
				return
			}
			Expect(refusal(err, field)).To(ContainSubstring(message))
		},
		Entry("an hour", "Mesh", "spec.identity.leafLifetime", "", "1h", ""),
		Entry("a day", "Mesh", "spec.identity.leafLifetime", "", "24h", ""),
		Entry("less than an hour", "Mesh", "spec.identity.leafLifetime", "spec.identity.leafLifetime", "59m59s", "from 1h to 24h"),
		Entry("more than a day", "Mesh", "spec.identity.leafLifetime", "spec.identity.leafLifetime", "24h0m1s", "from 1h to 24h"),
		Entry("no time", "Mesh", "spec.identity.leafLifetime", "spec.identity.leafLifetime", "soon", "from 1h to 24h"),
		Entry("an empty trust domain", "Mesh", "spec.trustDomain", "spec.trustDomain", "", "at least 1"),
		Entry("a trust domain with a path", "Mesh", "spec.trustDomain", "spec.trustDomain", "a/b", "should match"),
		Entry("resources by claim", "Mesh", "spec.injection.resources.claims", "spec.injection.resources",
			[]any{values{"name": "gpu"}}, "claims"),
		Entry("drain at once", "Mesh", "spec.injection.drainSeconds", "", int64(0), ""),
		Entry("drain below nothing", "Mesh", "spec.injection.drainSeconds", "spec.injection.drainSeconds", int64(-1), "greater than or equal to 0"),

		Entry("rising weights", "Canary", "spec.steps", "", step(1, 50, 100), ""),
		Entry("falling weights", "Canary", "spec.steps", "spec.steps", step(20, 10), "must rise"),
		Entry("equal weights", "Canary", "spec.steps", "spec.steps", step(5, 20, 20), "must rise"),
		Entry("equal weights apart", "Canary", "spec.steps", "spec.steps", step(5, 20, 5), "must rise"),
		Entry("equal steps", "Canary", "spec.steps", "spec.steps", step(20, 20), "must rise"),
		Entry("a weight of 0 beside a preview", "Canary", "spec.steps", "", step(0), ""),
		Entry("a weight below 0", "Canary", "spec.steps", "spec.steps[0].weight", step(-1), "greater than or equal to 0"),
		Entry("a weight of 101", "Canary", "spec.steps", "spec.steps[0].weight", step(101), "less than or equal to 100"),
		Entry("no step", "Canary", "spec.steps", "spec.steps", []any{}, "at least 1"),
		Entry("a deadline that is no time", "Canary", "spec.stepDeadline", "spec.stepDeadline", "soon", "evaluating rule"),
		Entry("a deadline of nothing", "Canary", "spec.stepDeadline", "spec.stepDeadline", "0s", "positive"),
		Entry("a duration that is no time", "Canary", "spec.steps.[].duration", "spec.steps[0].duration", "1 minute", "duration"),
		Entry("a duration of nothing", "Canary", "spec.steps.[].duration", "", "0s", ""),
		Entry("a duration below nothing", "Canary", "spec.steps.[].duration", "spec.steps[0].duration", "-1m", "negative"),
		Entry("a pause of nothing", "Canary", "spec.steps.[].pause.duration", "spec.steps[0].pause.duration", "0s", "positive"),
		Entry("a webhook with a query", "Canary", "spec.webhooks.[].url", "", "https://ci.example.com:8443/gate?id=1", ""),
		Entry("a webhook with a password", "Canary", "spec.webhooks.[].url", "spec.webhooks[0].url", "http://me:pw@example.com/", "should match"),
		Entry("a webhook that is a file", "Canary", "spec.webhooks.[].url", "spec.webhooks[0].url", "file:///etc/passwd", "should match"),
		Entry("a webhook with too much time", "Canary", "spec.webhooks.[].timeout", "spec.webhooks[0].timeout", "31s", "at most 30s"),
		Entry("a webhook at no known moment", "Canary", "spec.webhooks.[].before", "spec.webhooks[0].before[0]", []any{"Later"}, "supported values"),
		Entry("more requests than an int64 holds", "Canary", "spec.steps.[].minRequests", "spec.steps[0].minRequests", 1e30, "less than or equal to"),
		Entry("a probability as a number", "Canary", "spec.analysis.falseAlarm", "", int64(1), ""),
		Entry("a probability in words", "Canary", "spec.analysis.falseAlarm", "spec.analysis.falseAlarm", "rarely", "should match"),
		Entry("odds of slow requests", "Canary", "spec.analysis.latency.toleratedRatio", "", "1.25", ""),
		Entry("odds as a number", "Canary", "spec.analysis.latency.toleratedRatio", "", int64(2), ""),
		Entry("odds below equal", "Canary", "spec.analysis.latency.toleratedRatio", "spec.analysis.latency.toleratedRatio", "900m", "at least 1"),
		Entry("odds of nothing", "Canary", "spec.analysis.latency.toleratedRatio", "spec.analysis.latency.toleratedRatio", int64(0), "at least 1"),
		Entry("an unknown end", "Canary", "spec.onInconclusive", "spec.onInconclusive", "Hope", "supported values"),

		Entry("nobody may call", "Policy", "spec.access", "", values{}, ""),
		Entry("a rule for nobody", "Policy", "spec.access.allow.[].from", "spec.access.allow[0].from", []any{}, "at least 1"),
		Entry("port 0", "Policy", "spec.access.allow.[].ports", "spec.access.allow[0].ports[0]", []any{int64(0)}, "greater than or equal to 1"),
		Entry("port 65536", "Policy", "spec.access.allow.[].ports", "spec.access.allow[0].ports[0]", []any{int64(65536)}, "less than or equal to 65535"),
		Entry("a port twice", "Policy", "spec.access.allow.[].ports", "spec.access.allow[0].ports[1]", []any{int64(80), int64(80)}, "Duplicate"),

		Entry("one limit", "Policy", "spec.limits", "", values{"maxConnections": int64(1)}, ""),
		Entry("no limit", "Policy", "spec.limits", "spec.limits", values{}, "at least 1"),
		Entry("no connection", "Policy", "spec.limits.maxConnections", "spec.limits.maxConnections", int64(0), "greater than or equal to 1"),
		Entry("too many that wait", "Policy", "spec.limits.maxPendingRequests", "spec.limits.maxPendingRequests", int64(1_000_001), "less than or equal to 1000000"),
		Entry("a short time to connect", "Policy", "spec.limits.connectTimeout", "spec.limits.connectTimeout", "9ms", "from 10ms to 1m"),
		Entry("a long time to connect", "Mesh", "spec.traffic.limits.connectTimeout", "spec.traffic.limits.connectTimeout", "61s", "from 10ms to 1m"),
		Entry("any time for a request", "Policy", "spec.limits.requestTimeout", "", "0s", ""),
		Entry("no time for a request", "Policy", "spec.limits.requestTimeout", "spec.limits.requestTimeout", "-1s", "0s, or from 1ms to 24h"),
		Entry("a request time that is no time", "Mesh", "spec.traffic.limits.requestTimeout", "spec.traffic.limits.requestTimeout", "soon", "0s, or from 1ms to 24h"),
		Entry("no retry", "Policy", "spec.limits.retries.attempts", "", int64(0), ""),
		Entry("many retries", "Policy", "spec.limits.retries.attempts", "spec.limits.retries.attempts", int64(11), "less than or equal to 10"),
		Entry("no ejection", "Mesh", "spec.traffic.limits.ejection.mode", "", "Disabled", ""),
		Entry("some ejection", "Policy", "spec.limits.ejection.mode", "spec.limits.ejection.mode", "Sometimes", "supported values"),
		Entry("a short ejection", "Policy", "spec.limits.ejection.time", "spec.limits.ejection.time", "0s", "from 1s to 1h"),
		Entry("more than all pods", "Policy", "spec.limits.ejection.maxPercent", "spec.limits.ejection.maxPercent", int64(101), "less than or equal to 100"),
		Entry("a Service without a name", "Policy", "spec.limits.services", "spec.limits.services[0]", []any{""}, "at least 1"),
	)

	It("let a Policy have one section", func(ctx SpecContext) {
		limited := object(limitsSample)
		put(limited.Object, []string{"spec", "access"}, values{})
		Expect(refusal(dryRun(ctx, limited), "spec")).To(ContainSubstring("exactly one section"))
		unstructured.RemoveNestedField(limited.Object, "spec", "access")
		unstructured.RemoveNestedField(limited.Object, "spec", "limits")
		Expect(refusal(dryRun(ctx, limited), "spec")).To(ContainSubstring("exactly one section"))
	})

	It("let a Policy keep its section", func(ctx SpecContext) {
		policy := object(limitsSample)
		Expect(api.Create(ctx, policy)).To(Succeed())
		DeferCleanup(api.Delete, policy.DeepCopy())
		unstructured.RemoveNestedField(policy.Object, "spec", "limits")
		put(policy.Object, []string{"spec", "access"}, values{})
		Expect(refusal(api.Update(ctx, policy, client.DryRunAll), "spec")).To(ContainSubstring("keeps its section"))
	})

	It("let limits name Services or select them", func(ctx SpecContext) {
		policy := object(limitsSample)
		put(policy.Object, []string{"spec", "selector", "matchLabels"}, values{"app": "reviews"})
		Expect(refusal(dryRun(ctx, policy), "spec.selector")).To(ContainSubstring("must be empty"))
		unstructured.RemoveNestedField(policy.Object, "spec", "limits", "services")
		Expect(dryRun(ctx, policy)).To(Succeed())
	})

	It("let nobody change a trust domain", func(ctx SpecContext) {
		mesh := sample("Mesh", []string{"metadata", "name"}, "immutable")
		Expect(api.Create(ctx, mesh)).To(Succeed())
		DeferCleanup(api.Delete, mesh)

		changed := mesh.DeepCopy()
		put(changed.Object, []string{"spec", "trustDomain"}, "example.org")
		Expect(refusal(api.Update(ctx, changed, client.DryRunAll), "spec.trustDomain")).To(ContainSubstring("can't be changed"))

		other := mesh.DeepCopy()
		put(other.Object, []string{"spec", "networkPolicy", "mode"}, "Off")
		Expect(api.Update(ctx, other, client.DryRunAll)).To(Succeed())
	})

	It("let nobody move a Canary to another Service", func(ctx SpecContext) {
		canary := sample("Canary", []string{"metadata", "name"}, "stays")
		canary.SetNamespace("default")
		Expect(api.Create(ctx, canary)).To(Succeed())
		DeferCleanup(api.Delete, canary)

		changed := canary.DeepCopy()
		put(changed.Object, []string{"spec", "service", "name"}, "another")
		Expect(refusal(api.Update(ctx, changed, client.DryRunAll), "spec.service")).To(ContainSubstring("stays with its Service"))
	})
})

// specs are the Go types of the specs.
var specs = map[string]reflect.Type{
	"Mesh": reflect.TypeFor[v1alpha1.MeshSpec](), "Policy": reflect.TypeFor[v1alpha1.PolicySpec](), "Canary": reflect.TypeFor[v1alpha1.CanarySpec](),
}

// reservedIn counts the fields of a type, and of the types below it, that nothing implements.
func reservedIn(t reflect.Type) (n int) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return reservedIn(t.Elem())
	case reflect.Struct:
		if t == reflect.TypeFor[v1alpha1.Reserved]() {
			return 1
		}
		if !strings.HasPrefix(t.PkgPath(), reflect.TypeFor[v1alpha1.Reserved]().PkgPath()) {
			return 0
		}
		for field := range t.NumField() {
			n += reservedIn(t.Field(field).Type)
		}
	}
	return n
}
