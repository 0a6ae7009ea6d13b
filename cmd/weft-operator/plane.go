package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-logr/logr"
	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	"k8s.io/client-go/kubernetes"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/controllers/canary"
	"github.com/weft-mesh/weft/controllers/certificates"
	"github.com/weft-mesh/weft/controllers/mesh"
	"github.com/weft-mesh/weft/controllers/policy"
	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/agentserver"
	"github.com/weft-mesh/weft/internal/alert"
	"github.com/weft-mesh/weft/internal/apply"
	"github.com/weft-mesh/weft/internal/ca"
	"github.com/weft-mesh/weft/internal/fleet"
	"github.com/weft-mesh/weft/internal/leader"
	"github.com/weft-mesh/weft/internal/observe"
	"github.com/weft-mesh/weft/internal/outbound"
	"github.com/weft-mesh/weft/internal/pushed"
	"github.com/weft-mesh/weft/internal/token"
	"github.com/weft-mesh/weft/internal/xdsserver"
)

// settle is how long bursts of acknowledgements are gathered before a loop looks at them.
const settle = 200 * time.Millisecond

// plane is the control plane of one replica, put together.
type plane struct {
	options  options
	xds      *xdsserver.Server
	agents   *agentserver.Server
	local    *fleet.Local
	pushed   *pushed.Store
	gather   *fleet.Gather
	live     *ca.Live
	hook     *certificates.Webhook
	term     *leader.Term
	optional []*observe.Optional
	hold     observe.Hold
	loops    map[string]*nudge
	mesh     *mesh.Controller
}

func assemble(ctx context.Context, o options, mgr ctrl.Manager, api kubernetes.Interface, live *ca.Live, hook *certificates.Webhook, log *slog.Logger) (*plane, error) {
	p := &plane{
		options: o, live: live, hook: hook, term: &leader.Term{},
		xds: xdsserver.New(logr.FromSlogHandler(log.Handler())),
		loops: map[string]*nudge{
			"mesh": newNudge(), "outputs": newNudge(), "policy": newNudge(), "canary": newNudge(), "certificates": newNudge(), "gates": newNudge(),
		},
	}
	metrics.Registry.MustRegister(p.xds.Collectors()...)
	reader := mgr.GetClient()
	p.hold = observe.Hold{Reader: reader, Now: mgr.GetAPIReader()}
	p.agents = agentserver.New(agentserver.Options{
		Tokens:            token.NewVerifier(v1alpha1.TokenAudience, token.FromAPIServer(api.Discovery().RESTClient()), time.Now),
		Pods:              pods{reader, o.mesh},
		Authority:         live,
		XDS:               p.serveXDS,
		WholeXDS:          p.serveWholeXDS,
		LeafLifetime:      p.leafLifetime,
		OperatorNamespace: o.namespace,
		Replica:           o.pod,
		Version:           o.version(),
		Clock:             time.Now,
		Log:               log,
		Changed:           func() { p.local.Changed() },
		Counted:           func() { p.local.Counted() },
	})
	p.local = fleet.NewLocal(o.pod, p.acks, p.agents.Views)
	p.xds.OnChange(p.local.Changed)
	p.pushed = &pushed.Store{Cluster: senders{reader, o.mesh}, Now: time.Now, Changed: p.local.Counted}
	p.local.SetPushed(p.pushed.View)
	if err := indexAddresses(ctx, mgr.GetFieldIndexer()); err != nil {
		return nil, err
	}
	p.gather = fleet.NewGather(p.local, live.PeerTLS(), log)
	hook.ServedByAll = p.gather.ServedByAll

	cluster := observe.Cluster{Reader: reader, Mesh: o.mesh, Namespace: o.namespace}
	cluster.HTTPRoutes, cluster.GRPCRoutes = p.watched(observe.HTTPRoute, mgr, log), p.watched(observe.GRPCRoute, mgr, log)
	p.optional = []*observe.Optional{cluster.HTTPRoutes, cluster.GRPCRoutes}
	builds := &mesh.World{}
	writer := apply.NewWriter(mgr.GetClient())
	authority := &certificates.CA{Live: live, Changed: p.loops["outputs"].now}
	p.mesh = &mesh.Controller{
		Cluster: cluster,
		XDS:     p.xds, World: builds, Pace: &observe.Pace{}, Metrics: mesh.NewMetrics(metrics.Registry), Held: p.local.SetHeld,
	}
	endpoints := &mesh.Endpoints{Controller: p.mesh, Seen: &observe.Sightings{}}
	homes := mesh.Homes{Reader: reader, Operator: o.namespace}
	counts := canary.NewMetrics(metrics.Registry, reader, p.term)
	canaries := &canary.Controller{
		Reader: reader, Writer: writer, Term: p.term, World: builds, Homes: homes, Fleet: p.gather, Metrics: counts, Hold: p.hold,
		Hooks: &canary.Hooks{
			Poster: outbound.New(outbound.Options{}), Answered: p.loops["canary"].now, Called: counts.Called, Now: time.Now,
		},
		Meter: &canary.Meter{
			Getter: outbound.New(outbound.Options{}), Jobs: &canary.Jobs{Reader: mgr.GetAPIReader(), Writer: writer, Now: time.Now},
			Pushed: p.readPushed, Done: p.loops["canary"].now, Now: time.Now,
		},
		Configs: &canary.Configs{Reader: mgr.GetAPIReader(), Now: time.Now},
		Alerts: &alert.Sender{
			Poster: outbound.New(outbound.Options{Proxy: http.ProxyFromEnvironment}), URL: secret{reader, o.namespace}.text,
			Count: counts.Alerted, Log: log,
		},
	}
	p.term.OnBegin(canaries.Forget)
	p.term.OnBegin(builds.Forget)
	builds.OnBuild(p.loops["outputs"].now)
	builds.OnBuild(throttled(ctx, settle, p.loops["canary"].now))
	builds.OnBuild(throttled(ctx, settle, p.loops["gates"].now))
	builds.OnWrite(p.loops["policy"].now)
	for _, n := range p.loops {
		p.term.OnBegin(n.now)
	}
	joined := pods{reader, o.mesh}.joined
	for _, l := range []loop{
		{name: "mesh", watches: worldObjects(), labelled: []client.Object{nodeMetadata()}, within: joined, note: p.mesh.Pace.Note, run: p.mesh},
		{
			name: "endpoints", watches: []client.Object{&corev1.Pod{}, &discovery.EndpointSlice{}}, within: joined, note: endpoints.Seen.Note,
			requests: itsNamespace, run: endpoints,
		},
		{name: "scope", watches: []client.Object{&corev1.Service{}, &corev1.ConfigMap{}}, within: o.aroundMesh(joined), run: reconcile.Func(p.rebuild)},
		{name: "outputs", watches: outputObjects(), run: &mesh.Outputs{
			Cluster: p.mesh.Cluster, Writer: writer, Term: p.term, Fleet: p.gather, Certificates: authority, World: builds,
		}},
		{name: "policy", of: &v1alpha1.Policy{}, requests: list[v1alpha1.PolicyList](reader), run: &policy.Controller{
			Reader: reader, Writer: writer, Term: p.term, World: builds, Homes: homes, Fleet: p.gather,
		}},
		{name: "canary", of: &v1alpha1.Canary{}, watches: heldObjects(), within: joined, requests: list[v1alpha1.CanaryList](reader), run: canaries},
		{name: "gates", watches: []client.Object{&v1alpha1.Canary{}}, run: &canary.Gates{Reader: reader, Hold: p.hold, Writer: writer, Term: p.term}},
		{name: "certificates", watches: certificateObjects(), run: &certificates.Controller{
			Reader: reader, Writer: writer, Term: p.term, Namespace: o.namespace, Mesh: o.mesh, CA: authority, Webhook: hook,
		}},
	} {
		l.nudge = p.loops[l.name]
		if err := add(mgr, l); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// watched is a kind that the API server may not serve. Its changes build the world again.
func (p *plane) watched(kind observe.Kind, mgr ctrl.Manager, log *slog.Logger) *observe.Optional {
	return observe.NewOptional(kind, mgr.GetCache(), logr.FromSlogHandler(log.Handler()), func(namespace string) {
		p.mesh.Pace.Note(namespace, time.Now())
		p.loops["mesh"].now()
	})
}

// rebuild builds the world again because of something that is not of the mesh.
func (p *plane) rebuild(context.Context, reconcile.Request) (reconcile.Result, error) {
	p.mesh.Pace.Note("", time.Now())
	p.loops["mesh"].now()
	return reconcile.Result{}, nil
}

// list makes one request for each object of a kind.
func list[L any, P interface {
	*L
	client.ObjectList
}](reader client.Reader) func(context.Context, client.Object) []reconcile.Request {
	return func(ctx context.Context, _ client.Object) []reconcile.Request {
		all := P(new(L))
		if reader.List(ctx, all) != nil {
			return nil // the cache is not filled yet; filling it starts the loop
		}
		return requests(all)
	}
}

// serve starts what is not a loop: agents, peers, the campaign for the lease, and what wakes the loops.
func (p *plane) serve(ctx context.Context, all *errgroup.Group, mgr ctrl.Manager, api kubernetes.Interface) {
	// The manager closes this channel when its caches are filled and its loops run: it does no election of its own. The
	// wait of the caches themselves is not for here: it may include an optional kind that can't be listed.
	filled := func(run func() error) {
		all.Go(func() error {
			select {
			case <-mgr.Elected():
				return run()
			case <-ctx.Done():
				return nil
			}
		})
	}
	filled(func() error {
		l, err := listen(ctx, p.options.agents)
		if err != nil {
			return err
		}
		return p.agents.Serve(ctx, l, p.live.AgentTLS())
	})
	filled(func() error {
		l, err := listen(ctx, p.options.peers)
		if err != nil {
			return err
		}
		return p.local.Serve(ctx, l, p.live.PeerTLS())
	})
	filled(func() error {
		l, err := listen(ctx, p.options.otlp)
		if err != nil {
			return err
		}
		return p.pushed.Serve(ctx, l)
	})
	for _, kind := range p.optional {
		filled(func() error { return kind.Start(ctx) })
	}
	all.Go(func() error { return p.watchPods(ctx, mgr) })
	all.Go(func() error { p.followFleet(ctx); return nil })
	// A replica that can't see the cluster must not keep others from leading.
	filled(func() error {
		return leader.Run(ctx, leader.Options{
			Client: api, Namespace: p.options.namespace, Name: lease, Identity: p.options.pod, Lead: p.lead,
		})
	})
}

// lead gathers what all replicas know while the loops write.
func (p *plane) lead(ctx context.Context) {
	gathering := make(chan struct{})
	go func() {
		defer close(gathering)
		p.gather.Run(ctx)
	}()
	p.term.Lead(ctx)
	<-gathering
}

// followFleet wakes the loops when proxies have acknowledged something or counted outcomes.
func (p *plane) followFleet(ctx context.Context) {
	policies := throttled(ctx, settle, p.loops["policy"].now)
	canaries := throttled(ctx, settle, p.loops["canary"].now)
	status := throttled(ctx, time.Second, p.loops["outputs"].now)
	for {
		changed := p.gather.Changed()
		policies()
		canaries()
		status()
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

func (p *plane) serveXDS(proxy agentserver.Proxy, stream agentserver.Stream) error {
	return p.xds.Serve(xdsserver.Proxy(proxy), stream)
}

func (p *plane) serveWholeXDS(proxy agentserver.Proxy, stream agentserver.WholeStream) error {
	return p.xds.ServeWhole(xdsserver.Proxy(proxy), stream)
}

// acks are the reports of connected proxies by the UID of their pod.
func (p *plane) acks() map[string]ack.Report {
	out := map[string]ack.Report{}
	for _, r := range p.xds.Reports() {
		out[r.Proxy.UID] = r.Report
	}
	return out
}

func (p *plane) leafLifetime() time.Duration {
	if s := p.mesh.World.State(); s != nil {
		return s.Model.Mesh.LeafLifetime
	}
	return time.Hour
}

// checks says when this replica is of use: the API server can ask it about pods, and it knows what proxies are to get.
// Without a Mesh there is nothing to know.
func (p *plane) checks(mgr ctrl.Manager) error {
	webhook := func(*http.Request) error {
		if p.hook.Server.Serving() == "" {
			return errors.New("the webhook has no certificate yet")
		}
		return nil
	}
	world := func(*http.Request) error {
		if !p.mesh.World.Known() {
			return errors.New("the mesh was not built yet")
		}
		return nil
	}
	return errors.Join(
		mgr.AddHealthzCheck("alive", func(*http.Request) error { return nil }),
		mgr.AddReadyzCheck("webhook", webhook),
		mgr.AddReadyzCheck("mesh", world),
	)
}

// isReplica says whether a pod is a replica of this operator.
func (p *plane) isReplica(pod *corev1.Pod) bool {
	return pod.Namespace == p.options.namespace && pod.Labels["app.kubernetes.io/name"] == serviceName
}
