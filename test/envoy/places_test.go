package envoy

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/internal/model"
)

// TestPodsOfTheSameZoneArePreferred calls from zone one a Service with two pods in each of two zones, which asks for that.
// As long as a pod of zone one takes the call, none of zone two hears of any. Then calls go to zone two, and none is lost.
// A Service that does not ask for it is called everywhere.
func TestPodsOfTheSameZoneArePreferred(t *testing.T) {
	for _, asked := range []bool{true, false} {
		t.Run(fmt.Sprintf("asked %v", asked), func(t *testing.T) {
			var here, there []*pod
			for range 2 {
				here, there = append(here, servingPod(t, answering(http.StatusOK))), append(there, servingPod(t, answering(http.StatusOK)))
			}
			c := newCallerAt(t, model.Place{Region: "r", Zone: "one"}, "http", addresses(append(here, there...))...)
			c.spread(t, asked, "one", "one", "two", "two")
			call := func(requests int) (gotHere, gotThere int) {
				t.Helper()
				before := total(there)
				start := total(here)
				for range requests {
					if got := c.send(t, http.MethodPost, "an order"); got.status != http.StatusOK {
						t.Fatalf("%+v, want 200", got)
					}
				}
				return total(here) - start, total(there) - before
			}
			gotHere, gotThere := call(40)
			if gotHere+gotThere != 40 || gotThere == 0 != asked {
				t.Errorf("%d calls in the same zone, %d elsewhere", gotHere, gotThere)
			}
			for _, p := range here { // they die without a word
				p.close()
				until(t, "end of idle connections", func() bool { return c.of(t, p.ip, "cx_active") == "0" })
			}
			if gotHere, gotThere = call(40); gotThere != 40 {
				t.Errorf("%d calls at dead pods, %d elsewhere", gotHere, gotThere)
			}
		})
	}
}

func total(pods []*pod) (n int) {
	for _, p := range pods {
		n += int(p.got.Load())
	}
	return n
}

// spread says in which zone each pod of the Service is, and whether the Service wants callers to prefer the same one.
func (c *caller) spread(t *testing.T, prefer bool, zones ...string) {
	t.Helper()
	if wish := corev1.ServiceTrafficDistributionPreferSameZone; prefer {
		c.world.Services[0].Spec.TrafficDistribution = &wish
	}
	for i, zone := range zones {
		c.world.Pods[1+i].Spec.NodeName = zone
		c.world.Nodes = append(c.world.Nodes, &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{
			Name: zone, Labels: map[string]string{corev1.LabelTopologyRegion: "r", corev1.LabelTopologyZone: zone},
		}})
	}
	c.publish(t)
	c.settled(t)
	want := map[bool]string{true: "1", false: "0"}[prefer]
	last, _ := netip.ParseAddr(c.world.Pods[len(zones)].Status.PodIP)
	until(t, "a preference", func() bool { return c.of(t, last.AsSlice(), "priority") == want })
}

// of is what Envoy knows of one pod of the Service.
func (c *caller) of(t *testing.T, ip net.IP, what string) string {
	t.Helper()
	response, err := http.Get("http://" + c.admin.String() + "/clusters")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	about := fmt.Sprintf("::%s:%d::%s::", ip, port, what)
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if _, value, is := strings.Cut(lines.Text(), about); is {
			return value
		}
	}
	return ""
}
