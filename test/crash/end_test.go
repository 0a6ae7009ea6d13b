package crash

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"testing"

	. "github.com/onsi/gomega"
	admission "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/controllers/certificates"
	"github.com/weft-mesh/weft/internal/ca"
	"github.com/weft-mesh/weft/webhook"
)

// end is what must not depend on crashes. The sequences say that no step was taken twice.
type end struct {
	Conditions     map[string]string // of the Policy
	PolicySequence int64
	Network        *v1alpha1.NetworkAccess
	Envoy          *v1alpha1.EnforcedAccess
	Finalizers     []string
	Phase          v1alpha1.CanaryPhase
	CanarySequence int64
	Weight         *v1alpha1.CanaryWeight
	History        int
	Jobs           int
	Rules          map[string][]networking.NetworkPolicyIngressRule
	Owned          bool // all NetworkPolicies go with the Mesh
	MeshConditions map[string]string
}

func reach(t *testing.T, home string) (out end) {
	t.Helper()
	p, c, m := policy(home, "kept", "", ""), canary(home, "reviews"), mesh()
	for _, o := range []client.Object{p, c, m} {
		if err := api.Get(t.Context(), client.ObjectKeyFromObject(o), o); err != nil {
			t.Fatal(err)
		}
	}
	out = end{
		Conditions: told(p.Status.Conditions), PolicySequence: p.Status.Position.Sequence,
		Network: p.Status.Network, Envoy: p.Status.Envoy, Finalizers: p.Finalizers,
		Phase: c.Status.Phase, CanarySequence: c.Status.Position.Sequence, Weight: c.Status.Weight, History: len(c.Status.History),
		Jobs:  jobs(t, home),
		Rules: map[string][]networking.NetworkPolicyIngressRule{}, Owned: true, MeshConditions: told(m.Status.Conditions),
	}
	var all networking.NetworkPolicyList
	if err := api.List(t.Context(), &all, client.InNamespace(home)); err != nil {
		t.Fatal(err)
	}
	for _, n := range all.Items {
		for _, rule := range n.Spec.Ingress {
			for i := range rule.From {
				home := rule.From[i].NamespaceSelector.MatchLabels
				home[corev1.LabelMetadataName] = home[corev1.LabelMetadataName][:4] // without the name of the run
			}
		}
		out.Rules[n.Name] = n.Spec.Ingress
		out.Owned = out.Owned && metav1.IsControlledBy(&n, m)
	}
	distributed(t, home)
	servable(t)
	return out
}

func told(conditions []metav1.Condition) map[string]string {
	out := map[string]string{}
	for _, c := range conditions {
		out[c.Type] = string(c.Status) + " " + c.Reason
	}
	return out
}

// distributed checks that the namespace trusts the root that signs.
func distributed(t *testing.T, home string) {
	t.Helper()
	await(t, "the root of the CA to be in namespace "+home, func(g Gomega) {
		trust := &corev1.ConfigMap{}
		g.Expect(api.Get(t.Context(), client.ObjectKey{Namespace: home, Name: v1alpha1.TrustConfigMap}, trust)).To(Succeed())
		g.Expect(trust.Data[v1alpha1.TrustKey]).To(ContainSubstring(storedRoot(t)))
	})
}

// servable checks that the API server would believe the webhook.
func servable(t *testing.T) {
	t.Helper()
	await(t, "the webhook's certificate to be believed", func(g Gomega) {
		hook := &admission.MutatingWebhookConfiguration{}
		g.Expect(api.Get(t.Context(), client.ObjectKey{Name: webhook.ConfigurationName}, hook)).To(Succeed())
		roots := x509.NewCertPool()
		g.Expect(roots.AppendCertsFromPEM(hook.Webhooks[0].ClientConfig.CABundle)).To(BeTrue())
		leaf := firstCertificate(secret(t, certificates.WebhookSecret).Data[corev1.TLSCertKey])
		g.Expect(leaf).NotTo(BeNil())
		_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "weft-operator." + system + ".svc"})
		g.Expect(err).NotTo(HaveOccurred())
	})
}

func firstCertificate(text []byte) *x509.Certificate {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil
	}
	certificate, _ := x509.ParseCertificate(block.Bytes)
	return certificate
}

// secret is empty when there is none.
func secret(t *testing.T, name string) *corev1.Secret {
	s := &corev1.Secret{}
	if err := client.IgnoreNotFound(api.Get(t.Context(), client.ObjectKey{Namespace: system, Name: name}, s)); err != nil {
		t.Error(err)
	}
	return s
}

func storedRoot(t *testing.T) string {
	return string(bytes.TrimSpace(secret(t, certificates.CASecret).Data[ca.RootCertificate]))
}

// unchanged checks that the root was not made again: all proxies would distrust each other.
func unchanged(t *testing.T, before string) {
	t.Helper()
	if after := storedRoot(t); after != before {
		t.Errorf("the root of the CA was made again:\n%s\n%s", before, after)
	}
}

// reset takes away what the operator keeps for all namespaces.
func reset(t *testing.T) {
	t.Helper()
	abandon(t)
	for _, o := range []client.Object{
		mesh(),
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: system, Name: certificates.CASecret}},
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: system, Name: certificates.WebhookSecret}},
		&admission.MutatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: webhook.ConfigurationName}},
	} {
		if err := client.IgnoreNotFound(api.Delete(t.Context(), o)); err != nil {
			t.Fatal(err)
		}
	}
}

// cleanUp takes a namespace out of the mesh, with all that is in it: no controller deletes namespaces here.
func cleanUp(t *testing.T, home string) {
	t.Helper()
	leave(t, home)
	p := policy(home, "kept", "", "")
	edit(t, p, func() { p.Finalizers = nil })
	for _, o := range []client.Object{
		&appsv1.Deployment{}, &appsv1.ReplicaSet{}, &corev1.Pod{}, &corev1.Service{}, &networking.NetworkPolicy{}, &v1alpha1.Policy{}, &v1alpha1.Canary{}, &corev1.ConfigMap{},
		&batchv1.CronJob{}, &batchv1.Job{},
	} {
		if err := api.DeleteAllOf(t.Context(), o, client.InNamespace(home), client.GracePeriodSeconds(0)); err != nil {
			t.Fatal(err)
		}
	}
}
