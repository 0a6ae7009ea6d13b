package policy_test

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/policy"
)

const home = "shop"

// world is one namespace: workloads with their proxies and NetworkPolicies, Policies, and replicas of an operator that
// lag behind what is stored. Every choice is taken from choose, so that both a property and a fixed seed can drive it.
type world struct {
	choose    func(n int) int
	workloads []*workload
	policies  []*tracked
	past      []*tracked // Policies that are gone; a proxy that was not waited for may still enforce them
	replicas  int
	now       time.Time
	made      int
	wrong     string // the first broken promise inside of a move
	// next and the flags are for breaking the mechanism on purpose.
	next      func(policy.Input) policy.Decision
	blindAcks bool
	blindLag  bool
	blindNet  bool
}

type workload struct {
	name    string
	labels  map[string]string
	proxies []*proxy
	// network is what the stored NetworkPolicy of the workload was made from, by Policy.
	network map[types.UID]*v1alpha1.NetworkAccess
}

type proxy struct {
	pod model.ProxyPod
	// applied is the oldest state of each Policy that the proxy may enforce, as an index into its history.
	applied map[types.UID]int
	// reported is what the leader has heard.
	reported ack.Report
}

// tracked is a Policy with all states of it that were ever sent.
type tracked struct {
	object  *v1alpha1.Policy
	history []sent
	seen    []int // by replica: how much of the history it has got
}

type sent struct {
	sequence int64
	envoy    *v1alpha1.EnforcedAccess
	depends  v1alpha1.PolicyStatus
}

func newWorld(choose func(int) int) *world {
	w := &world{choose: choose, replicas: 2, now: time.Unix(1e9, 0), next: policy.Next}
	for i, labels := range []map[string]string{{"app": "a"}, {"app": "a", "tier": "x"}, {"app": "b", "tier": "x"}} {
		w.workloads = append(w.workloads, &workload{name: fmt.Sprintf("w%d", i), labels: labels, network: map[types.UID]*v1alpha1.NetworkAccess{}})
		w.addProxy(w.workloads[i])
	}
	return w
}

func (w *world) addProxy(to *workload) {
	w.made++
	name := fmt.Sprintf("%s-%d", to.name, w.made)
	p := &proxy{pod: model.ProxyPod{Key: model.Key{Namespace: home, Name: name}, UID: name}, applied: map[types.UID]int{}}
	to.proxies = append(to.proxies, p)
	w.connect(p)
}

// connect gives a proxy what a replica has got, which may be older than what it had.
func (w *world) connect(p *proxy) {
	replica := w.choose(w.replicas)
	p.reported = ack.Report{Latest: []map[string]string{{}}}
	for _, t := range w.all() {
		if got, known := p.applied[t.object.UID]; !known || t.seen[replica] < got {
			p.applied[t.object.UID] = t.seen[replica]
		}
	}
}

func (w *world) create() {
	w.made++
	uid := types.UID("policy-" + strconv.Itoa(w.made))
	o := &v1alpha1.Policy{ObjectMeta: metav1.ObjectMeta{Namespace: home, Name: string(uid), UID: uid, Generation: 1}}
	o.Finalizers = []string{v1alpha1.Finalizer}
	o.Spec = w.spec()
	w.policies = append(w.policies, &tracked{object: o, history: []sent{{}}, seen: make([]int, w.replicas)})
	for _, p := range w.proxies() {
		p.applied[uid] = 0
	}
}

func (w *world) spec() v1alpha1.PolicySpec {
	selectors := []map[string]string{nil, {"app": "a"}, {"app": "b"}, {"tier": "x"}, {"app": "none"}}
	access := &v1alpha1.Access{}
	for range w.choose(3) {
		r := v1alpha1.AccessRule{From: []v1alpha1.Peer{w.peer()}}
		if w.choose(2) == 0 {
			r.From = append(r.From, w.peer())
		}
		if w.choose(3) > 0 {
			r.Ports = []int32{[]int32{80, 81}[w.choose(2)]}
		}
		access.Allow = append(access.Allow, r)
	}
	return v1alpha1.PolicySpec{Selector: v1alpha1.PodSelector{MatchLabels: selectors[w.choose(len(selectors))]}, Access: access}
}

func (w *world) peer() v1alpha1.Peer {
	return v1alpha1.Peer{ServiceAccount: &v1alpha1.ServiceAccountPeer{
		Name: []string{"cart", "web"}[w.choose(2)], Namespace: []string{"", "edge"}[w.choose(2)]}}
}

func (w *world) edit(t *tracked) {
	t.object.Generation++
	t.object.Spec = w.spec()
}

func (w *world) remove(t *tracked) {
	if t.object.DeletionTimestamp == nil {
		t.object.DeletionTimestamp = &metav1.Time{Time: w.now}
		t.object.Generation++
	}
}

func (w *world) writeNetwork(to *workload) {
	clear(to.network)
	for _, t := range w.policies {
		to.network[t.object.UID] = t.object.Status.Network.DeepCopy()
	}
}

// deliver lets a proxy apply what its replica has got. The acknowledgement may be lost.
func (w *world) deliver(p *proxy, of *workload, t *tracked, lost bool) {
	replica := w.choose(w.replicas)
	p.applied[t.object.UID] = max(p.applied[t.object.UID], t.seen[replica])
	at := t.history[p.applied[t.object.UID]]
	if !lost && depends(at.depends, of.labels) {
		p.reported.Latest[0][string(t.object.UID)] = strconv.FormatInt(at.sequence, 10)
	}
}

// depends says whether pods with these labels carry the stamp of a Policy.
func depends(s v1alpha1.PolicyStatus, labels map[string]string) bool {
	if s.Envoy != nil && selects(s.Envoy.Selector, labels) {
		return true
	}
	return s.Network != nil && slices.ContainsFunc(s.Network.Accepts, func(a v1alpha1.EnforcedAccess) bool {
		return selects(a.Selector, labels)
	})
}
