package crash

import (
	"context"
	"net"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	otlp "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// TestPushedMetric [D24] has a pod of the new version push a gauge. Without it the step is held; from another address nobody
// is heard; within its bound the step may pass, and above it the share goes back.
func TestPushedMetric(t *testing.T) {
	reset(t)
	const address, home, its, strangers = "127.0.53.1", "pushed", "127.0.53.7", "127.0.53.8"
	alone(t, "weft-operator-0", address)
	m := mesh()
	edit(t, m, func() { m.Spec.OTLP = &v1alpha1.OTLPReceiver{} })
	newFront(t, home, address)
	next := &corev1.Pod{}
	if err := api.Get(t.Context(), client.ObjectKey{Namespace: home, Name: "reviews-v2"}, next); err != nil {
		t.Fatal(err)
	}
	run(t, next, its)
	c := canary(home, "reviews")
	ten := resource.MustParse("10")
	c.Spec.Steps = append([]v1alpha1.CanaryStep{{Weight: 20, Duration: &metav1.Duration{}, MinRequests: new(int64)}}, c.Spec.Steps...)
	c.Spec.Analysis = &v1alpha1.CanaryAnalysis{Metrics: []v1alpha1.CanaryMetric{{
		Name: "queue", OTLP: &v1alpha1.OTLPMetric{Value: &v1alpha1.OTLPSeries{Metric: "jobs.waiting"}}, Max: &ten,
		Interval: &metav1.Duration{Duration: 5 * time.Second}, Failures: new(int32(1)),
	}}}
	create(t, c)
	sees := observer(t, c)

	sees("the step to be held", func(g Gomega, s v1alpha1.CanaryStatus) {
		g.Expect(s.Metrics).To(ConsistOf(HaveField("Message", "the pod reviews-v2 has pushed no jobs.waiting in the last 2m0s")), s.Message)
		g.Expect(s.Weight.Desired).To(BeEquivalentTo(20))
	})
	if err := pushGauge(t, strangers, address, 5); err == nil {
		t.Error("an address that no pod has was heard")
	}
	if err := pushGauge(t, its, address, 5); err != nil {
		t.Fatal(err)
	}
	sees("the next step", func(g Gomega, s v1alpha1.CanaryStatus) { g.Expect(s.Weight.Desired).To(BeEquivalentTo(50), s.Message) })
	if err := pushGauge(t, its, address, 11); err != nil {
		t.Fatal(err)
	}
	sees("the share to go back", func(g Gomega, s v1alpha1.CanaryStatus) {
		g.Expect(s.Weight.Desired).To(BeZero(), s.Message)
		g.Expect(s.LastVerdict).To(And(HaveField("Reason", "Metric"), HaveField("Message", "queue: 11, at most 10 is allowed")))
	})
}

// pushGauge sends one number from an address of this machine, as an application does by OTLP.
func pushGauge(t *testing.T, from, to string, value float64) error {
	t.Helper()
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := grpc.NewClient("passthrough:///"+net.JoinHostPort(to, "4317"), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", address)
		}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	point := &otlp.NumberDataPoint{Value: &otlp.NumberDataPoint_AsDouble{AsDouble: value}}
	gauge := &otlp.Metric{Name: "jobs.waiting", Data: &otlp.Metric_Gauge{Gauge: &otlp.Gauge{DataPoints: []*otlp.NumberDataPoint{point}}}}
	in := &otlp.MetricsData{ResourceMetrics: []*otlp.ResourceMetrics{{ScopeMetrics: []*otlp.ScopeMetrics{{Metrics: []*otlp.Metric{gauge}}}}}}
	return conn.Invoke(ctx, "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", in, &emptypb.Empty{})
}
