package envoy

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// TestAVersionUnderAnotherAccountOnTheWire has a new version that runs as another account. At weight 0 all callers demand
// that account of its pods, so that the first percent finds them; no request fails at any weight. A pod that presents
// another account than the API server says gets none of the requests of its share [D26].
func TestAVersionUnderAnotherAccountOnTheWire(t *testing.T) {
	for _, c := range []struct{ name, presents, second string }{
		{"its own account", "new", "v2"},
		{"the account of the old version", "old", "503"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWire(t)
			w.secured(t, "127.3.4.1", "v1-0", "old")
			w.secured(t, "127.3.4.2", "v2-0", c.presents)
			s := w.versions(0, 0)
			s.Pods = append(s.Pods, member("v1", "old", "127.3.4.1"))
			w.publish(t, s)
			if got := w.count(t, 200, always(modeltest.Request{})); got["v1"] != 200 {
				t.Fatalf("before: %v", got)
			}
			s.Pods = append(slices.Clone(s.Pods), member("v2", "new", "127.3.4.2"))
			s.Canaries = []*v1alpha1.Canary{modeltest.CanaryAt("front", 0)}
			for _, weight := range []int32{0, 1, 50, 100} {
				s.Canaries[0].Status.Weight.Desired = weight
				w.publish(t, s)
				if weight == 0 {
					w.knows(t, "new")
				}
				const requests = 2000
				got := w.count(t, requests, always(modeltest.Request{}))
				if !plausible(got[c.second], requests, float64(weight)/100) || got["v1"]+got[c.second] != requests {
					t.Errorf("at %d%%: %v, want the rest from %s", weight, got, c.second)
				}
			}
		})
	}
}

// knows says that the Envoy has acknowledged a cluster of the new version that demands the account.
func (w *wire) knows(t *testing.T, account string) {
	t.Helper()
	r := w.latest.Sets[model.Key{Namespace: "shop", Name: callerName}].Resource(xds.ID{TypeURL: xds.ClusterType, Name: "shop/front/80/version=v2"})
	if r == nil || !slices.Contains(r.Accounts, "shop/"+account) {
		t.Errorf("the callers' cluster %+v does not know the account %s", r, account)
	}
}

// member is a pod of front in the mesh.
func member(version, account, ip string) *corev1.Pod {
	pod := modeltest.Pod("shop", version+"-0", map[string]string{"app": "front", "version": version, v1alpha1.LabelWorkload: "front-" + version}, 1)
	pod.Spec.ServiceAccountName, pod.Status.PodIP = account, ip
	return pod
}

// secured serves as a pod with the certificate of an account.
func (w *wire) secured(t *testing.T, ip, name, account string) {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(ip, strconv.Itoa(w.port)))
	if err != nil {
		t.Fatal(err)
	}
	own := certificate(t, issue(t, w.authority, account, time.Now()))
	config := &tls.Config{Certificates: []tls.Certificate{*own}, ClientAuth: tls.RequireAnyClientCert, NextProtos: []string{"http/1.1"}}
	server := &http.Server{Handler: w.pod(name), ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = server.Serve(tls.NewListener(l, config)) }()
	t.Cleanup(func() { _ = server.Close() })
}
