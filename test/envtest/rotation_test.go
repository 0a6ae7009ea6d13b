package envtest

import (
	"context"
	"fmt"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/webhook"
	"github.com/weft-mesh/weft/webhook/certificate"
)

var _ = Describe("the webhook's certificate", Ordered, ContinueOnFailure, func() {
	const shop = "rotation"

	BeforeAll(func(ctx SpecContext) { namespace(ctx, shop, joined) })

	// The API server has a clock of its own, so the steps lie in the days before now: what each of them makes is valid
	// now. A leaf is valid for 7 days and renewed after half of that; a CA is followed after two thirds of a year.
	It("is replaced, with its CA, while pods come in, and none is refused [B07]", func(ctx SpecContext) {
		server := newInjector()
		now := time.Now()
		due := now.Add(-time.Hour) // of the next CA
		data, _, err := certificate.Next(nil, webhookNames, due.Add(-certificate.CALifetime*2/3), false)
		Expect(err).NotTo(HaveOccurred())

		DeferCleanup(uninstall, shop)
		var pods stream
		var served, bundles []string
		for n, step := range []struct {
			what       string
			at         time.Time
			leaf, set  bool // what changes
			everywhere bool // every replica serves what is stored
		}{
			{"first leaf that is valid now", now.Add(-4 * 24 * time.Hour), true, true, true},
			{"leaf renewed", now.Add(-6 * time.Hour), true, false, true},
			{"new CA joins", due, false, true, true},
			{"new CA waits", due.Add(certificate.Margin - time.Second), false, false, true},
			{"new CA signs", due.Add(certificate.Margin), true, false, true},
			{"old CA waits for a replica", due.Add(certificate.Margin), false, false, false},
			{"old CA leaves", due.Add(certificate.Margin), false, true, true},
			{"nothing to do", due.Add(certificate.Margin), false, false, true},
		} {
			next, bundle, err := certificate.Next(data, webhookNames, step.at, step.everywhere)
			Expect(err).NotTo(HaveOccurred(), step.what)
			data = next
			leaf, set := certificate.Fingerprint(data), string(bundle)
			if n > 0 {
				Expect(leaf != served[n-1]).To(Equal(step.leaf), "%s: new leaf", step.what)
				Expect(set != bundles[n-1]).To(Equal(step.set), "%s: new set of CAs", step.what)
			}
			served, bundles = append(served, leaf), append(bundles, set)

			// In the operator's order: the replicas may serve a leaf before the set that belongs to it is written.
			path := fmt.Sprintf("%s/%d", webhook.Path, n)
			Expect(server.certificate.SetSecret(data)).To(Succeed())
			if n == 0 {
				server.configure(ctx, bundle, path)
				Eventually(func() bool { return injected(try(ctx, pod(shop, "probe"))) }).Should(BeTrue())
				pods.start(ctx, shop)
				DeferCleanup(pods.stop)
			} else {
				pods.more(5) // with the new leaf and the old set
				server.configure(ctx, bundle, path)
			}
			// The path shows which set the API server uses: here the hours of the fake clock pass.
			Eventually(func() int { return server.count(path) }).Should(BeNumerically(">=", 5), step.what)
			pods.more(5)
		}
		total, refused := pods.stop()
		Expect(refused).To(BeEmpty())
		Expect(total).To(BeNumerically(">", 50))
	})

	It("is refused by the API server when its CA is not in the set: the stream above can fail", func(ctx SpecContext) {
		server := newInjector()
		server.install(ctx, shop)
		stranger, _, err := certificate.Next(nil, webhookNames, time.Now(), false)
		Expect(err).NotTo(HaveOccurred())
		Expect(server.certificate.SetSecret(stranger)).To(Succeed())

		var pods stream
		pods.start(ctx, shop)
		pods.more(5)
		_, refused := pods.stop()
		Expect(len(refused)).To(BeNumerically(">=", 5))
		Expect(apierrors.IsInternalError(refused[0])).To(BeTrue(), "%v", refused[0])
		Expect(refused[0]).To(MatchError(ContainSubstring("x509: certificate signed by unknown authority")))
	})
})

// stream creates pods one after the other, and counts those that came out without a sidecar.
type stream struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
	each   chan struct{} // one for each pod, if somebody waits

	mutex   sync.Mutex
	total   int
	refused []error
}

func (s *stream) start(ctx context.Context, namespace string) {
	ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.each = make(chan struct{})
	s.done.Go(func() {
		for ctx.Err() == nil {
			created := pod(namespace, "stream")
			err := api.Create(ctx, created, client.DryRunAll)
			if ctx.Err() != nil {
				return
			}
			if err == nil && !injected(created, nil) {
				err = fmt.Errorf("pod %s has no sidecar", created.Name)
			}
			s.add(err)
			select {
			case s.each <- struct{}{}:
			default:
			}
		}
	})
}

func (s *stream) add(err error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.total++
	if err != nil {
		s.refused = append(s.refused, err)
	}
}

// more waits for so many pods.
func (s *stream) more(n int) {
	for range n {
		<-s.each
	}
}

// stop may be called again.
func (s *stream) stop() (total int, refused []error) {
	s.cancel()
	s.done.Wait()
	return s.total, s.refused
}
