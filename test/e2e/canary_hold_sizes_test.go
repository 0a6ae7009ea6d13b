package e2e

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// settled is how long a size has to stay as it is.
const settled = 3 * time.Second

// starts is how long ten pods may take to start on a slow machine.
const starts = 2 * time.Minute

var _ = Describe("a held Deployment, watched from outside,", Serial, func() {
	It("keeps ten beside three with the usual strategy, through the sizes one and nothing [D11]", func() {
		ns := newQuietShop(10)
		hold(ns, endlessStep)
		w := watchReady(ns, 10)
		push(ns, "v2")
		Eventually(func() map[string]int { return versions(ns) }).WithTimeout(starts).Should(Equal(map[string]int{"v1": 10, "v2": 3}))
		resize(ns, w, 0, 10, 1, 10, 0, 10)
		Eventually(func() map[string]int { return versions(ns) }).WithTimeout(starts).Should(Equal(map[string]int{"v1": 10, "v2": 3}))
		w.expectKept()
		Expect(w.everReady()).To(Equal([]string{"v1"}), "a held pod is not ready")
	})

	It("keeps its size through the sizes one and nothing when half of it is promoted [D11]", func() {
		ns := newQuietShop(4)
		hold(ns, endlessStep)
		w, d := watchReady(ns, 4), keepDiary(ns, "reviews")
		push(ns, "v2")
		Eventually(d.acknowledged).WithTimeout(starts).Should(BeEquivalentTo(20))
		weft("canary", "promote", "reviews", "--namespace="+ns)
		Eventually(d.wave).WithTimeout(starts).Should(BeEquivalentTo(2)) // it has to wait for a pod to start
		weft("canary", "pause", "reviews", "--namespace="+ns)
		half := map[string]int{"v1": 2, "v2": 2}
		Eventually(func() map[string]int { return versions(ns) }).WithTimeout(starts).Should(Equal(half))
		Eventually(w.ready).WithTimeout(starts).Should(Equal(4))
		resize(ns, w, 2, 4, 1, 4, 0, 4)
		Expect(w.readyOf("v2")).To(BeNumerically("<=", 2), "what the wave allows")
		Expect(d.wave()).To(BeEquivalentTo(2))

		weft("canary", "resume", "reviews", "--namespace="+ns)
		Eventually(d.phase).WithTimeout(waves).Should(Equal(v1alpha1.CanaryPromoted), "%s", d.now().Status.Message)
		Expect(versions(ns)).To(Equal(map[string]int{"v2": 4}))
		w.expectKept()
	})

	It("keeps its pods when a third version comes while one of them is not ready [D11]", func() {
		ns := newQuietShop(4)
		hold(ns, endlessStep)
		w := watchReady(ns, 4)
		push(ns, "v2")
		Eventually(func() map[string]int { return versions(ns) }).WithTimeout(starts).Should(Equal(map[string]int{"v1": 4, "v2": 1}))

		thaw := freeze(ns, "v1", func() { w.wants(3, 3) })
		Eventually(w.ready).Should(Equal(3))
		push(ns, "v3")
		Eventually(func() map[string]int { return versions(ns) }).WithTimeout(starts).Should(Equal(map[string]int{"v1": 4, "v3": 1}))
		Consistently(func() map[string]int { return versions(ns) }).WithTimeout(2 * settled).Should(Equal(map[string]int{"v1": 4, "v3": 1}))
		w.wants(4, 3)
		thaw()
		Eventually(w.ready).Should(Equal(4))
		w.expectKept()
		Expect(w.everReady()).To(Equal([]string{"v1"}))
	})

	It("lets nothing by while no operator runs, and has its lost pod back afterwards [D11 D19]", func() {
		ns := newQuietShop(4)
		roll(ns, `{"maxSurge": 1, "maxUnavailable": 0}`) // else Kubernetes takes one stable pod while nobody keeps it
		hold(ns, endlessStep)
		w := watchReady(ns, 4)
		push(ns, "v2")
		Eventually(func() map[string]int { return versions(ns) }).WithTimeout(starts).Should(Equal(map[string]int{"v1": 4, "v2": 1}))

		back := loseOperators()
		w.wants(3, 3)
		kubectl("delete", "pod", podsOf(ns, "v1")[0], "--namespace="+ns, "--wait=false")
		push(ns, "v3")
		Consistently(func() int { return versions(ns)["v3"] }).WithTimeout(20 * time.Second).Should(BeZero())
		Expect(w.ready()).To(Equal(3))
		back()
		w.wants(4, 3)
		Eventually(func() map[string]int { return versions(ns) }).WithTimeout(starts).Should(Equal(map[string]int{"v1": 4, "v3": 1}))
		Eventually(w.ready).WithTimeout(starts).Should(Equal(4))
		w.expectKept()
		Expect(w.everReady()).To(Equal([]string{"v1"}))
		Expect(w.madeUngated()).To(Equal([]string{"v1"}))
	})
})

// newQuietShop is the bookstore without load, with reviews as one Deployment of so many pods of v1.
func newQuietShop(size int) string {
	GinkgoHelper()
	ns := newHeldShop()
	kubectl("delete", "deployment", "load", "ratings", "--namespace="+ns)
	if size != 4 {
		kubectl("scale", "deployment/reviews", "--namespace="+ns, "--replicas="+strconv.Itoa(size))
		rolledOut(ns, "reviews")
	}
	return ns
}

// push makes the Deployment ask for another version, and leaves its size alone.
func push(ns, version string) {
	GinkgoHelper()
	kubectl("set", "env", "deployment/reviews", "--namespace="+ns, "VERSION="+version)
}

// resize goes through sizes, from one to the next when nothing moves any more. Nothing else moves while no pod is promoted. With
// promoted ones the old pods come back first, so more are ready for a while, and then some old ones go. Kubernetes picks them,
// and it may pick one that became ready a moment ago while another one starts. So ready ones are never fewer than the size only
// when that has settled; with the old ones that start they never are.
func resize(ns string, w *readyWatch, promoted, from int, sizes ...int) {
	GinkgoHelper()
	for _, n := range sizes {
		onTheWay, inTheEnd, least := upTo(n, promoted), upTo(n, min(promoted, 1)), min(n, from) // 1 is the surge
		w.wants(n, least)
		kubectl("scale", "deployment/reviews", "--namespace="+ns, "--replicas="+strconv.Itoa(n))
		Eventually(w.ready).WithTimeout(starts).Should(onTheWay, "at size %d", n)
		if promoted == 0 {
			least = n
		}
		w.wants(n, least)
		Eventually(w.settled).WithTimeout(starts).Should(inTheEnd, "at size %d", n)
		Expect(w.since().maximum).To(onTheWay, "at size %d", n)
		Expect(w.since().places).To(BeNumerically(">=", n), "at size %d: the floor", n)
		w.wants(n, n)
		GinkgoWriter.Printf("at size %d: %v\n", n, versions(ns))
		from = n
	}
}

// upTo matches a size and so many pods above it, but not more than double.
func upTo(n, above int) types.GomegaMatcher {
	return And(BeNumerically(">=", n), BeNumerically("<=", n+min(n, above)))
}

// wave is that of the promotion, 0 while there is none.
func (d *diary) wave() int32 {
	if h := d.now().Status.Hold; h != nil {
		return h.Wave
	}
	return 0
}

// podsOf are the pods of a version that are not on their way out, in order.
func podsOf(ns, version string) (names []string) {
	GinkgoHelper()
	const path = `{range .items[*]}{.metadata.deletionTimestamp}/{.spec.containers[?(@.name=="it")].env[?(@.name=="VERSION")].value}/{.metadata.name}{"\n"}{end}`
	for _, line := range strings.Fields(kubectl("get", "pods", "--selector=app=reviews", "--namespace="+ns, "--output=jsonpath="+path)) {
		if name, is := strings.CutPrefix(line, "/"+version+"/"); is {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// freeze stops the application of one pod of a version, so that its probe fails, until it is thawed.
func freeze(ns, version string, before func()) (thaw func()) {
	GinkgoHelper()
	pod := podsOf(ns, version)[0]
	uid := kubectl("get", "pod", pod, "--namespace="+ns, "--output=jsonpath={.metadata.uid}")
	signal := func(name string) {
		GinkgoHelper()
		done := onNodeOf(ns, pod, fmt.Sprintf("for p in $(pgrep -x bookstore); do grep -qs %s /proc/$p/cgroup && kill -%s $p && echo done; done; true", uid, name))
		Expect(done).To(ContainSubstring("done"))
	}
	before()
	signal("STOP")
	return func() {
		GinkgoHelper()
		signal("CONT")
	}
}
