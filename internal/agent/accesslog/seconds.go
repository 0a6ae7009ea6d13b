package accesslog

// window is how many seconds back an entry may come and still be told from its neighbours.
const window = 64

// seconds counts the distinct seconds that it was told of. One that is more than window older than the newest does not
// count: it may have been counted before.
type seconds struct {
	newest int64
	seen   uint64 // bit n is the second newest-n
	count  uint64
}

func (s *seconds) add(second int64) {
	if ahead := second - s.newest; ahead > 0 {
		s.seen <<= min(uint64(ahead), window)
		s.newest = second
	}
	back := s.newest - second
	if back >= window || s.seen&(1<<back) != 0 {
		return
	}
	s.seen |= 1 << back
	s.count++
}
