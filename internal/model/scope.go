package model

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// DefaultScopeBudget is up to how many Services of a mesh every proxy gets all of them.
const DefaultScopeBudget = 300

// Scope is which Services of its mesh a proxy gets beforehand. It gets another one when it calls it. A Scope never
// changes once it is made.
type Scope struct {
	// Whole says that it gets all of them; then Needs is empty.
	Whole bool
	// Needs are sorted by Service. Each has the first reason that applies.
	Needs []Need
}

// Need is a Service that is in a scope, and why.
type Need struct {
	Service Key
	Why     Why
}

// Why a Service is in a scope.
type Why string

// Reasons, in the order in which they are looked at.
const (
	WhyNamespace Why = "namespace" // it is in the workload's namespace
	WhyPolicy    Why = "policy"    // a Policy lets the workload's account call it
	WhyCalled    Why = "called"    // the workload has called it before
	WhyRoute     Why = "route"     // a route of another one in the scope leads to it
)

// Has says whether a Service is in the scope. A nil Scope has nothing.
func (s *Scope) Has(service Key) bool {
	if s == nil {
		return false
	}
	_, has := slices.BinarySearchFunc(s.Needs, service, func(n Need, key Key) int { return compareKeys(n.Service, key) })
	return s.Whole || has
}

// ID is the same for scopes with the same Services, whatever the reasons.
func (s *Scope) ID() string {
	if s.Whole {
		return "whole"
	}
	h := sha256.New()
	for _, n := range s.Needs {
		h.Write([]byte(n.Service.String() + "\n"))
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// Scopes are those of all workloads.
type Scopes map[Key]*Scope

var whole = &Scope{Whole: true}

// ScopesOf finds the scope of each workload. It is the whole mesh up to a budget of Services, and for a workload with a pod
// that can't make first calls. Workloads with the same needs share one Scope.
func ScopesOf(m *Model, budget int) Scopes {
	out := make(Scopes, len(m.Workloads))
	f := finder{model: m, made: map[string]*Scope{}}
	for i := range m.Workloads {
		w := &m.Workloads[i]
		if len(m.Services) <= budget || !w.FirstCalls {
			out[w.Key] = whole
			continue
		}
		out[w.Key] = f.scope(w)
	}
	return out
}

// Narrow counts the workloads whose scope is not the whole mesh.
func (s Scopes) Narrow() (count int) {
	for _, scope := range s {
		if !scope.Whole {
			count++
		}
	}
	return count
}

// finder finds scopes of one model.
type finder struct {
	model    *Model
	admitted map[Identity][]Key // Services that Policies let an account call
	made     map[string]*Scope
}

func (f *finder) scope(w *Workload) *Scope {
	policy := f.byPolicy(w.Account)
	id := strings.Join([]string{w.Namespace, joined(policy), joined(w.Calls)}, "\n")
	if s := f.made[id]; s != nil {
		return s
	}
	needs := map[Key]Why{}
	add := func(why Why, services []Key) {
		for _, key := range services {
			if _, has := needs[key]; has {
				continue
			}
			if _, exists := f.model.Service(key); exists {
				needs[key] = why
			}
		}
	}
	add(WhyNamespace, f.model.servicesIn(w.Namespace))
	add(WhyPolicy, policy)
	add(WhyCalled, w.Calls)
	add(WhyRoute, f.model.LeadTo(slices.SortedFunc(maps.Keys(needs), compareKeys)))
	s := &Scope{Needs: make([]Need, 0, len(needs))}
	for _, key := range slices.SortedFunc(maps.Keys(needs), compareKeys) {
		s.Needs = append(s.Needs, Need{key, needs[key]})
	}
	f.made[id] = s
	return s
}

// byPolicy are the Services that a rule names an account as a caller of, sorted.
func (f *finder) byPolicy(caller Identity) []Key {
	if f.admitted == nil {
		f.admitted = map[Identity][]Key{}
		for i := range f.model.Workloads {
			w := &f.model.Workloads[i]
			for _, rule := range slices.Concat(w.Envoy.Rules, w.Network.Rules) {
				for _, id := range rule.From {
					f.admitted[id] = append(f.admitted[id], w.Serves...)
				}
			}
		}
		for id, keys := range f.admitted {
			slices.SortFunc(keys, compareKeys)
			f.admitted[id] = slices.Compact(keys)
		}
	}
	return f.admitted[caller]
}

func joined(keys []Key) string {
	var b strings.Builder
	for _, k := range keys {
		b.WriteString(k.String() + " ")
	}
	return b.String()
}

// servicesIn are the Services of a namespace, sorted.
func (m *Model) servicesIn(namespace string) []Key {
	from, _ := slices.BinarySearchFunc(m.Services, namespace, func(s Service, n string) int { return strings.Compare(s.Namespace, n) })
	var out []Key
	for _, s := range m.Services[from:] {
		if s.Namespace != namespace {
			break
		}
		out = append(out, s.Key)
	}
	return out
}

// LeadTo are the Services that routes of others lead to, at any number of steps, in the order in which they are found. The
// given ones are not among them.
func (m *Model) LeadTo(services []Key) []Key {
	seen := make(map[Key]bool, len(services))
	for _, key := range services {
		seen[key] = true
	}
	open := slices.Clone(services)
	for at := 0; at < len(open); at++ {
		service, found := m.Service(open[at])
		if !found {
			continue
		}
		for _, port := range service.Ports {
			for _, route := range port.Routes {
				for _, backend := range route.Backends {
					if backend.Service != (Key{}) && !seen[backend.Service] {
						seen[backend.Service] = true
						open = append(open, backend.Service)
					}
				}
			}
		}
	}
	return open[len(services):]
}
