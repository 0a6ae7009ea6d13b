package main

import (
	"fmt"

	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/test/xds"

	"github.com/weft-mesh/weft/test/bench/peers/town"
)

// site is Istio's server and the mesh that it was given.
type site struct {
	*xds.FakeDiscoveryServer
	services int
}

// changeEndpoint gives a pod another address, at the place where Istio's registries bring what they see of EndpointSlices.
func (s *site) changeEndpoint(n int) error {
	service := n % town.Routes
	shards, found := s.Env().EndpointIndex.ShardsForService(town.Host(service), town.Team(service))
	if !found {
		return fmt.Errorf("Service %s has no endpoints", town.Host(service))
	}
	shards.RLock()
	keys := shards.Keys()
	if len(keys) != 1 {
		shards.RUnlock()
		return fmt.Errorf("Service %s has endpoints from %d sources, want 1", town.Host(service), len(keys))
	}
	var fresh []*model.IstioEndpoint
	for i, e := range shards.Shards[keys[0]] {
		e = e.DeepCopy()
		if i == 0 {
			e.Addresses = []string{town.FreshAddress(n)}
		}
		fresh = append(fresh, e)
	}
	shards.RUnlock()
	s.Discovery.EDSUpdate(keys[0], town.Host(service), town.Team(service), fresh)
	return nil
}

// changeRoute gives a route another path.
func (s *site) changeRoute(n int) error {
	_, err := s.Store().Update(virtualService(n%town.Routes, town.FreshPath(n)))
	return err
}
