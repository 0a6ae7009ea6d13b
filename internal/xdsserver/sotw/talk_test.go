package sotw_test

import (
	"fmt"
	"slices"
	"testing"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/google/go-cmp/cmp"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/weft-mesh/weft/internal/translate/xds"
	"github.com/weft-mesh/weft/internal/xdsserver/sotw"
)

// says requests names and returns the differences in short: +NAME for a subscription, -NAME for one that ended.
func says(t *testing.T, talk *sotw.Talk, url, nonce, fault string, names ...string) string {
	t.Helper()
	r := &discovery.DiscoveryRequest{TypeUrl: url, ResponseNonce: nonce, ResourceNames: names}
	if fault != "" {
		r.ErrorDetail = &rpc.Status{Message: fault}
	}
	d := talk.Request(r)
	if d == nil {
		return "stale"
	}
	changes := []string{}
	for _, name := range d.GetResourceNamesSubscribe() {
		changes = append(changes, "+"+name)
	}
	for _, name := range d.GetResourceNamesUnsubscribe() {
		changes = append(changes, "-"+name)
	}
	return fmt.Sprint(changes, d.GetResponseNonce(), d.GetErrorDetail().GetMessage())
}

// gets sends a delta response and returns what the client gets. The body of a resource is its name and version.
func gets(talk *sotw.Talk, url, nonce string, resources []string, removed ...string) (content []string, version string) {
	d := &discovery.DeltaDiscoveryResponse{TypeUrl: url, Nonce: nonce, RemovedResources: removed}
	for _, r := range resources {
		d.Resources = append(d.Resources, &discovery.Resource{Name: r[:1], Version: r[1:], Resource: &anypb.Any{Value: []byte(r)}})
	}
	w := talk.Response(d)
	content = []string{}
	for _, body := range w.GetResources() {
		content = append(content, string(body.GetValue()))
	}
	return content, w.GetVersionInfo()
}

func equal(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
}

func TestListsBecomeDifferences(t *testing.T) {
	for reason, c := range map[string]struct {
		url   string
		lists [][]string
		want  []string
	}{
		"no names are all":                    {xds.ClusterType, [][]string{nil, nil}, []string{"[+*]", "[]"}},
		"until one was named":                 {xds.ListenerType, [][]string{nil, {"a"}, nil}, []string{"[+*]", "[+a -*]", "[-a]"}},
		"or named at first":                   {xds.ClusterType, [][]string{{"a"}, nil}, []string{"[+a]", "[-a]"}},
		"the star is a name":                  {xds.ClusterType, [][]string{{"*", "a"}, {"a"}, {"*"}}, []string{"[+* +a]", "[-*]", "[+* -a]"}},
		"no names are none of other types":    {xds.RouteType, [][]string{nil, {"b", "a"}, {"b", "c"}}, []string{"[]", "[+a +b]", "[+c -a]"}},
		"a name that comes twice counts once": {xds.EndpointType, [][]string{{"a", "a"}, {"a"}}, []string{"[+a]", "[]"}},
	} {
		t.Run(reason, func(t *testing.T) {
			talk := sotw.NewTalk()
			for i, names := range c.lists {
				equal(t, says(t, talk, c.url, "", "", names...), c.want[i])
			}
		})
	}
}

func TestClustersComeAllTogether(t *testing.T) {
	talk := sotw.NewTalk()
	says(t, talk, xds.ClusterType, "", "")
	got, first := gets(talk, xds.ClusterType, "1", []string{"b1", "a1"})
	equal(t, got, []string{"a1", "b1"})
	equal(t, says(t, talk, xds.ClusterType, "1", ""), "[]1")
	got, second := gets(talk, xds.ClusterType, "2", []string{"c1"})
	equal(t, got, []string{"a1", "b1", "c1"})
	equal(t, says(t, talk, xds.ClusterType, "2", ""), "[]2")
	got, third := gets(talk, xds.ClusterType, "3", nil, "c")
	equal(t, got, []string{"a1", "b1"})
	if first == second || first != third {
		t.Errorf("versions %s, %s and %s", first, second, third)
	}
}

func TestRoutesComeAsTheyChange(t *testing.T) {
	talk := sotw.NewTalk()
	says(t, talk, xds.RouteType, "", "", "a", "b")
	got, first := gets(talk, xds.RouteType, "1", []string{"a1", "b1"})
	equal(t, got, []string{"a1", "b1"})
	says(t, talk, xds.RouteType, "1", "", "a", "b")
	got, second := gets(talk, xds.RouteType, "2", []string{"b2"})
	equal(t, got, []string{"b2"})
	if first == second {
		t.Error("another content, the same version")
	}
}

func TestRefusedVersionsDoNotCount(t *testing.T) {
	talk := sotw.NewTalk()
	says(t, talk, xds.ClusterType, "", "")
	gets(talk, xds.ClusterType, "1", []string{"a1", "b1"})
	says(t, talk, xds.ClusterType, "1", "")
	gets(talk, xds.ClusterType, "2", []string{"a2", "c1"})
	equal(t, says(t, talk, xds.ClusterType, "2", "a: no"), "[]2a: no")
	got, _ := gets(talk, xds.ClusterType, "3", []string{"c1"})
	equal(t, got, []string{"a1", "b1", "c1"})
}

func TestStaleRequests(t *testing.T) {
	talk := sotw.NewTalk()
	equal(t, says(t, talk, xds.ClusterType, "of a stream before", "", "a"), "[+a]")
	gets(talk, xds.ClusterType, "1", []string{"a1"})
	equal(t, says(t, talk, xds.ClusterType, "", "", "a", "b"), "[+b]") // sent before the client had anything: it says what it wants
	equal(t, says(t, talk, xds.ClusterType, "1", "", "a", "b"), "[]1")
	gets(talk, xds.ClusterType, "2", []string{"b1"})
	equal(t, says(t, talk, xds.ClusterType, "1", "", "a"), "stale")
	equal(t, says(t, talk, xds.ClusterType, "2", "", "a"), "[-b]2")
	equal(t, says(t, talk, xds.ClusterType, "2", "", "a"), "[]") // it was answered
	equal(t, says(t, talk, xds.SecretType, "", "", "identity"), "stale")
}

// What was let go while it was under way is not sent, and not kept.
func TestLetGoUnderWay(t *testing.T) {
	talk := sotw.NewTalk()
	says(t, talk, xds.ClusterType, "", "", "a", "b")
	says(t, talk, xds.ClusterType, "", "", "a")
	got, _ := gets(talk, xds.ClusterType, "1", []string{"a1", "b1"})
	equal(t, got, []string{"a1"})
	says(t, talk, xds.ClusterType, "1", "", "a", "c")
	got, _ = gets(talk, xds.ClusterType, "2", []string{"c1"})
	equal(t, got, []string{"a1", "c1"})
	says(t, talk, xds.ClusterType, "", "", "c")
	says(t, talk, xds.ClusterType, "2", "", "c")
	got, _ = gets(talk, xds.ClusterType, "3", nil)
	equal(t, slices.Contains(got, "a1"), false)
}

// Only of endpoints can it be said that there are none: a cluster may wait for them.
func TestWhatIsGoneOfOtherTypes(t *testing.T) {
	for url, want := range map[string][]string{xds.EndpointType: {"\n\x01a"}, xds.RouteType: {}, xds.FilterType: {}} {
		talk := sotw.NewTalk()
		says(t, talk, url, "", "", "a")
		got, _ := gets(talk, url, "1", nil, "a", "b")
		equal(t, got, want)
	}
}
