package rollout

// amounts are what one counter has counted.
type amounts struct {
	all  amount
	slow []amount // by the edges of the route; empty: the agent did not compare
}

type amount struct{ requests, seconds uint64 }

// amounts of a counter whose route has some edges.
func (c *Counter) amounts(edges int) amounts {
	a := amounts{all: amount{c.Requests, c.BadSeconds}}
	if len(c.Slow) != edges || len(c.SlowSeconds) != edges {
		return a
	}
	for i := range c.Slow {
		a.slow = append(a.slow, amount{c.Slow[i], c.SlowSeconds[i]})
	}
	return a
}

// are says whether a counter has these amounts.
func (a amounts) are(c *Counter) bool {
	if a.all != (amount{c.Requests, c.BadSeconds}) || len(a.slow) != len(c.Slow) || len(a.slow) != len(c.SlowSeconds) {
		return false
	}
	for i, s := range a.slow {
		if s != (amount{c.Slow[i], c.SlowSeconds[i]}) {
			return false
		}
	}
	return true
}

func (a amounts) plus(b amounts) amounts {
	return a.with(b, func(x, y uint64) uint64 { return x + y })
}

func (a amounts) highest(b amounts) amounts {
	return a.with(b, func(x, y uint64) uint64 { return max(x, y) })
}

// since is what came after earlier amounts of the same counter.
func (a amounts) since(earlier amounts) amounts {
	out := a.with(earlier, risen)
	out.slow = out.slow[:len(a.slow)]
	return out
}

// with combines each number with that of another counter, which may have no slow ones yet.
func (a amounts) with(b amounts, f func(x, y uint64) uint64) amounts {
	out := amounts{all: amount{f(a.all.requests, b.all.requests), f(a.all.seconds, b.all.seconds)}}
	for i := range max(len(a.slow), len(b.slow)) {
		x, y := at(a.slow, i), at(b.slow, i)
		out.slow = append(out.slow, amount{f(x.requests, y.requests), f(x.seconds, y.seconds)})
	}
	return out
}

func at(list []amount, i int) amount {
	if i < len(list) {
		return list[i]
	}
	return amount{}
}

func risen(now, before uint64) uint64 {
	if now < before {
		return 0
	}
	return now - before
}
