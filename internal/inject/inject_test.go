package inject

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// The sidecar is where it must be, whatever the pod, and the user's containers keep all but their network probes.
func TestInjectedPodHasSidecarFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := anyPod(t)
		after := injected(t, before)
		mustBeInjected(t, after)
		mustKeepOthers(t, before, after)
	})
}

// What the API server and others do between two rounds of admission gives the second round nothing to do.
func TestInjectTwiceIsInjectOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod := injected(t, anyPod(t))
		if rapid.Bool().Draw(t, "defaults") {
			setDefaults(pod)
		}
		if rapid.Bool().Draw(t, "additions") {
			addHarmlessly(pod)
		}
		patch, err := Inject(pod, settings())
		if err != nil {
			t.Fatal(err)
		}
		if len(patch.Operations) != 0 {
			t.Fatalf("the second injection has something to do: %+v", patch.Operations)
		}
	})
}

// Other webhooks do all kinds of things to an injected pod. It comes out whole, and stays so.
func TestInjectRepairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod := injected(t, anyPod(t))
		for _, name := range rapid.SliceOfN(rapid.SampledFrom(damageNames()), 1, 4).Draw(t, "damage") {
			damages[name](pod)
		}
		in := settings()
		if rapid.Bool().Draw(t, "other release") {
			in.AgentImage = "example.com/agent:2"
		}
		repaired := injectedWith(t, pod, in)
		mustBeInjected(t, repaired)
		mustKeepOthers(t, pod, repaired)
		if patch, err := Inject(repaired, in); err != nil || len(patch.Operations) != 0 {
			t.Fatalf("the repair is not finished: %v %+v", err, patch.Operations)
		}
	})
}

// Each damage is seen: a repair that did nothing would pass the property on a pod that was never broken.
func TestEachDamageIsSeen(t *testing.T) {
	for _, name := range damageNames() {
		t.Run(name, func(t *testing.T) {
			pod := injected(t, examplePod())
			damages[name](pod)
			patch, err := Inject(pod, settings())
			if err != nil || len(patch.Operations) == 0 {
				t.Fatalf("not repaired: %v", err)
			}
		})
	}
}

func TestSameInputsSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod := anyPod(t)
		copied := pod.DeepCopy()
		first, second := operations(t, pod, settings()), operations(t, copied, settings())
		if string(first) != string(second) {
			t.Fatalf("two patches for one pod:\n%s\n%s", first, second)
		}
		if diff := cmp.Diff(copied, pod); diff != "" {
			t.Fatalf("the pod was changed: %s", diff)
		}
	})
}

// fataler is what *testing.T and *rapid.T share.
type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func settings() Settings {
	return Settings{
		AgentImage:      "example.com/agent:1",
		OperatorAddress: "weft-operator.weft-system.svc:15010",
		OperatorName:    "weft-operator.weft-system.svc",
		DrainSeconds:    5,
	}
}

func injected(t fataler, pod *corev1.Pod) *corev1.Pod {
	t.Helper()
	return injectedWith(t, pod, settings())
}

// injectedWith applies the patch as the API server does, with somebody else's implementation of RFC 6902.
func injectedWith(t fataler, pod *corev1.Pod, in Settings) *corev1.Pod {
	t.Helper()
	patch, err := jsonpatch.DecodePatch(operations(t, pod, in))
	if err != nil {
		t.Fatal(err)
	}
	document, err := json.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	document, err = patch.Apply(document)
	if err != nil {
		t.Fatalf("the patch does not apply: %v", err)
	}
	after := &corev1.Pod{}
	if err := json.Unmarshal(document, after); err != nil {
		t.Fatal(err)
	}
	return after
}

func operations(t fataler, pod *corev1.Pod, in Settings) []byte {
	t.Helper()
	patch, err := Inject(pod, in)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal(patch.Operations)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

func mustBeInjected(t fataler, pod *corev1.Pod) {
	t.Helper()
	var names []string
	for _, c := range pod.Spec.InitContainers {
		names = append(names, c.Name)
	}
	if len(names) < 2 || names[0] != v1alpha1.ContainerRedirect || names[1] != v1alpha1.ContainerProxy {
		t.Fatalf("init containers are %v", names)
	}
	if slices.ContainsFunc(names[2:], isContainer) || slices.ContainsFunc(pod.Spec.Containers, func(c corev1.Container) bool { return isContainer(c.Name) }) {
		t.Fatalf("the sidecar is there twice")
	}
	proxy := pod.Spec.InitContainers[1]
	if proxy.RestartPolicy == nil || *proxy.RestartPolicy != corev1.ContainerRestartPolicyAlways {
		t.Fatalf("the proxy would not keep running")
	}
	if !reflect.DeepEqual(proxy.SecurityContext, proxyContainer(settings(), "", "").SecurityContext) {
		t.Fatalf("the proxy runs as %+v", proxy.SecurityContext)
	}
	for _, want := range volumes() {
		if !slices.ContainsFunc(pod.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == want.Name }) {
			t.Fatalf("no volume %s", want.Name)
		}
	}
	if pod.Labels[v1alpha1.LabelWorkload] != WorkloadOf(pod) || pod.Labels[v1alpha1.LabelServiceAccount] != Account(pod) {
		t.Fatalf("labels are %v", pod.Labels)
	}
	mustServeProbes(t, pod)
}

// mustServeProbes wants every network probe sent to the agent, and the agent to know each of them, and no other.
func mustServeProbes(t fataler, pod *corev1.Pod) {
	t.Helper()
	served := recorded(pod)
	for _, c := range userContainers(pod) {
		for _, p := range probesOf(&c) {
			path := fmt.Sprintf("/probe/%s/%s", c.Name, p.name)
			if !sentToAgent(p.probe) || p.probe.HTTPGet.Path != path {
				t.Fatalf("%s of %s goes to %+v", p.field, c.Name, p.probe.ProbeHandler)
			}
			known, found := served[path]
			if !found || known.HTTPGet == nil && known.TCPSocket == nil && known.GRPC == nil {
				t.Fatalf("the agent does not know %s", path)
			}
			if known.HTTPGet != nil && known.HTTPGet.Port == v1alpha1.PortHealth {
				t.Fatalf("the agent would probe itself for %s", path)
			}
			delete(served, path)
		}
	}
	if len(served) != 0 {
		t.Fatalf("the agent serves probes of nobody: %v", served)
	}
}

// mustKeepOthers wants the user's containers in their order, equal but for their network probes.
func mustKeepOthers(t fataler, before, after *corev1.Pod) {
	t.Helper()
	want, got := userContainers(before), userContainers(after)
	for _, list := range [][]corev1.Container{want, got} {
		for n := range list {
			for _, probe := range []**corev1.Probe{&list[n].ReadinessProbe, &list[n].LivenessProbe, &list[n].StartupProbe} {
				*probe = withoutNetwork(*probe)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("a container of the user's was changed (-before +after):\n%s", diff)
	}
}

func withoutNetwork(p *corev1.Probe) *corev1.Probe {
	if p == nil || !overNetwork(p) {
		return p
	}
	kept := *p
	kept.ProbeHandler = corev1.ProbeHandler{}
	return &kept
}

func userContainers(pod *corev1.Pod) []corev1.Container {
	var found []corev1.Container
	for _, list := range containerLists(pod.DeepCopy()) {
		for _, c := range list.containers {
			if !isContainer(c.Name) {
				found = append(found, c)
			}
		}
	}
	return found
}
