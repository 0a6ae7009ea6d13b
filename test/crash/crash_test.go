package crash

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	coordination "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Wherever the operator is taken away, the next one ends where one ends that was never disturbed.
func TestCrashAtEveryWrite(t *testing.T) {
	want, _ := undergo(t, "calm", "", 0)
	for i, name := range slices.Sorted(maps.Values(failpoints(t))) {
		for _, moment := range []string{"before", "after"} {
			t.Run(moment+" "+name, func(t *testing.T) {
				got, crashes := undergo(t, fmt.Sprintf("%s-%d", moment, i), moment+":"+name, 1)
				if crashes != 1 {
					t.Fatalf("the operator was killed %d times", crashes)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("another end than without a crash (-without +with):\n%s", diff)
				}
			})
		}
	}
}

// An operator that lives for one step only takes all of them all the same.
func TestCrashAfterEachStep(t *testing.T) {
	const fewest = 6 // three steps of a Policy's first version, three of its second; as many of a Canary
	names := failpoints(t)
	want, _ := undergo(t, "steady", "", 0)
	for _, id := range []string{"PolicyStatus", "CanaryStatus"} {
		t.Run(id, func(t *testing.T) {
			got, crashes := undergo(t, "each-"+names[id], "after:"+names[id], math.MaxInt)
			t.Logf("killed %d times", crashes)
			if crashes < fewest {
				t.Errorf("the operator was killed %d times, want at least %d", crashes, fewest)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("another end than without a crash (-without +with):\n%s", diff)
			}
		})
	}
}

// undergo runs the scenario, with an operator that starts again when its failpoint has killed it. It has the failpoint
// for so many lives.
func undergo(t *testing.T, name, failpoint string, lives int) (end, int) {
	t.Helper()
	reset(t)
	home, guest := "home-"+name, "guest-"+name
	s := supervise(t, failpoint, lives)
	defer s.stop()
	scenario(t, home, guest)
	reached := reach(t, home)
	s.stop()
	if s.root != "" {
		unchanged(t, s.root)
	}
	cleanUp(t, home)
	return reached, s.crashes
}

// address is the supervised operator's.
const address = "127.0.53.1"

// supervisor keeps an operator running.
type supervisor struct {
	now     *operator
	quit    chan struct{}
	done    chan struct{}
	crashes int
	root    string // of the CA when the operator was first killed and there was one
}

func supervise(t *testing.T, failpoint string, lives int) *supervisor {
	t.Helper()
	const pod = "weft-operator-0"
	s := &supervisor{now: start(t, pod, address, failpoint), quit: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(s.done)
		for {
			select {
			case <-s.quit:
				s.now.kill()
				return
			case <-s.now.ended:
			}
			if err := s.now.killed(); err != nil {
				t.Error(err)
				return
			}
			s.crashes++
			if s.root == "" {
				s.root = storedRoot(t)
			}
			abandon(t)
			if s.crashes == lives {
				failpoint = ""
			}
			s.now = start(t, pod, address, failpoint)
		}
	}()
	return s
}

// stop may be called twice.
func (s *supervisor) stop() {
	select {
	case <-s.quit:
	default:
		close(s.quit)
	}
	<-s.done
}

// abandon takes the lease from a leader that is dead. It would run out by itself.
func abandon(t *testing.T) {
	l := &coordination.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: system, Name: lease}}
	if err := client.IgnoreNotFound(api.Delete(t.Context(), l)); err != nil {
		t.Error(err)
	}
}
