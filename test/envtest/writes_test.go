package envtest

import (
	"context"
	"maps"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	authorization "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// owned are objects of users that decide on traffic and on the number of pods.
var owned = map[string]string{
	"Deployment": `
apiVersion: apps/v1
kind: Deployment
metadata: {name: owned, namespace: default}
spec:
  replicas: 2
  selector: {matchLabels: {app: owned}}
  template:
    metadata: {labels: {app: owned}}
    spec: {containers: [{name: app, image: example.com/app:1}]}
`,
	"HorizontalPodAutoscaler": `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: owned, namespace: default}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: owned}
  maxReplicas: 3
`,
	"Service": `
apiVersion: v1
kind: Service
metadata: {name: owned, namespace: default}
spec: {ports: [{port: 80}]}
`,
	"HTTPRoute": `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: owned, namespace: default}
spec: {parentRefs: [{group: "", kind: Service, name: owned}]}
`,
	"GRPCRoute": `
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: owned, namespace: default}
spec: {parentRefs: [{group: "", kind: Service, name: owned}]}
`,
}

// writes are all the ways to change an object. None is kept.
var writes = map[string]func(context.Context, client.Client, *unstructured.Unstructured) error{
	"create": func(ctx context.Context, c client.Client, object *unstructured.Unstructured) error {
		object.SetName("another")
		object.SetResourceVersion("")
		return c.Create(ctx, object, client.DryRunAll)
	},
	"update": func(ctx context.Context, c client.Client, object *unstructured.Unstructured) error {
		return c.Update(ctx, object, client.DryRunAll)
	},
	"patch": func(ctx context.Context, c client.Client, object *unstructured.Unstructured) error {
		return c.Patch(ctx, object, merge(`{"metadata":{"labels":{"changed":"yes"}}}`), client.DryRunAll)
	},
	"apply": func(ctx context.Context, c client.Client, object *unstructured.Unstructured) error {
		object.SetManagedFields(nil)
		return c.Apply(ctx, client.ApplyConfigurationFromUnstructured(object), client.FieldOwner("weft"), client.ForceOwnership, client.DryRunAll)
	},
	"status": func(ctx context.Context, c client.Client, object *unstructured.Unstructured) error {
		return c.Status().Patch(ctx, object, merge(`{"metadata":{"labels":{"changed":"yes"}}}`), &client.SubResourcePatchOptions{PatchOptions: client.PatchOptions{DryRun: []string{"All"}}})
	},
	"delete": func(ctx context.Context, c client.Client, object *unstructured.Unstructured) error {
		return c.Delete(ctx, object, client.DryRunAll)
	},
	"delete all": func(ctx context.Context, c client.Client, object *unstructured.Unstructured) error {
		return c.DeleteAllOf(ctx, object, client.InNamespace(object.GetNamespace()), client.DryRunAll)
	},
}

var _ = Describe("the operator's account", func() {
	for _, kind := range slices.Sorted(maps.Keys(owned)) {
		text := owned[kind]
		It("can't change a "+kind+" in any way; an administrator can [D11]", func(ctx SpecContext) {
			stored := object(text)
			Expect(api.Create(ctx, stored)).To(Succeed())
			DeferCleanup(api.Delete, stored.DeepCopy())
			operator := as(operatorAccount)
			for way, write := range writes {
				err := write(ctx, operator, stored.DeepCopy())
				Expect(apierrors.IsForbidden(err)).To(BeTrue(), "%s: %v", way, err)
				Expect(err).To(MatchError(ContainSubstring(operatorAccount)), way)
				Expect(write(ctx, api, stored.DeepCopy())).To(Succeed(), way)
			}
		})
	}

	It("can't scale a Deployment; an administrator can [D11]", func(ctx SpecContext) {
		stored := object(owned["Deployment"])
		Expect(api.Create(ctx, stored)).To(Succeed())
		DeferCleanup(api.Delete, stored.DeepCopy())
		scale := func(c client.Client, patch string) error {
			return c.SubResource("scale").Patch(ctx, stored.DeepCopy(), merge(patch))
		}
		err := scale(as(operatorAccount), `{"spec":{"replicas":3}}`)
		Expect(apierrors.IsForbidden(err)).To(BeTrue(), "%v", err)
		Expect(scale(api, `{"spec":{"replicas":3}}`)).To(Succeed())
	})

	// The roles of the cluster count, whatever binds them: the API server itself is asked about all that it serves.
	// What it may do to pods and ReplicaSets is for a held rollout, and weft-operator-limits narrows it to that.
	It("may write in a user's namespace only what the operator makes, and what holds a rollout [D11] [B05]", func(ctx SpecContext) {
		Expect(granted(ctx, "default")).To(ConsistOf(
			"configmaps: create",
			"events: create",
			"mutatingwebhookconfigurations.admissionregistration.k8s.io: create",
			"networkpolicies.networking.k8s.io: create patch delete",
			"canaries/status.weft.dev: update",
			"meshes/status.weft.dev: update",
			"policies.weft.dev: patch",
			"policies/status.weft.dev: update",
			"pods: delete",
			"pods/status: patch",
			"replicasets.apps: patch",
			"replicasets/scale.apps: patch",
		))
	})

	It("may write in its own namespace its keys and its leases, too", func(ctx SpecContext) {
		Expect(granted(ctx, operatorNamespace)).To(ContainElements("secrets: create update", "leases.coordination.k8s.io: create update"))
	})
})

// granted asks the API server what the operator may write in a namespace, and cluster-wide, without naming an object.
// Asking who one is and what one may do is left out: everyone may.
func granted(ctx context.Context, namespace string) (found []string) {
	GinkgoHelper()
	_, lists, err := discovery.NewDiscoveryClientForConfigOrDie(config).ServerGroupsAndResources()
	Expect(err).NotTo(HaveOccurred())
	seen := map[string]bool{}
	for _, list := range lists {
		served, err := schema.ParseGroupVersion(list.GroupVersion)
		Expect(err).NotTo(HaveOccurred())
		for _, resource := range list.APIResources {
			name := strings.TrimSuffix(resource.Name+"."+served.Group, ".")
			if seen[name] || strings.HasPrefix(served.Group, "auth") {
				continue
			}
			seen[name] = true
			in := namespace
			if !resource.Namespaced {
				in = ""
			}
			if verbs := allowed(ctx, in, served.Group, resource.Name); len(verbs) > 0 {
				found = append(found, name+": "+strings.Join(verbs, " "))
			}
		}
	}
	Expect(len(seen)).To(BeNumerically(">", 60))
	return found
}

// allowed are the verbs by which the operator may write one resource.
func allowed(ctx context.Context, namespace, group, resource string) (verbs []string) {
	GinkgoHelper()
	base, sub, _ := strings.Cut(resource, "/")
	for _, verb := range []string{"create", "update", "patch", "delete", "deletecollection"} {
		asked := &authorization.SubjectAccessReview{Spec: authorization.SubjectAccessReviewSpec{
			User: operatorAccount, Groups: []string{"system:serviceaccounts", "system:serviceaccounts:" + operatorNamespace, "system:authenticated"},
			ResourceAttributes: &authorization.ResourceAttributes{Namespace: namespace, Verb: verb, Group: group, Resource: base, Subresource: sub},
		}}
		Expect(api.Create(ctx, asked)).To(Succeed())
		if asked.Status.Allowed {
			verbs = append(verbs, verb)
		}
	}
	return verbs
}
