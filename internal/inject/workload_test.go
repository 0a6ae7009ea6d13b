package inject

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"pgregory.net/rapid"
)

var longName = strings.Repeat("a-long-name.", 6) + "end"

func TestWorkloadOf(t *testing.T) {
	for _, c := range []struct {
		reason, kind, owner, hash, generate, name, want string
	}{
		{reason: "Deployment", kind: "ReplicaSet", owner: "cart-5d8c", hash: "5d8c", want: "cart"},
		{reason: "ReplicaSet of nobody", kind: "ReplicaSet", owner: "cart-5d8c", want: "cart-5d8c"},
		{reason: "StatefulSet", kind: "StatefulSet", owner: "db", hash: "5d8c", want: "db"},
		{reason: "bare pod", name: "one-off", want: "one-off"},
		{reason: "bare pod without a name yet", generate: "one-off-", want: "one-off"},
		{reason: "bare pod that got its name", generate: "one-off-", name: "one-off-x7k2p", want: "one-off"},
		{reason: "long name", kind: "Job", owner: longName, want: "a-long-name.a-long-name.a-long-name.a-long-name.a-long-c6e794c8"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{GenerateName: c.generate, Name: c.name}}
			if c.hash != "" {
				pod.Labels = map[string]string{podTemplateHash: c.hash}
			}
			if c.owner != "" {
				pod.OwnerReferences = []metav1.OwnerReference{{Kind: c.kind, Name: c.owner, Controller: new(true)}}
			}
			if got := WorkloadOf(pod); got != c.want {
				t.Fatalf("%q, want %q", got, c.want)
			}
		})
	}
}

// Whatever the owner is called, its pods can carry the name, and two owners have two names.
func TestWorkloadIsLabelValue(t *testing.T) {
	name := rapid.StringMatching(`[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?){0,4}`)
	rapid.Check(t, func(t *rapid.T) {
		one, other := name.Draw(t, "one"), name.Draw(t, "other")
		if problems := validation.IsValidLabelValue(labelValue(one)); len(problems) != 0 {
			t.Fatalf("%q: %v", labelValue(one), problems)
		}
		if (one == other) != (labelValue(one) == labelValue(other)) {
			t.Fatalf("%q and %q become %q and %q", one, other, labelValue(one), labelValue(other))
		}
	})
}
