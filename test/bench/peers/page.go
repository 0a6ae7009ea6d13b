package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weft-mesh/weft/docs/plots/curve"
)

// page is the report: Markdown that is printed as it grows, and written when it is whole.
type page struct {
	text   strings.Builder
	charts map[string]curve.Chart // by file name
	rows   [][]string             // of the table of budgets
}

func (p *page) say(format string, args ...any) {
	text := fmt.Sprintf(format, args...) + "\n\n"
	fmt.Print(text)
	p.text.WriteString(text)
}

func (p *page) table(head []string, rows [][]string) {
	lines := append([][]string{head, slices.Repeat([]string{"---"}, len(head))}, rows...)
	var b strings.Builder
	for _, cells := range lines {
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	p.say("%s", strings.TrimSuffix(b.String(), "\n"))
}

func (p *page) chart(file string, c curve.Chart) {
	p.charts[file] = c
	p.text.WriteString(fmt.Sprintf("![%s](benchmarks/%s)\n\n", c.Title, file))
}

// judge adds a row to the table of budgets.
func (p *page) judge(what, budget, measured string, met bool) {
	p.rows = append(p.rows, []string{what, budget, measured, verdict(met)})
}

// note adds a row for which there is no budget.
func (p *page) note(what, measured string) {
	p.rows = append(p.rows, []string{what, "none", measured, ""})
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "**not met**"
}

// write stores the page and its pictures below a folder.
func (p *page) write(folder string) error {
	pictures := filepath.Join(folder, "benchmarks")
	if err := os.MkdirAll(pictures, 0o755); err != nil {
		return err
	}
	for file, c := range p.charts {
		if err := write(filepath.Join(pictures, file), c.SVG()); err != nil {
			return err
		}
	}
	return write(filepath.Join(folder, "benchmarks-peers.md"), strings.TrimRight(p.text.String(), "\n")+"\n")
}

// begin puts an introduction and the table of budgets before what was said.
func (p *page) begin(introduction string) {
	rest := p.text.String()
	p.text.Reset()
	p.text.WriteString(introduction)
	p.say("## Beside the budgets")
	p.table([]string{"what", "budget", "measured", ""}, p.rows)
	p.text.WriteString(rest)
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
