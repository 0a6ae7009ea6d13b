package envtest

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	rbac "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

var _ = Describe("the owner of an application's namespace", Ordered, ContinueOnFailure, func() {
	const team = "team"
	var owner client.Client

	BeforeAll(func(ctx SpecContext) {
		namespace(ctx, team, joined)
		all := []string{"*"}
		role := &rbac.Role{ObjectMeta: metav1.ObjectMeta{Namespace: team, Name: "owner"}, Rules: []rbac.PolicyRule{{APIGroups: all, Resources: all, Verbs: all}}}
		Expect(api.Create(ctx, role)).To(Succeed())
		Expect(api.Create(ctx, &rbac.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: team, Name: "owner"},
			RoleRef:    rbac.RoleRef{APIGroup: rbac.GroupName, Kind: "Role", Name: "owner"},
			Subjects:   []rbac.Subject{{Kind: "ServiceAccount", Namespace: team, Name: "default"}},
		})).To(Succeed())
		owner = as("system:serviceaccount:" + team + ":default")
	})

	DescribeTable("may do all with it, but sets nothing for the whole mesh [B05]",
		func(ctx SpecContext, kind, namespace string, may bool) {
			wanted := object(samples[kind])
			wanted.SetName("tenancy")
			wanted.SetNamespace(namespace)
			create := func() error { return owner.Create(ctx, wanted.DeepCopy(), client.DryRunAll) }
			if may {
				Eventually(create).Should(Succeed(), "the API server has heard of the role")
				return
			}
			err := create()
			Expect(apierrors.IsForbidden(err)).To(BeTrue(), "%v", err)
		},
		Entry("a Policy of its own", "Policy", team, true),
		Entry("a Canary of its own", "Canary", team, true),
		Entry("a Policy for somebody else", "Policy", "default", false),
		Entry("a Policy beside the operator", "Policy", operatorNamespace, false),
		Entry("a Mesh", "Mesh", "", false),
	)
})
