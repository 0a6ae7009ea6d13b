// Package admission checks the manifests beside it. What the API server makes of them is tested in test/envtest.
package admission

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
	strict "sigs.k8s.io/yaml"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Every field is one that the API server knows; every policy fails closed and is bound, and refuses.
func TestPoliciesAreBound(t *testing.T) {
	policies, bindings := manifests(t)
	if len(policies) == 0 {
		t.Fatal("no policies")
	}
	for _, p := range policies {
		if p.Name == advice {
			continue
		}
		if p.Spec.FailurePolicy == nil || *p.Spec.FailurePolicy != admissionregistrationv1.Fail {
			t.Errorf("policy %s does not fail closed", p.Name)
		}
		if !slices.ContainsFunc(bindings, func(b admissionregistrationv1.ValidatingAdmissionPolicyBinding) bool {
			return b.Spec.PolicyName == p.Name && slices.Contains(b.Spec.ValidationActions, admissionregistrationv1.Deny)
		}) {
			t.Errorf("policy %s refuses nothing", p.Name)
		}
	}
}

// advice is the policy that only warns.
const advice = "weft-held-deployments"

// What only warns must not be able to keep anybody from anything, also when it can't be evaluated.
func TestAdviceRefusesNothing(t *testing.T) {
	policies, bindings := manifests(t)
	found := false
	for _, p := range policies {
		found = found || p.Name == advice
		if p.Name == advice && *p.Spec.FailurePolicy != admissionregistrationv1.Ignore {
			t.Errorf("policy %s fails closed", p.Name)
		}
	}
	for _, b := range bindings {
		if b.Spec.PolicyName == advice && (slices.Contains(b.Spec.ValidationActions, admissionregistrationv1.Deny) || *b.Spec.ParamRef.ParameterNotFoundAction != admissionregistrationv1.AllowAction) {
			t.Errorf("binding %s refuses", b.Name)
		}
	}
	if !found {
		t.Errorf("no policy %s", advice)
	}
}

// A pod's labels can be changed in several ways, and in every namespace.
func TestPodLabelsAreCovered(t *testing.T) {
	policies, bindings := manifests(t)
	var covered []string
	for _, p := range policies {
		for _, rule := range p.Spec.MatchConstraints.ResourceRules {
			if slices.Equal(rule.APIGroups, []string{""}) {
				covered = append(covered, rule.Resources...)
			}
		}
		if p.Spec.MatchConstraints.NamespaceSelector != nil || p.Spec.MatchConstraints.ObjectSelector != nil {
			t.Errorf("policy %s leaves out a part of the cluster", p.Name)
		}
	}
	for _, resource := range []string{"pods", "pods/status", "pods/binding", "bindings"} {
		if !slices.Contains(covered, resource) {
			t.Errorf("no policy covers %s", resource)
		}
	}
	for _, b := range bindings {
		if b.Spec.MatchResources != nil {
			t.Errorf("binding %s leaves out a part of the cluster", b.Name)
		}
	}
	text, err := os.ReadFile("pod-labels.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, label := range []string{v1alpha1.LabelServiceAccount, v1alpha1.LabelWorkload} {
		if !bytes.Contains(text, []byte(`"`+label+`"`)) {
			t.Errorf("no policy names %s", label)
		}
	}
}

func manifests(t *testing.T) (policies []admissionregistrationv1.ValidatingAdmissionPolicy, bindings []admissionregistrationv1.ValidatingAdmissionPolicyBinding) {
	t.Helper()
	files, err := filepath.Glob("*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if file == "kustomization.yaml" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, document := range documents(t, text) {
			policy, binding := admissionregistrationv1.ValidatingAdmissionPolicy{}, admissionregistrationv1.ValidatingAdmissionPolicyBinding{}
			if bytes.Contains(document, []byte("\nkind: ValidatingAdmissionPolicyBinding\n")) {
				decode(t, file, document, &binding)
				bindings = append(bindings, binding)
			} else {
				decode(t, file, document, &policy)
				policies = append(policies, policy)
			}
		}
	}
	return policies, bindings
}

func documents(t *testing.T, text []byte) [][]byte {
	t.Helper()
	reader := yaml.NewDocumentDecoder(io.NopCloser(bytes.NewReader(text)))
	defer reader.Close()
	var found [][]byte
	for {
		buffer := make([]byte, len(text))
		n, err := reader.Read(buffer)
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, append([]byte("\n"), buffer[:n]...))
	}
}

func decode(t *testing.T, file string, document []byte, into client.Object) {
	t.Helper()
	if err := strict.UnmarshalStrict(document, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if into.GetName() == "" || into.GetObjectKind().GroupVersionKind().Version != "v1" {
		t.Fatalf("%s: %s %q", file, into.GetObjectKind().GroupVersionKind(), into.GetName())
	}
}
