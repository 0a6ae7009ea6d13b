package main

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// states of a release, one JSON object after the other, as kubectl writes them.
func states(t *testing.T, file string) []canary {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []canary
	err = decodeAll(f, func(c canary) (bool, error) {
		all = append(all, c)
		return false, nil
	})
	if !errors.Is(err, errWatchEnded) {
		t.Fatal(err)
	}
	return all
}

func TestTheNewsOfARollback(t *testing.T) {
	var before canaryStatus
	var got []string
	var c clock
	now := time.Time{}.Add(time.Hour)
	for _, state := range states(t, "testdata/rollback.json") {
		now = now.Add(5 * time.Second)
		if !state.about("v3") {
			continue
		}
		got = append(got, news(faulty, before, state.Status)...)
		before = state.Status
		c.see(state.Status, now)
	}
	want := []string{
		"reviews: all requests to v2; waiting for pods of v3",
		"reviews: 0 % -> acknowledged by 9 of 9 proxies",
		"reviews: v3 is judged (revision 6d4f)",
		"reviews: waiting for CapacityHold: weight 5 needs 1 serving pods of the new version; there are 0 of 2",
		"reviews: 5 % of the requests to v3",
		"reviews: 5 % -> acknowledged by 9 of 9 proxies",
		"reviews: verdict at 5 %: Fail (ErrorRate): 9 of 80 requests to the new version failed, 0 of 1520 to the old one; E 214, harm from 100 on",
		"reviews: errors of v3: 9 5xx",
		"reviews: ROLLING BACK v3: its share is taken away",
		"reviews: 0 % -> acknowledged by 9 of 9 proxies",
		"reviews: RolledBack: revision 6d4f was rolled back",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if told := c.tell(faulty); told != "v3 rolled back: decided 10 s after it got its share, taken away from every proxy 5.0 s later" {
		t.Error(told)
	}
}

func TestAnotherReleaseIsNoNews(t *testing.T) {
	var c canary
	c.Metadata.Generation, c.Status.ObservedGeneration = 2, 2
	c.Status.Run.Canary.MatchLabels = map[string]string{"version": "v2"}
	if !c.about("v2") || c.about("v3") {
		t.Error("the version of the run is not looked at")
	}
	c.Metadata.Generation = 3
	if c.about("v2") {
		t.Error("a spec that was not observed yet counts")
	}
}

func TestACanaryThatIsNotHonoured(t *testing.T) {
	var c canary
	c.Status.Conditions = []condition{{"Ready", "False", "x"}, {"Accepted", "True", "y"}}
	if why := c.refused(); why != "" {
		t.Error(why)
	}
	c.Status.Conditions[1] = condition{"Accepted", "False", "there is no Service"}
	if why := c.refused(); why != "there is no Service" {
		t.Error(why)
	}
}

func TestDecodeAllEndsWhenItIsDone(t *testing.T) {
	stop := errors.New("stop")
	for want, see := range map[error]func(int) (bool, error){
		nil:           func(n int) (bool, error) { return n == 2, nil },
		stop:          func(int) (bool, error) { return false, stop },
		errWatchEnded: func(int) (bool, error) { return false, nil },
	} {
		if err := decodeAll(strings.NewReader("1\n2\n3\n"), see); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}
