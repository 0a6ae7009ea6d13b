package crash

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/cli"
)

// TestSteeringByHand [D08 D25] gives commands through the plugin to an operator that dies in the pause: nothing is lost, each
// transition has one Event and one count, and no spec is written. A webhook that leads to the operator's own machine is not
// called.
func TestSteeringByHand(t *testing.T) {
	reset(t)
	const name, address, home = "weft-operator-0", "127.0.53.1", "steered"
	o := alone(t, name, address)
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the webhook was called") }))
	t.Cleanup(receiver.Close)

	front := newFront(t, home, address)
	next := &corev1.Pod{}
	if err := api.Get(t.Context(), client.ObjectKey{Namespace: home, Name: "reviews-v2"}, next); err != nil {
		t.Fatal(err)
	}
	run(t, next, "10.9.0.2")
	c := canary(home, "reviews")
	c.Spec.Steps[0].Pause = &v1alpha1.StepPause{}
	c.Spec.Webhooks = []v1alpha1.CanaryWebhook{{Name: "own", URL: receiver.URL, Before: []v1alpha1.WebhookMoment{v1alpha1.WebhookStart}}}
	create(t, c)
	sees := observer(t, c)
	sees("the webhook to be refused", func(g Gomega, s v1alpha1.CanaryStatus) {
		g.Expect(s.Gates).To(ConsistOf(And(
			HaveField("Name", "webhook/own"), HaveField("State", v1alpha1.GateWaiting), HaveField("Message", "the address 127.0.0.1 may not be called"))))
	})
	edit(t, c, func() { c.Spec.Webhooks = nil })
	generation := c.Generation
	sees("the pause of the step", func(g Gomega, s v1alpha1.CanaryStatus) {
		g.Expect(s.Pause).NotTo(BeNil(), s.Message)
		g.Expect(s.Weight).To(HaveField("Desired", int32(50)))
	})
	pause, sequence := c.Status.Pause, c.Status.Position.Sequence
	await(t, "the metrics of the pause", func(g Gomega) {
		text := scrape(g, o)
		g.Expect(text).To(ContainSubstring(`weft_canary_weight{canary="reviews",kind="desired",namespace="steered"} 50`))
		g.Expect(text).To(ContainSubstring(`weft_canary_weight{canary="reviews",kind="acknowledged",namespace="steered"} 50`))
		g.Expect(text).To(ContainSubstring(`weft_canary_paused{canary="reviews",namespace="steered"} 1`))
		g.Expect(counted(text, "Paused")).To(Equal("1"))
		g.Expect(counted(text, "StepStarted")).To(Equal("1"))
	})

	o.kill()
	abandon(t)
	o = start(t, name, address, "")
	t.Cleanup(func() { o.kill() })
	front.proxies[address] = connectProxy(t, front.pods[address], address)
	if said := plugin(t, home, "promote", "reviews", "--revision", "v9"); !strings.Contains(said, "it is about revision") {
		t.Errorf("a command for another revision: %s", said)
	}
	sees("nothing to be lost", func(g Gomega, s v1alpha1.CanaryStatus) {
		g.Expect(s.Pause).To(Equal(pause))
		g.Expect(s.Position.Sequence).To(Equal(sequence))
		g.Expect(s.LastCommand).To(And(HaveField("Actor", "operator"), HaveField("Revision", "v9")))
	})
	if said := plugin(t, home, "resume", "reviews"); !strings.Contains(said, "carried out") {
		t.Errorf("resume: %s", said)
	}
	sees("the promotion", func(g Gomega, s v1alpha1.CanaryStatus) { g.Expect(s.Promoted).To(Equal("v2"), s.Message) })
	if c.Generation != generation {
		t.Errorf("the spec was written: generation %d became %d", generation, c.Generation)
	}
	await(t, "one Event and one count of each transition", func(g Gomega) {
		text := scrape(g, o)
		events := &corev1.EventList{}
		g.Expect(api.List(t.Context(), events, client.InNamespace(home))).To(Succeed())
		of := map[string]int{}
		for _, e := range events.Items {
			of[e.Reason]++
		}
		for _, reason := range []string{"RevisionDetected", "WebhookHold", "StepStarted", "Paused", "CommandRefused", "Resumed", "StepPassed", "PromotionStarted", "Promoted"} {
			g.Expect(of[reason]).To(Equal(1), reason)
		}
		for _, reason := range []string{"CommandRefused", "Resumed", "StepPassed", "PromotionStarted", "Promoted"} {
			g.Expect(counted(text, reason)).To(Equal("1"), reason)
		}
	})
}

// plugin gives a command as a person does, and returns what it says.
func plugin(t *testing.T, home string, arguments ...string) string {
	t.Helper()
	var out bytes.Buffer
	arguments = append([]string{"--kubeconfig", kubeconfig, "-n", home, "canary"}, append(arguments, "--timeout", patience.String())...)
	cli.Run(t.Context(), cli.Real(), arguments, strings.NewReader(""), &out, &out)
	return out.String()
}

func scrape(g Gomega, o *operator) string {
	answer, err := (&http.Client{Timeout: 5 * time.Second}).Get("http://" + o.metrics + "/metrics")
	g.Expect(err).NotTo(HaveOccurred())
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	g.Expect(err).NotTo(HaveOccurred())
	return string(text)
}

// counted is how often a reason was counted, as text; empty: never.
func counted(metrics, reason string) string {
	_, after, _ := strings.Cut(metrics, `weft_canary_transitions_total{canary="reviews",namespace="steered",reason="`+reason+`"} `)
	count, _, _ := strings.Cut(after, "\n")
	return count
}
