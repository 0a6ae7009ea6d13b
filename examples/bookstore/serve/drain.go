package serve

import "sync"

// Drain says whether this process is about to leave.
type Drain struct {
	once  sync.Once
	began chan struct{}
}

func NewDrain() *Drain { return &Drain{began: make(chan struct{})} }

func (d *Drain) Begin() { d.once.Do(func() { close(d.began) }) }

func (d *Drain) Began() <-chan struct{} { return d.began }

func (d *Drain) Leaving() bool {
	select {
	case <-d.began:
		return true
	default:
		return false
	}
}
