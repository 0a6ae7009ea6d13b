package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// meshed is a pod with a sidecar that runs.
func meshed(namespace, name string) *corev1.Pod {
	always := corev1.ContainerRestartPolicyAlways
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{v1alpha1.LabelWorkload: "web"}}}
	p.Spec.InitContainers = []corev1.Container{{Name: v1alpha1.ContainerProxy, RestartPolicy: &always}}
	p.Status.Phase = corev1.PodRunning
	p.Status.InitContainerStatuses = []corev1.ContainerStatus{
		{Name: v1alpha1.ContainerProxy, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}},
	}
	return p
}

// answering is the world of a bed whose sidecars answer.
func answering(b *bed, exec Exec) World {
	world := b.world(b.WithWatch)
	connect := world.Connect
	world.Connect = func(f *Flags) (Cluster, error) {
		cluster, err := connect(f)
		cluster.Exec = exec
		return cluster, err
	}
	return world
}

// envoy answers as the agent beside an Envoy does.
func envoy(t *testing.T) Exec {
	t.Helper()
	text, err := os.ReadFile("dump/testdata/envoy.json")
	if err != nil {
		t.Fatal(err)
	}
	return func(_ context.Context, pod client.ObjectKey, container string, command []string, out io.Writer) error {
		if pod != (client.ObjectKey{Namespace: "shop", Name: "web-1"}) || container != "weft-proxy" || command[1] != "config-dump" {
			t.Errorf("%v is run in container %s of %s", command, container, pod)
		}
		_, err := out.Write(text)
		return err
	}
}

func TestProxyConfig(t *testing.T) {
	world := answering(newBed(t, meshed("shop", "web-1")), envoy(t))
	code, out := run(t.Context(), world, "", "proxy", "config", "web-1")
	for _, line := range []string{
		"Scope: the whole mesh, 2 Services", "TYPE       NAME          STATE     VERSION  UPDATED", "clusters   shop/web/80   active    c2       59m ago",
		"endpoints  shop/web/80   active    -        -", "  Rejected      clusters shop/cart/80: no such type",
	} {
		if code != 0 || !strings.Contains(out, line) {
			t.Errorf("code %d, want a line %q in:\n%s", code, line, out)
		}
	}
	code, out = run(t.Context(), world, "", "proxy", "config", "web-1", "--type", "routes", "--name", "shop/web/80")
	if lines := strings.Split(strings.TrimSpace(out), "\n"); code != 0 || len(lines) != 2 || !strings.Contains(lines[1], "r1") {
		t.Errorf("code %d, want one route:\n%s", code, out)
	}
	code, out = run(t.Context(), world, "", "proxy", "config", "web-1", "--type", "filters", "--name", "shop/web/80")
	if code != 1 || !strings.Contains(out, "pod shop/web-1 has nothing with the name shop/web/80 among filters") {
		t.Errorf("code %d:\n%s", code, out)
	}
}

// All of an object comes out, in either language, and no secret.
func TestProxyConfigInFull(t *testing.T) {
	world := answering(newBed(t, meshed("shop", "web-1")), envoy(t))
	for output, read := range map[string]func([]byte, any) error{
		"json": json.Unmarshal, "yaml": func(text []byte, to any) error { return yaml.Unmarshal(text, to) },
	} {
		var got []struct {
			Type, Name, State, Version string
			Config                     map[string]any
		}
		code, out := run(t.Context(), world, "", "proxy", "config", "web-1", "-o", output, "--name", "shop/cart/80")
		if err := read([]byte(out), &got); code != 0 || err != nil {
			t.Fatalf("%s: code %d, %v:\n%s", output, code, err, out)
		}
		if len(got) != 2 || got[0].Version != "c1" || got[0].Config["connect_timeout"] != "0.250s" || got[1].State != "rejected" {
			t.Errorf("%s: %+v", output, got)
		}
		_, out = run(t.Context(), world, "", "proxy", "config", "web-1", "-o", output)
		if strings.Contains(out, "private_key") || strings.Contains(out, "identity") {
			t.Errorf("%s shows a secret:\n%s", output, out)
		}
	}
}

func TestProxyConfigSaysWhyNot(t *testing.T) {
	plain := meshed("shop", "web-1")
	plain.Spec.InitContainers = nil
	crashed := meshed("shop", "web-1")
	crashed.Status.InitContainerStatuses[0].State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff", Message: "back-off"}}
	young := meshed("shop", "web-1")
	young.Status.InitContainerStatuses = nil
	fail := func(err error) Exec {
		return func(context.Context, client.ObjectKey, string, []string, io.Writer) error { return err }
	}
	for reason, c := range map[string]struct {
		pod  *corev1.Pod
		exec Exec
		args []string
		want string
	}{
		"another pod":     {meshed("shop", "web-2"), envoy(t), nil, "there is no pod web-1 in namespace shop"},
		"another place":   {meshed("pay", "web-1"), envoy(t), nil, "there is no pod web-1 in namespace shop"},
		"no sidecar":      {plain, envoy(t), nil, "pod shop/web-1 has no sidecar"},
		"crashed":         {crashed, envoy(t), nil, "the sidecar of pod shop/web-1 is not running: CrashLoopBackOff: back-off"},
		"not started":     {young, envoy(t), nil, "the sidecar of pod shop/web-1 is not running: it has not started"},
		"forbidden":       {meshed("shop", "web-1"), fail(apierrors.NewForbidden(corev1.Resource("pods/exec"), "web-1", nil)), nil, "you may not look into pod shop/web-1"},
		"command failed":  {meshed("shop", "web-1"), fail(errors.New("exit code 1: ask envoy: refused")), nil, "ask the sidecar of pod shop/web-1: exit code 1: ask envoy: refused"},
		"an empty answer": {meshed("shop", "web-1"), fail(nil), nil, "ask the sidecar of pod shop/web-1: read envoy's configuration"},
		"no such type":    {meshed("shop", "web-1"), envoy(t), []string{"--type", "secrets"}, `--type is "secrets": it is one of all, clusters`},
		"no such output":  {meshed("shop", "web-1"), envoy(t), []string{"-o", "wide"}, `--output is "wide": it is one of table, yaml, json`},
	} {
		t.Run(reason, func(t *testing.T) {
			code, out := run(t.Context(), answering(newBed(t, c.pod), c.exec), "", append([]string{"proxy", "config", "web-1"}, c.args...)...)
			if code != 1 || !strings.Contains(out, c.want) {
				t.Errorf("code %d, want %q:\n%s", code, c.want, out)
			}
		})
	}
}

func TestProxyCompletion(t *testing.T) {
	plain := meshed("shop", "plain")
	plain.Spec.InitContainers = nil
	b := newBed(t, meshed("shop", "web-1"), meshed("pay", "elsewhere"), plain)
	for reason, c := range map[string]struct {
		args []string
		want string
	}{
		"pods with a sidecar of the namespace": {[]string{"config", ""}, "web-1\tweb@default\n"},
		"no second pod":                        {[]string{"config", "web-1", ""}, ""},
		"types":                                {[]string{"config", "web-1", "--type", ""}, "all\nclusters\nendpoints\nlisteners\nfilters\nroutes\n"},
		"outputs":                              {[]string{"config", "web-1", "-o", ""}, "table\nyaml\njson\n"},
	} {
		_, out := b.run(t.Context(), append([]string{"__complete", "proxy"}, c.args...)...)
		if got, _, _ := strings.Cut(out, ":4\n"); got != c.want {
			t.Errorf("%s: got %q, want %q", reason, got, c.want)
		}
	}
}

func TestProxyList(t *testing.T) {
	mesh := &v1alpha1.Mesh{ObjectMeta: metav1.ObjectMeta{Name: "default"}}
	mesh.Status.Effective = &v1alpha1.EffectiveMesh{Namespaces: []string{"shop", "pay"}, ScopeBudget: 300}
	mesh.Status.Scope = &v1alpha1.ScopeStatus{Services: 301}
	mesh.Status.Proxies = &v1alpha1.Acknowledgement{Acknowledged: 1, Total: 2, Pending: []string{"pay/late"}}
	current := meshed("shop", "web-1")
	current.Spec.InitContainers = append(current.Spec.InitContainers, corev1.Container{Name: v1alpha1.ContainerRedirect, Args: []string{"redirect", v1alpha1.FirstCallsFlag}})
	b := newBed(t, mesh, current, meshed("pay", "late"))
	want := `pay/late    web@default  waiting     whole mesh, until all pods of the workload are restarted
shop/web-1  web@default  up to date  what it needs
`
	if code, out := b.run(t.Context(), "proxy", "list"); code != 0 || !strings.Contains(out, want) {
		t.Errorf("code %d:\n%s", code, out)
	}
	if code, out := b.run(t.Context(), "proxy", "list", "-n", "shop"); code != 0 || strings.Contains(out, "late") || !strings.Contains(out, "web-1") {
		t.Errorf("of one namespace: code %d:\n%s", code, out)
	}
}
