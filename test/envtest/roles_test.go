package envtest

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"
	rbac "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	strict "sigs.k8s.io/yaml"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// grant is what one role says about one resource, or about one URL (then the group is URL).
type grant struct {
	role, group, resource string
	names, verbs          []string
}

func (g grant) String() string {
	return fmt.Sprintf("%s | %s | %s | %s | %s", g.role, cmp.Or(g.group, "core"), g.resource,
		cmp.Or(strings.Join(g.names, ","), "any"), strings.Join(g.verbs, ","))
}

// whole says that the grant is about all the cluster.
func (g grant) whole() bool { return strings.HasPrefix(g.role, "ClusterRole ") }

// reading are the verbs that change nothing.
var reading = []string{"get", "list", "watch"}

// writes are the verbs that change something. A verb that is not known counts as one.
func (g grant) writes() []string {
	return slices.DeleteFunc(slices.Clone(g.verbs), func(verb string) bool { return slices.Contains(reading, verb) })
}

// All that the operator may do, as text for people to review. GOLDEN=write writes it again.
func TestGoldenRoles(t *testing.T) {
	var text strings.Builder
	for _, g := range grants(t) {
		fmt.Fprintln(&text, g)
	}
	golden := filepath.Join("testdata", "roles.txt")
	if os.Getenv("GOLDEN") == "write" {
		if err := os.WriteFile(golden, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff.Diff(string(want), text.String()); d != "" {
		t.Fatalf("roles (-want +got):\n%s", d)
	}
}

// The rules that the golden text must keep, whoever writes it again [D11].
func TestRolesKeepTheRules(t *testing.T) {
	if broken := breaches(grants(t)); len(broken) > 0 {
		t.Fatal(strings.Join(broken, "\n"))
	}
}

// Each rule must be able to fail.
func TestRulesCatch(t *testing.T) {
	const whole, own = "ClusterRole bad", "Role weft-system/bad"
	for name, bad := range map[string]grant{
		"any verb":             {whole, "", "pods", nil, []string{"*"}},
		"any resource":         {whole, "", "*", nil, []string{"get"}},
		"any group":            {whole, "*", "pods", nil, []string{"get"}},
		"Secrets of all":       {whole, "", "secrets", nil, []string{"get"}},
		"scale":                {whole, "apps", "deployments/scale", nil, []string{"update"}},
		"Deployment":           {whole, "apps", "deployments", nil, []string{"patch"}},
		"Deployment by name":   {own, "apps", "deployments", []string{"weft-operator"}, []string{"patch"}},
		"autoscaler":           {whole, "autoscaling", "horizontalpodautoscalers", nil, []string{"delete"}},
		"Service":              {whole, "", "services", nil, []string{"update"}},
		"route":                {whole, "gateway.networking.k8s.io", "httproutes", nil, []string{"patch"}},
		"route of calls":       {whole, "gateway.networking.k8s.io", "grpcroutes", nil, []string{"patch"}},
		"route's status":       {whole, "gateway.networking.k8s.io", "httproutes/status", nil, []string{"update"}},
		"Policy":               {whole, "weft.dev", "policies", nil, []string{"update"}},
		"Canary":               {whole, "weft.dev", "canaries", nil, []string{"patch"}},
		"pod":                  {whole, "", "pods", nil, []string{"create"}},
		"pod's spec":           {whole, "", "pods", nil, []string{"delete", "patch"}},
		"ReplicaSet":           {whole, "apps", "replicasets", nil, []string{"delete", "patch"}},
		"ReplicaSet's status":  {whole, "apps", "replicasets/status", nil, []string{"patch"}},
		"own roles":            {whole, "rbac.authorization.k8s.io", "clusterroles", []string{"weft-controller"}, []string{"patch"}},
		"somebody's ConfigMap": {whole, "", "configmaps", nil, []string{"patch"}},
		"somebody's webhook":   {whole, "admissionregistration.k8s.io", "mutatingwebhookconfigurations", nil, []string{"patch"}},
		"impersonation":        {whole, "", "serviceaccounts", nil, []string{"impersonate"}},
		"tokens":               {own, "", "serviceaccounts/token", nil, []string{"create"}},
		"any URL":              {whole, "URL", "*", nil, []string{"get"}},
		"writing to a URL":     {whole, "URL", "/openid/v1/jwks", nil, []string{"post"}},
	} {
		if len(breaches([]grant{bad})) == 0 {
			t.Errorf("%s: nobody minds %s", name, bad)
		}
	}
}

// made are the kinds of which the operator makes objects, by scope. In all else it writes nothing.
var made = map[bool][]string{
	true: {
		"/configmaps", "/events", "admissionregistration.k8s.io/mutatingwebhookconfigurations", "networking.k8s.io/networkpolicies",
		// Questions, which nothing stores.
		"authentication.k8s.io/tokenreviews", "authorization.k8s.io/subjectaccessreviews",
	},
	false: {"/secrets", "/configmaps", "coordination.k8s.io/leases"}, // its own namespace holds nobody else's
}

// named are those of them of which it may change one object only in all namespaces.
var named = []string{"/configmaps", "admissionregistration.k8s.io/mutatingwebhookconfigurations"}

// held are the writes of a held rollout. Pods and ReplicaSets are Kubernetes' own; Deployments are never written.
var held = map[string][]string{
	"/pods":                  {"delete"},
	"/pods/status":           {"patch"},
	"apps/replicasets":       {"patch"},
	"apps/replicasets/scale": {"patch"},
}

// breaches says what is wrong with grants.
func breaches(grants []grant) (broken []string) {
	for _, g := range grants {
		kind, writes := g.group+"/"+g.resource, g.writes()
		switch {
		case slices.Contains(append(slices.Clone(g.verbs), g.resource, g.group), "*"):
			broken = append(broken, "a wildcard: "+g.String())
		case g.whole() && g.resource == "secrets":
			broken = append(broken, "Secrets of all namespaces: "+g.String())
		case len(writes) == 0:
		case g.group == v1alpha1.GroupVersion.Group && strings.HasSuffix(g.resource, "/status") && slices.Equal(writes, []string{"update"}):
		case kind == "weft.dev/policies" && slices.Equal(writes, []string{"patch"}): // for the finalizer: docs/adr/0002
		case slices.Equal(writes, held[kind]) && g.whole(): // docs/adr/0016
		case !slices.Contains(made[g.whole()], kind):
			broken = append(broken, "writes what is not its own: "+g.String())
		case g.whole() && slices.Contains(named, kind) && len(g.names) == 0 && !slices.Equal(writes, []string{"create"}):
			broken = append(broken, "writes what others have made: "+g.String())
		}
	}
	return broken
}

// grants reads the generated roles, in one order.
func grants(t *testing.T) (found []grant) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(manifests("rbac/generated"), "*", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d roles: %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text))); ; {
			document, err := reader.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			var role rbac.ClusterRole // a Role has the same fields
			if err = errors.Join(err, strict.UnmarshalStrict(document, &role)); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if role.Name != "" {
				found = append(found, grantsOf(role)...)
			}
		}
	}
	slices.SortFunc(found, func(a, b grant) int { return strings.Compare(a.String(), b.String()) })
	return found
}

func grantsOf(role rbac.ClusterRole) (found []grant) {
	name := role.Kind + " " + strings.TrimPrefix(role.Namespace+"/"+role.Name, "/")
	for _, rule := range role.Rules {
		for _, url := range rule.NonResourceURLs {
			found = append(found, grant{name, "URL", url, nil, slices.Sorted(slices.Values(rule.Verbs))})
		}
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				found = append(found, grant{name, group, resource, slices.Sorted(slices.Values(rule.ResourceNames)), slices.Sorted(slices.Values(rule.Verbs))})
			}
		}
	}
	return found
}
