package model

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/weft-mesh/weft/internal/snapshot"
)

// Build says what a snapshot means. Equal clusters give equal models, whatever the order of the snapshot's lists.
func Build(s snapshot.Snapshot) *Model {
	b := &builder{index: newIndex(s), model: &Model{}}
	b.model.Mesh = settings(s, b.namespaces())
	b.issuers()
	b.services()
	b.catch()
	b.splits()
	b.limits()
	b.routes()
	b.noteRoutes()
	b.workloads()
	b.access()
	b.model.Findings = SortedFindings(b.model.Findings)
	return b.model
}

// builder fills the model step by step; each step reads what the steps before have made.
type builder struct {
	*index
	model   *Model
	members map[Key][]*corev1.Pod // of each workload
}

// Service finds a Service of the mesh.
func (m *Model) Service(key Key) (*Service, bool) {
	at, found := slices.BinarySearchFunc(m.Services, key, func(s Service, k Key) int { return compareKeys(s.Key, k) })
	if !found {
		return nil, false
	}
	return &m.Services[at], true
}

// Port finds a port of a Service.
func (s *Service) Port(number uint16) (*Port, bool) {
	at := slices.IndexFunc(s.Ports, func(p Port) bool { return p.Number == number })
	if at < 0 {
		return nil, false
	}
	return &s.Ports[at], true
}
