package view

import (
	"bytes"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// none stands for a value that is not known.
const none = "-"

func when(t *metav1.Time, now time.Time) string {
	if t == nil || t.IsZero() {
		return none
	}
	text := t.UTC().Format(time.RFC3339)
	if d := t.Sub(now); d > 0 {
		return text + " (in " + duration.HumanDuration(d) + ")"
	}
	return text + " (" + duration.HumanDuration(now.Sub(t.Time)) + " ago)"
}

func applied(a *v1alpha1.Acknowledgement) string {
	if a == nil {
		return none
	}
	return fmt.Sprintf("%d of %d", a.Acknowledged, a.Total)
}

// laggards names the proxies that have not applied an object, and why.
func laggards(a *v1alpha1.Acknowledgement) []string {
	if a == nil {
		return nil
	}
	var out []string
	for _, r := range a.Rejected {
		out = append(out, "rejected by "+r.Pod+": "+r.Reason)
	}
	if len(a.Pending) == 0 {
		return out
	}
	line := "waiting for " + strings.Join(a.Pending, ", ")
	if more := int(a.Total-a.Acknowledged) - len(a.Pending) - len(a.Rejected); more > 0 {
		line += fmt.Sprintf(" and %d more", more)
	}
	return append(out, line)
}

func waitingFor(p *v1alpha1.Position) string {
	if p == nil || p.WaitingFor == "" {
		return none
	}
	return p.WaitingFor
}

// percent writes a share that is given in percent, with two decimals.
func percent(share *resource.Quantity) string {
	if share == nil {
		return none
	}
	return fmt.Sprintf("%.2f %%", share.AsApproximateFloat64())
}

func orNone(s string) string {
	if s == "" {
		return none
	}
	return s
}

// table aligns rows under their heads.
func table(rows ...[]string) string {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	w.Flush()
	return trimLines(b.String())
}

func trimLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// list writes a name before the first of the lines and aligns the others under it.
func list(name string, lines ...string) string {
	const width = 14
	var b strings.Builder
	for _, line := range lines {
		fmt.Fprintf(&b, "  %-*s%s\n", width, name, line)
		name = ""
	}
	return b.String()
}

// printable replaces what a terminal would act on: texts of the cluster may have been written by anybody.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '?'
		}
		return r
	}, s)
}
