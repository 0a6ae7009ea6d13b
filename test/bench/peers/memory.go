package main

import (
	"fmt"
	"slices"
)

// Between these numbers of clients the memory is compared.
const fewer, more = 100, 1000

// budgetPerProxy is in bytes.
const budgetPerProxy = 100 << 10

func (b *bench) tellMemory(m *measured) {
	p := b.page
	if !slices.Contains(m.sizes, fewer) || !slices.Contains(m.sizes, more) {
		return
	}
	p.say("## Memory per proxy")
	p.say("Of the servers above, after a garbage collection, with %d and with %d clients that have everything. The difference is divided "+
		"by %d. Resident is what the kernel counts for the process; live is Go's heap that is in use, and stacks. Both "+
		"servers cache more when more clients ask; that is in the figure.", fewer, more, more-fewer)
	var rows [][]string
	var resident int64
	for _, name := range []string{weft, istio} {
		before, after := m.memory[cellKey{peer: name, size: fewer}], m.memory[cellKey{peer: name, size: more}]
		rss := (after.RSS - before.RSS) / (more - fewer)
		if name == weft {
			resident = rss
		}
		rows = append(rows, []string{
			name, amount(before.RSS), amount(after.RSS), amount(rss),
			amount(before.Live), amount(after.Live), amount((after.Live - before.Live) / (more - fewer)),
		})
	}
	p.table([]string{
		"", fmt.Sprintf("resident, %d", fewer), fmt.Sprintf("resident, %d", more), "resident, one more",
		fmt.Sprintf("live, %d", fewer), fmt.Sprintf("live, %d", more), "live, one more",
	}, rows)
	p.judge("control-plane memory per extra proxy", "under 100 KB", amount(resident)+" resident", resident < budgetPerProxy)
}
