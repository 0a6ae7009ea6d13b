package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Status is one screen about everything.
func Status(f Fleet, now time.Time) string {
	f = f.sorted()
	var b strings.Builder
	for _, o := range f.Operators {
		fmt.Fprintf(&b, "Operator %s/%s: %d of %d replicas ready\n\n", o.Namespace, o.Name, o.Ready, o.Wanted)
	}
	if len(f.Meshes) == 0 {
		b.WriteString("There is no Mesh yet. Create one, and label the namespaces that are to join it with weft.dev/mesh: NAME.\n\n")
	}
	for i := range f.Meshes {
		b.WriteString(mesh(&f.Meshes[i], now) + "\n")
	}
	b.WriteString(policies(f) + "\n" + canaries(f) + "\n")
	return printable(b.String() + summary(f))
}

func mesh(m *v1alpha1.Mesh, now time.Time) string {
	head := fmt.Sprintf("Mesh %s: mTLS %s", m.Name, m.Spec.MTLS.Mode)
	if e := m.Status.Effective; e != nil {
		head += fmt.Sprintf(", trust domain %s, network policy %s, namespaces joined: %d", e.TrustDomain, e.NetworkPolicy, len(e.Namespaces))
	}
	upToDate := none
	if m.Status.Proxies != nil {
		upToDate = applied(m.Status.Proxies) + " up to date"
	}
	text := head + "\n" + list("Proxies", append([]string{upToDate}, laggards(m.Status.Proxies)...)...)
	if c := m.Status.Certificates; c != nil {
		text += list("Certificates",
			"root until "+when(&c.RootNotAfter, now)+", rotation: "+c.Phase,
			"intermediate until "+when(&c.IntermediateNotAfter, now))
	} else {
		text += list("Certificates", none)
	}
	if s := m.Status.Scope; s != nil {
		text += list("Scope", s.Message)
	}
	return text + list("Routes", routes(m.Status.Routes)...) + list("gRPC routes", routes(m.Status.GRPCRoutes)...) + list("Warnings", warnings(m.Status.Warnings)...) +
		list("Attention", wrong(m.Status.Conditions)...)
}

func warnings(all []v1alpha1.Warning) []string {
	var out []string
	for _, w := range all {
		out = append(out, fmt.Sprintf("%s %s/%s: %s: %s", w.Kind, w.Namespace, w.Name, w.Field, w.Message))
	}
	return out
}

// routes counts the routes that all proxies have applied and names the others.
func routes(all []v1alpha1.RouteStatus) []string {
	if len(all) == 0 {
		return nil
	}
	var late []string
	for _, r := range all {
		if r.Complete() && r.Reason == "" {
			continue
		}
		line := fmt.Sprintf("%s/%s: applied by %s", r.Namespace, r.Name, applied(&r.Acknowledgement))
		if r.Reason != "" {
			line += "; " + r.Reason
		}
		late = append(late, line)
	}
	return append([]string{fmt.Sprintf("%d of %d applied by all their proxies", len(all)-len(late), len(all))}, late...)
}

func policies(f Fleet) string {
	if len(f.Policies) == 0 {
		return "No Policies" + in(f.Namespace) + ".\n"
	}
	rows := [][]string{{"POLICY", "READY", "APPLIED", "STEP", "WAITING FOR"}}
	var notes []string
	for _, p := range f.Policies {
		name, step := p.Namespace+"/"+p.Name, none
		if p.Status.Position != nil {
			step = orNone(p.Status.Position.Step)
		}
		rows = append(rows, []string{name, readiness(p.Status.Conditions), applied(p.Status.Proxies), step, waitingFor(p.Status.Position)})
		notes = append(notes, about(name+": ", append(laggards(p.Status.Proxies), wrong(p.Status.Conditions)...))...)
	}
	return table(rows...) + strings.Join(notes, "")
}

func canaries(f Fleet) string {
	if len(f.Canaries) == 0 {
		return "No Canaries" + in(f.Namespace) + ".\n"
	}
	rows := [][]string{{"CANARY", "READY", "PHASE", "WEIGHT", "STEP", "APPLIED", "WAITING FOR"}}
	var notes []string
	for i := range f.Canaries {
		c := &f.Canaries[i]
		name := c.Namespace + "/" + c.Name
		rows = append(rows, []string{name, readiness(c.Status.Conditions), orNone(string(c.Status.Phase)), shortWeight(c.Status.Weight),
			step(c), applied(c.Status.Proxies), waitingFor(c.Status.Position)})
		notes = append(notes, about(name+": ", append(laggards(c.Status.Proxies), wrong(c.Status.Conditions)...))...)
	}
	return table(rows...) + strings.Join(notes, "")
}

func about(name string, lines []string) []string {
	var out []string
	for _, line := range lines {
		out = append(out, "  "+name+line+"\n")
	}
	return out
}

func in(namespace string) string {
	if namespace == "" {
		return ""
	}
	return " in namespace " + namespace
}

func summary(f Fleet) string {
	problems := f.Problems()
	if len(problems) == 0 {
		return "Everything is Ready.\n"
	}
	return "Not Ready:\n" + strings.Join(about("", problems), "")
}
