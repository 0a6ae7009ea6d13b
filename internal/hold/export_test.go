package hold

import "github.com/weft-mesh/weft/api/v1alpha1"

// World is for tests that need a Deployment with its controllers and more of the product than this package.
type World struct{ *world }

// NewWorld has a complete Deployment of the image v1.
func NewWorld(n int32, surge, unavailable string) World {
	return World{newWorld(n, surge, unavailable)}
}

// Kubernetes lets its controllers look once. Kubelets are slow: they look every other time.
func (w World) Kubernetes() {
	if w.lookedAt++; w.lookedAt%2 == 0 {
		w.kubelets()
	}
	w.deployment()
	w.replicaSets()
}

// Weft does what a Canary has decided.
func (w World) Weft(c *v1alpha1.Canary) {
	w.state, w.run = StateOf(c), RunOf(c)
	w.act()
}

// View is the world as it is now, with what a Canary remembers.
func (w World) View(c *v1alpha1.Canary) View {
	w.state, w.run = StateOf(c), RunOf(c)
	return w.view()
}

// Serving counts the pods of a hash that serve, and the ready ones of all others.
func (w World) Serving(hash string) (its, others int) {
	for _, p := range w.pods {
		switch {
		case Hash(p) == hash && (ready(p) || Serving(p)):
			its++
		case Hash(p) != hash && ready(p):
			others++
		}
	}
	return its, others
}

// Watch calls a function after each change of a pod.
func (w World) Watch(f func()) { w.watch = func(*world) { f() } }

// Template sets the image, Resize the size.
func (w World) Template(image string) { w.template(image) }
func (w World) Resize(n int32)        { w.resize(n) }

// Sizes are the living pods of hashes, Picture everything.
func (w World) Sizes(hashes ...string) []int32 { return w.sizes(hashes...) }
func (w World) Picture() string                { return w.picture() }

// Floor is how many pods of the stable version there must be.
func (v View) FloorNow() int32 { return floor(v.wave(), v.Replicas()) }
