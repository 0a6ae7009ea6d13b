package envoy

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// focused has a Canary of front with this much of what fits the match.
func (w *wire) focused(weight int32, match ...v1alpha1.RequestMatch) snapshot.Snapshot {
	s := w.versions(1, 1)
	s.Canaries = []*v1alpha1.Canary{modeltest.CanaryAt("front", weight)}
	s.Canaries[0].Status.Run.Match = match
	return s
}

// previewed gives all that fits the match to the new version, and nothing else.
func (w *wire) previewed(match ...v1alpha1.RequestMatch) snapshot.Snapshot {
	s := w.focused(0)
	s.Canaries[0].Status.Run.Preview, s.Canaries[0].Status.Weight.Preview = match, true
	return s
}

func always(r modeltest.Request) func(int) modeltest.Request {
	return func(int) modeltest.Request { return r }
}

func by(name, value string) modeltest.Request {
	return modeltest.Request{Headers: [][2]string{{name, value}}}
}

// TestEveryKindOfMatchOnTheWire shows requests of each kind to an Envoy: those that fit meet the new version, those that
// look alike do not [D07].
func TestEveryKindOfMatchOnTheWire(t *testing.T) {
	w := newWire(t)
	for _, c := range modeltest.FocusCases() {
		w.publish(t, w.previewed(c.Match))
		for want, requests := range map[string][]modeltest.Request{"v2": c.In, "v1": c.Out} {
			for _, r := range requests {
				if got := w.count(t, 20, always(r)); got[want] != 20 {
					t.Errorf("%s: %+v is answered by %v, want %s", c.Name, r, got, want)
				}
			}
		}
	}
}

// TestNamedUsersOnTheWire sends named users to the new version, all of their requests and none of the others', by a header
// and by a cookie [D06].
func TestNamedUsersOnTheWire(t *testing.T) {
	w := newWire(t)
	const users = `user-(1|2|3)@example\.com`
	w.publish(t, w.previewed(
		v1alpha1.RequestMatch{Headers: []v1alpha1.NamedMatch{{Name: "x-user", Regex: users}}},
		v1alpha1.RequestMatch{Cookies: []v1alpha1.NamedMatch{{Name: "user", Regex: users}}}))
	for name, value := range map[string]string{"X-User": "%s", "Cookie": "a=b; user=%s; c=d"} {
		named := w.count(t, 1000, func(i int) modeltest.Request { return by(name, fmt.Sprintf(value, userName(1+i%3))) })
		others := w.count(t, 1000, func(i int) modeltest.Request { return by(name, fmt.Sprintf(value, userName(4+i))) })
		if named["v2"] != 1000 || others["v1"] != 1000 {
			t.Errorf("by %s: named users meet %v, others %v", name, named, others)
		}
	}
}

// TestHalfOfACompanysUsersOnTheWire gives half of the requests with an address of one company in a cookie to the new
// version, and none of the others, whatever is beside the cookie [D20].
func TestHalfOfACompanysUsersOnTheWire(t *testing.T) {
	w := newWire(t)
	w.publish(t, w.focused(50, v1alpha1.RequestMatch{Cookies: []v1alpha1.NamedMatch{{Name: "user", Regex: `[^@]+@some-company-name\.com`}}}))
	inside := []string{"user=%s@some-company-name.com", "theme=dark; user=%s@some-company-name.com", "user=%s@some-company-name.com; theme=dark; n=1"}
	outside := []string{
		"user=%s@x-some-company-name.com.evil", "user=%s@some-company-name.com.evil", "user=%s@evil.com; note=a@some-company-name.com",
		"superuser=%s@some-company-name.com", "theme=%s",
	}
	const requests = 3000
	got := w.count(t, requests, func(i int) modeltest.Request {
		return by("Cookie", fmt.Sprintf(inside[i%len(inside)], fmt.Sprint("u", i)))
	})
	if !plausible(got["v2"], requests, .5) || got["v1"]+got["v2"] != requests {
		t.Errorf("the company's users meet %v, want halves of %d", got, requests)
	}
	if got = w.count(t, requests, func(i int) modeltest.Request {
		return by("Cookie", fmt.Sprintf(outside[i%len(outside)], fmt.Sprint("u", i)))
	}); got["v1"] != requests {
		t.Errorf("others meet %v", got)
	}
}

// TestOthersAreUnaffectedOnTheWire makes requests, upgrades to WebSocket and, in TestGRPCCallsOnTheWire, gRPC calls that
// are outside of the focus. None meets the new version; those inside do, so the focus is in force [D23].
func TestOthersAreUnaffectedOnTheWire(t *testing.T) {
	w := newWire(t)
	w.publish(t, w.focused(99, v1alpha1.RequestMatch{Headers: []v1alpha1.NamedMatch{{Name: "x-user", Exact: "ada"}}}))
	const others = 5000
	if got := w.count(t, others, func(i int) modeltest.Request { return by("X-User", userName(i)) }); got["v1"] != others {
		t.Errorf("others meet %v", got)
	}
	if got := w.count(t, 500, always(by("X-User", "ada"))); !plausible(got["v2"], 500, .99) {
		t.Errorf("who is in the focus meets %v", got)
	}
	upgraded := map[string]int{}
	for i := range 500 {
		upgraded[versionOf(w.upgrade(t, userName(i)))]++
	}
	inside := map[string]int{}
	for range 200 {
		inside[versionOf(w.upgrade(t, "ada"))]++
	}
	if upgraded["v1"] != 500 || !plausible(inside["v2"], 200, .99) || inside["v1"]+inside["v2"] != 200 {
		t.Errorf("WebSockets of others meet %v, of who is in the focus %v", upgraded, inside)
	}
}

// upgrade opens a WebSocket at front and returns the name that is said there.
func (w *wire) upgrade(t *testing.T, user string) string {
	t.Helper()
	conn, err := net.DialTCP("tcp", nil, w.addresses[front])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(conn, "GET /chat HTTP/1.1\r\nHost: front\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-User: %s\r\n\r\n", user); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	answer, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Sprint(answer.StatusCode)
	}
	name, err := in.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(name)
}

// TestCallersOfOneRegionOnTheWire has two callers with the same Canary, in two regions. Only those in the region of the
// focus meet the new version; their zone does not matter [D05].
func TestCallersOfOneRegionOnTheWire(t *testing.T) {
	for _, c := range []struct {
		place model.Place
		share float64
	}{{model.Place{Region: "eu", Zone: "eu-1"}, .5}, {model.Place{Region: "us", Zone: "us-1"}, 0}, {model.Place{}, 0}} {
		t.Run(c.place.Region, func(t *testing.T) {
			w := newWireAt(t, c.place)
			w.publish(t, w.focused(50, v1alpha1.RequestMatch{Region: &v1alpha1.RegionMatch{AnyOf: []string{"eu"}}}))
			const requests = 2000
			got := w.count(t, requests, always(modeltest.Request{}))
			if !plausible(got["v2"], requests, c.share) || got["v1"]+got["v2"] != requests {
				t.Errorf("callers at %+v meet %v", c.place, got)
			}
		})
	}
}

// TestTheFirstMatchWinsOnTheWire has a preview and a focus that both fit, and two Canaries of one Service: the preview comes
// first, the older Canary holds [D21].
func TestTheFirstMatchWinsOnTheWire(t *testing.T) {
	w := newWire(t)
	insider := v1alpha1.RequestMatch{Headers: []v1alpha1.NamedMatch{{Name: "x-insider"}}}
	post := v1alpha1.RequestMatch{Method: &v1alpha1.TextMatch{Exact: http.MethodPost}}
	s := w.focused(30, post, insider)
	c := s.Canaries[0]
	c.Status.Run.Preview, c.Status.Weight.Preview = []v1alpha1.RequestMatch{insider}, true
	younger := modeltest.CanaryAt("front", 100)
	younger.Name, younger.UID = "a-younger-one", "younger"
	younger.CreationTimestamp.Time = time.Unix(100, 0)
	s.Canaries = append(s.Canaries, younger)
	w.publish(t, s)
	if f, found := model.Build(s).FindingFor("Canary", model.Key{Namespace: "shop", Name: "a-younger-one"}); !found || f.Reason != model.ReasonConflict || !strings.Contains(f.Message, "front, which is older") {
		t.Errorf("the younger Canary is told %+v", f)
	}
	const requests = 2000
	both := modeltest.Request{Method: http.MethodPost, Headers: [][2]string{{"X-Insider", "1"}}}
	for name, want := range map[string]struct {
		request modeltest.Request
		share   float64
	}{"in both": {both, 1}, "in the focus": {modeltest.Request{Method: http.MethodPost}, .3}, "in none": {modeltest.Request{}, 0}} {
		if got := w.count(t, requests, always(want.request)); !plausible(got["v2"], requests, want.share) || got["v1"]+got["v2"] != requests {
			t.Errorf("%s: %v, want a share of %v", name, got, want.share)
		}
	}
}
