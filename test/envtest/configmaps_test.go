package envtest

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/fields"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// The cache of the operator lists the roots of all namespaces but its own, and all ConfigMaps of its own. Other people's
// ConfigMaps hold passwords.
var _ = Describe("the operator's account and ConfigMaps", func() {
	list := func(ctx SpecContext, options ...client.ListOption) error {
		return as(operatorAccount).List(ctx, &corev1.ConfigMapList{}, options...)
	}
	roots := fields.OneTermEqualSelector("metadata.name", v1alpha1.TrustConfigMap)
	elsewhere := fields.OneTermNotEqualSelector("metadata.namespace", operatorNamespace)

	It("may be read as its cache reads them [D11]", func(ctx SpecContext) {
		Expect(list(ctx, client.MatchingFieldsSelector{Selector: fields.AndSelectors(elsewhere, roots)})).To(Succeed())
		Expect(list(ctx, client.InNamespace(operatorNamespace))).To(Succeed())
	})

	It("may not be read otherwise [D11]", func(ctx SpecContext) {
		for _, options := range [][]client.ListOption{
			nil, {client.InNamespace("default")}, {client.MatchingFieldsSelector{Selector: elsewhere}},
			{client.MatchingFieldsSelector{Selector: fields.OneTermEqualSelector("metadata.name", "somebody-else")}},
		} {
			err := list(ctx, options...)
			Expect(apierrors.IsForbidden(err)).To(BeTrue(), "%v: %v", options, err)
		}
	})

	It("may be changed and deleted in its own namespace only [D11]", func(ctx SpecContext) {
		Expect(granted(ctx, operatorNamespace)).To(ContainElement("configmaps: create patch delete"))
		Expect(granted(ctx, "default")).To(ContainElement("configmaps: create"))
	})
})
