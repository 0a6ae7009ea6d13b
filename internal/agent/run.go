package agent

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"sync/atomic"

	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"github.com/weft-mesh/weft/internal/agent/accesslog"
	"github.com/weft-mesh/weft/internal/agent/bootstrap"
	"github.com/weft-mesh/weft/internal/agent/envoy"
	"github.com/weft-mesh/weft/internal/agent/operator"
	"github.com/weft-mesh/weft/internal/agent/secrets"
	"github.com/weft-mesh/weft/internal/protocol/agentv1"
)

// run is one life of an agent.
type run struct {
	config   Config
	conn     *grpc.ClientConn
	ads      *ads
	store    *secrets.Store
	counters *accesslog.Counters
	keeper   *operator.Keeper
	admin    *envoy.Admin
	process  *envoy.Process
	bootID   string
	socket   net.Listener
	health   net.Listener
	stopping atomic.Bool
}

// Run is the agent. When stop ends, it drains and stops Envoy, and returns. All else that makes it return is an error.
func Run(stop context.Context, c Config) error {
	r, err := prepare(c)
	if err != nil {
		return err
	}
	return r.serve(stop)
}

// prepare opens what can fail before anything runs.
func prepare(c Config) (*run, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if !c.Unredirected {
		if err := checkRedirection(c.Directory); err != nil {
			return nil, err
		}
	}
	trust := operator.NewTrust(c.Roots)
	conn, err := operator.Dial(c.Operator, trust)
	if err != nil {
		return nil, err
	}
	store, bootID := secrets.NewStore(), rand.Text()
	r := &run{
		config: c, conn: conn, store: store, bootID: bootID,
		ads:      newADS(discoveryv3.NewAggregatedDiscoveryServiceClient(conn), c.Log),
		counters: accesslog.NewCounters(bootID),
		keeper:   &operator.Keeper{Client: agentv1.NewAgentClient(conn), Trust: trust, Store: store, Log: c.Log},
		admin:    &envoy.Admin{URL: c.AdminURL},
		process:  &envoy.Process{Path: c.Envoy, Bootstrap: c.bootstrap(), Log: c.Log},
	}
	if r.socket, err = listenSocket(c.socket()); err != nil {
		return nil, err
	}
	if r.health, err = net.Listen("tcp", c.Health); err != nil {
		return nil, fmt.Errorf("open the health port: %w", err)
	}
	return r, nil
}

// serve runs all parts. They outlive stop, since draining needs them.
func (r *run) serve(stop context.Context) error {
	defer r.conn.Close()
	ctx, cancel := context.WithCancel(context.WithoutCancel(stop))
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	talk := &operator.Talk{
		Client: r.keeper.Client, Version: r.config.Version, BootID: r.bootID, Counters: r.counters, Store: r.store,
		Keeper: r.keeper, Drain: r.drainOnRequest(ctx), Log: r.config.Log,
	}
	group.Go(func() error {
		return serveSocket(ctx, r.socket, r.ads,
			&secrets.Server{Store: r.store, Log: r.config.Log}, &accesslog.Server{Counters: r.counters})
	})
	group.Go(func() error { return serveHealth(ctx, r.health, r.handler()) })
	group.Go(func() error { return r.keeper.Run(ctx) })
	group.Go(func() error { return talk.Run(ctx) })
	group.Go(func() error { return r.process.Reap(ctx) })
	group.Go(func() error {
		defer cancel()
		return r.proxy(stop, ctx)
	})
	return group.Wait()
}

// proxy runs Envoy from the first identity to the end of the drain. Envoy would wait 15 seconds for a secret, and go on
// without.
func (r *run) proxy(stop, ctx context.Context) error {
	select {
	case <-r.store.Present():
	case <-stop.Done():
		return nil
	case <-ctx.Done():
		return nil
	}
	if err := r.writeBootstrap(); err != nil {
		return err
	}
	if r.config.Envoy == "" {
		select {
		case <-stop.Done():
		case <-ctx.Done():
		}
		return nil
	}
	running, end := context.WithCancel(ctx)
	defer end()
	done := make(chan error, 1)
	go func() { done <- r.process.Run(running) }()
	select {
	case <-stop.Done():
		r.stopping.Store(true)
		r.drain(ctx, "the pod stops")
	case <-ctx.Done():
	}
	end()
	return <-done
}

func (r *run) writeBootstrap() error {
	text, err := bootstrap.Build(bootstrap.Input{
		Namespace: r.config.Namespace, Pod: r.config.Pod, Socket: r.config.socket(),
		Workload: cmp.Or(r.config.Workload, r.config.Pod), // Envoy wants some name
	})
	if err != nil {
		return err
	}
	if err := os.WriteFile(r.config.bootstrap(), text, 0o600); err != nil {
		return fmt.Errorf("write envoy's bootstrap: %w", err)
	}
	return nil
}
