package fleet

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestLive(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	pod := func(name, ip string, phase corev1.PodPhase, gone time.Duration) *corev1.Pod {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}, Status: corev1.PodStatus{PodIP: ip, Phase: phase}}
		if gone != 0 {
			p.DeletionTimestamp = &metav1.Time{Time: now.Add(-gone)}
		}
		return p
	}
	got := Live([]*corev1.Pod{
		pod("f", "fd00::6", corev1.PodRunning, 0),
		pod("a", "10.0.0.1", corev1.PodRunning, 0),
		pod("no-address", "", corev1.PodPending, 0),
		pod("failed", "10.0.0.2", corev1.PodFailed, 0),
		pod("succeeded", "10.0.0.3", corev1.PodSucceeded, 0),
		pod("ending", "10.0.0.4", corev1.PodRunning, 30*time.Second),
		pod("node-lost", "10.0.0.5", corev1.PodRunning, 2*time.Minute),
	}, 15011, now)
	want := []Peer{{"a", "10.0.0.1:15011"}, {"ending", "10.0.0.4:15011"}, {"f", "[fd00::6]:15011"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
