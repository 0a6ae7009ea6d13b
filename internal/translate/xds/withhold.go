package xds

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weft-mesh/weft/internal/model"
)

// withheld is the version in a stamp of an object of which a part is withheld: no proxy has applied it.
const withheld = "withheld"

// sound is a part without what Envoy would refuse. In its place is what the last part had under that name, if anything.
// Everything else stays as it is. Blame finds the objects that a refused resource is to be told of.
func sound(made, last *Part, blame func(*Resource) []model.Finding) *Part {
	var faulty []ID
	for id, r := range made.Resources {
		if r.Problem != "" {
			faulty = append(faulty, id)
		}
	}
	if len(faulty) == 0 {
		return made
	}
	slices.SortFunc(faulty, compareIDs)
	resources, stamps, hit := maps.Clone(made.Resources), map[model.Stamp][]ID{}, map[string]bool{}
	var findings []model.Finding
	for _, id := range faulty {
		then := "nothing is sent in its place"
		delete(resources, id)
		if last != nil && last.Resources[id] != nil {
			resources[id], then = last.Resources[id], "proxies keep what they had before"
		}
		for _, f := range blame(made.Resources[id]) {
			f.Reason, f.Message = model.ReasonWithheld, told(made.Resources[id], then)
			findings = append(findings, f)
		}
		for stamp, ids := range made.Stamps {
			hit[stamp.UID] = hit[stamp.UID] || slices.Contains(ids, id)
		}
	}
	for stamp, ids := range made.Stamps {
		if hit[stamp.UID] {
			stamp.Version = withheld
		}
		ids = slices.DeleteFunc(slices.Clone(ids), func(id ID) bool { return resources[id] == nil })
		stamps[stamp] = append(stamps[stamp], ids...)
	}
	return newPart(resources, stamps, model.SortedFindings(findings))
}

// honest gives the stamps of an object that is withheld somewhere the same version everywhere.
func honest(stamps map[model.Stamp][]ID) map[model.Stamp][]ID {
	hit := map[string]bool{}
	for stamp := range stamps {
		if stamp.Version == withheld {
			hit[stamp.UID] = true
		}
	}
	if len(hit) == 0 {
		return stamps
	}
	out := make(map[model.Stamp][]ID, len(stamps))
	for stamp, ids := range stamps {
		if hit[stamp.UID] {
			stamp.Version = withheld
		}
		out[stamp] = append(out[stamp], ids...)
	}
	return out
}

// longestProblem is how many bytes of a problem are told.
const longestProblem = 400

func told(r *Resource, then string) string {
	problem, kind := r.Problem[:min(len(r.Problem), longestProblem)], r.TypeURL[strings.LastIndexByte(r.TypeURL, '.')+1:]
	return strings.ToValidUTF8(fmt.Sprintf("Envoy would refuse the %s %s made of it, so %s: %s", kind, r.Name, then, problem), "?")
}

func soundPort(m *model.Model, key model.Key, number uint16, kit *kit, last *Part) *Part {
	service, _ := m.Service(key)
	port, _ := service.Port(number)
	return sound(portOf(m, key, number, kit), last, func(r *Resource) []model.Finding {
		if r.TypeURL == RouteType {
			if routes := routesToBlame(m, service, port); len(routes) > 0 {
				return routes
			}
		}
		return []model.Finding{{Kind: "Service", Namespace: key.Namespace, Name: key.Name, Field: "spec"}}
	})
}

// routesToBlame are the rules of routes that Envoy would refuse one by one, or else all routes.
func routesToBlame(m *model.Model, service *model.Service, port *model.Port) (out []model.Finding) {
	for _, r := range port.Routes {
		alone := *port
		alone.Routes = []model.Route{r}
		if routeConfiguration(m, "alone", service, &alone).Problem == "" {
			continue
		}
		out = append(out, model.Finding{Kind: r.Kind, Namespace: r.From.Namespace, Name: r.From.Name, Field: r.Field})
	}
	if len(out) > 0 {
		return out
	}
	for _, s := range port.RouteStamps {
		out = append(out, model.Finding{Kind: s.Kind, Namespace: s.Namespace, Name: s.Name, Field: "spec.rules"})
	}
	return out
}

// soundInbound is told of the Policies of the workload, or of the workload if there is none.
func soundInbound(in workloadInput, last *Part) *Part {
	return sound(inbound(in), last, func(*Resource) (out []model.Finding) {
		for _, s := range in.workload.Stamps {
			out = append(out, model.Finding{Kind: s.Kind, Namespace: s.Namespace, Name: s.Name, Field: "spec"})
		}
		if len(out) == 0 {
			out = []model.Finding{{Kind: "Workload", Namespace: in.workload.Namespace, Name: in.workload.Label}}
		}
		return out
	})
}

// soundCatch is told of the mesh.
func soundCatch(catch model.Catch, last *Part) *Part {
	return sound(narrowCatch(catch), last, func(*Resource) []model.Finding { return []model.Finding{{Kind: "Mesh"}} })
}

// assigned are the endpoints of a cluster, if there are any that Envoy takes.
type assigned struct {
	resource *Resource
	findings []model.Finding
}

func soundAssignment(e model.Endpoints, last assigned) assigned {
	r := assignment(e)
	if r.Problem == "" {
		return assigned{resource: r}
	}
	then := "nothing is sent in its place"
	if last.resource != nil {
		then = "proxies keep what they had before"
	}
	return assigned{last.resource, []model.Finding{{
		Kind: "Service", Namespace: e.Service.Namespace, Name: e.Service.Name, Field: "spec", Reason: model.ReasonWithheld, Message: told(r, then),
	}}}
}
