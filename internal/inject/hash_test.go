package inject

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// The hash is of the settings: all pods of one release carry the same, and any change of the sidecar changes it.
func TestHashFollowsSettings(t *testing.T) {
	base := Hash(settings())
	if base != Hash(settings()) || len(base) != hashSize {
		t.Fatalf("hash %q does not hold", base)
	}
	seen := map[string]string{base: "nothing"}
	for name, change := range map[string]func(*Settings){
		"image":       func(s *Settings) { s.AgentImage += "0" },
		"pull policy": func(s *Settings) { s.ImagePullPolicy = corev1.PullAlways },
		"address":     func(s *Settings) { s.OperatorAddress += "0" },
		"name":        func(s *Settings) { s.OperatorName += "0" },
		"drain":       func(s *Settings) { s.DrainSeconds++ },
		"resources": func(s *Settings) {
			s.Resources.Limits = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("1Gi")}
		},
	} {
		changed := settings()
		change(&changed)
		hash := Hash(changed)
		if before, found := seen[hash]; found {
			t.Errorf("a change of %s gives the hash of a change of %s", name, before)
		}
		seen[hash] = name
	}
}

// A pod made from an injected one of another release gets this release's sidecar. Within a release, the image may be
// a mirror's.
func TestOtherReleaseReplacesImage(t *testing.T) {
	pod := injected(t, examplePod())
	const mirrored = "mirror.example.com/agent:1"
	pod.Spec.InitContainers[1].Image = mirrored
	if got := injected(t, pod).Spec.InitContainers[1].Image; got != mirrored {
		t.Errorf("same release: image %s", got)
	}
	next := settings()
	next.AgentImage = "example.com/agent:2"
	if got := injectedWith(t, pod, next).Spec.InitContainers[1].Image; got != next.AgentImage {
		t.Errorf("next release: image %s", got)
	}
}

func BenchmarkInject(b *testing.B) {
	pod, in := examplePod(), settings()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Inject(pod, in); err != nil {
			b.Fatal(err)
		}
	}
}
