package envtest

import (
	"context"

	"github.com/go-logr/logr"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/cache"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/observe"
)

var _ = Describe("what a replica sees first", func() {
	It("has the routes, for it waits until it knows that they are served", func(ctx SpecContext) {
		mesh := &v1alpha1.Mesh{Spec: v1alpha1.MeshSpec{MTLS: v1alpha1.MTLS{Mode: v1alpha1.MTLSStrict}}}
		mesh.Name = "default"
		if err := api.Create(ctx, mesh); !apierrors.IsAlreadyExists(err) {
			Expect(err).NotTo(HaveOccurred())
			DeferCleanup(api.Delete, mesh)
		}
		const home = "routed"
		namespace(ctx, home, map[string]string{v1alpha1.LabelMesh: mesh.Name})
		route := split("first", 1)
		route.Namespace = home
		Expect(api.Create(ctx, route)).To(Succeed())
		DeferCleanup(api.Delete, route)

		running, stop := context.WithCancel(ctx)
		defer stop()
		objects, err := cache.New(config, cache.Options{Scheme: scheme})
		Expect(err).NotTo(HaveOccurred())
		go func() { _ = objects.Start(running) }()
		Expect(objects.WaitForCacheSync(ctx)).To(BeTrue())

		optional := observe.NewOptional(observe.HTTPRoute, objects, logr.Discard(), func(string) {})
		calls := observe.NewOptional(observe.GRPCRoute, objects, logr.Discard(), func(string) {})
		late, end := context.WithCancel(ctx)
		end()
		_, err = optional.Served(late)
		Expect(err).To(MatchError(context.Canceled))

		for _, kind := range []*observe.Optional{optional, calls} {
			go func() { _ = kind.Start(running) }()
		}
		cluster := observe.Cluster{Reader: objects, Mesh: mesh.Name, Namespace: operatorNamespace, HTTPRoutes: optional, GRPCRoutes: calls}
		s, found, err := cluster.Snapshot(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(found).To(BeTrue())
		Expect(s.Missing).To(BeEmpty())
		Expect(s.Routes).To(ContainElement(HaveField("ObjectMeta.Name", "first")))
	})
})
