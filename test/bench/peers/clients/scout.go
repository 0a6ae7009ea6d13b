package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
)

// scout follows clusters and listeners to all other resources, as an Envoy does, until nothing comes any more, and writes
// the names of all.
func scout(address, file string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	conn, err := dial(address)
	if err != nil {
		return err
	}
	defer conn.Close()
	w := who{0, 1}
	stream, err := discovery.NewAggregatedDiscoveryServiceClient(conn).DeltaAggregatedResources(w.introduce(ctx))
	if err != nil {
		return err
	}
	s := &search{stream: stream, wanted: map[string]map[string]bool{}, got: map[string]map[string]bool{}}
	for _, url := range order {
		s.wanted[url], s.got[url] = map[string]bool{}, map[string]bool{}
	}
	if err := errors.Join(
		stream.Send(&discovery.DeltaDiscoveryRequest{Node: w.node(), TypeUrl: clusters}),
		stream.Send(&discovery.DeltaDiscoveryRequest{TypeUrl: listeners}),
	); err != nil {
		return err
	}
	if err := s.run(); err != nil {
		return err
	}
	out := names{}
	for url, got := range s.got {
		out[url] = slices.Sorted(maps.Keys(got))
	}
	return out.write(file)
}

type search struct {
	stream      discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesClient
	wanted, got map[string]map[string]bool
}

// run follows until all that is wanted is there and a second went by without a response.
func (s *search) run() error {
	type heard struct {
		r   *discovery.DeltaDiscoveryResponse
		err error
	}
	in := make(chan heard)
	go func() {
		for {
			r, err := s.stream.Recv()
			in <- heard{r, err}
			if err != nil {
				return
			}
		}
	}()
	late := time.After(patience)
	for {
		select {
		case h := <-in:
			if h.err != nil {
				return h.err
			}
			if err := s.take(h.r); err != nil {
				return err
			}
		case <-time.After(time.Second):
			if len(s.got[clusters]) > 0 && len(s.got[listeners]) > 0 && s.open() == 0 {
				return nil
			}
		case <-late:
			return fmt.Errorf("%d resources did not come", s.open())
		}
	}
}

func (s *search) open() (count int) {
	for url, wanted := range s.wanted {
		for name := range wanted {
			if !s.got[url][name] {
				count++
			}
		}
	}
	return count
}

func (s *search) take(r *discovery.DeltaDiscoveryResponse) error {
	url := r.GetTypeUrl()
	for _, item := range r.GetResources() {
		s.got[url][item.GetName()] = true
		var err error
		switch url {
		case clusters:
			err = s.readCluster(item)
		case listeners:
			err = s.readListener(item)
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", item.GetName(), err)
		}
	}
	return s.stream.Send(&discovery.DeltaDiscoveryRequest{TypeUrl: url, ResponseNonce: r.GetNonce()})
}

func (s *search) want(url, name string) error {
	if name == "" || s.wanted[url][name] {
		return nil
	}
	s.wanted[url][name] = true
	return s.stream.Send(&discovery.DeltaDiscoveryRequest{TypeUrl: url, ResourceNamesSubscribe: []string{name}})
}

func (s *search) readCluster(item *discovery.Resource) error {
	c := &cluster.Cluster{}
	if err := item.GetResource().UnmarshalTo(c); err != nil {
		return err
	}
	if c.GetType() != cluster.Cluster_EDS {
		return nil
	}
	if name := c.GetEdsClusterConfig().GetServiceName(); name != "" {
		return s.want(endpoints, name)
	}
	return s.want(endpoints, c.GetName())
}

func (s *search) readListener(item *discovery.Resource) error {
	l := &listener.Listener{}
	if err := item.GetResource().UnmarshalTo(l); err != nil {
		return err
	}
	for _, chain := range append(l.GetFilterChains(), l.GetDefaultFilterChain()) {
		for _, filter := range chain.GetFilters() {
			manager := &hcm.HttpConnectionManager{}
			if !filter.GetTypedConfig().MessageIs(manager) {
				continue
			}
			if err := filter.GetTypedConfig().UnmarshalTo(manager); err != nil {
				return err
			}
			if err := s.want(routes, manager.GetRds().GetRouteConfigName()); err != nil {
				return err
			}
			for _, f := range manager.GetHttpFilters() {
				if f.GetConfigDiscovery() == nil {
					continue
				}
				if err := s.want(filters, f.GetName()); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
