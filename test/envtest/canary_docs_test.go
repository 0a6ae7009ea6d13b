package envtest

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/controllers/canary"
)

// What docs/steering-a-canary.md tells an application's owner to apply lets the operator see that configuration has changed,
// and nothing more.
var _ = Describe("the Role for configChanges", func() {
	It("lets the operator see changes of the named objects", func(ctx SpecContext) {
		namespace(ctx, "steered", joined)
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "steered", Name: "web"}}
		pod.Spec.Containers = []corev1.Container{{EnvFrom: []corev1.EnvFromSource{
			{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "web-config"}}},
			{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "web-db"}}},
		}}}
		password := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "steered", Name: "web-db"}, StringData: map[string]string{"password": "one"}}
		Expect(api.Create(ctx, password)).To(Succeed())
		hash := func() (hash, problem string) {
			return (&canary.Configs{Reader: as(operatorAccount), Now: time.Now}).Of(ctx, pod, true)
		}
		_, problem := hash()
		Expect(problem).To(Equal("the operator may not get ConfigMap/web-config of namespace steered"))

		printed, status := kubectl(ctx, role("steering-a-canary.md", "steered"), "apply", "-f", "-")
		Expect(status).To(BeZero(), printed)
		var before string
		Eventually(func(g Gomega) {
			before, problem = hash()
			g.Expect(before).NotTo(BeEmpty(), problem)
		}).Should(Succeed(), "the API server has heard of the role")

		password.StringData = map[string]string{"password": "two"}
		Expect(api.Update(ctx, password)).To(Succeed())
		after, problem := hash()
		Expect(after).To(And(Not(BeEmpty()), Not(Equal(before))), problem)

		pod.Spec.Containers[0].EnvFrom[1].SecretRef.Name = "another"
		_, problem = hash()
		Expect(problem).To(Equal("the operator may not get Secret/another of namespace steered"))
	})
})

// role is the text in a page, for another namespace.
func role(page, namespace string) string {
	GinkgoHelper()
	text, _, _ := strings.Cut(after(page, "```yaml\nkind: Role\n"), "```")
	return strings.ReplaceAll("kind: Role\n"+text, "namespace: shop", "namespace: "+namespace)
}

// after is what follows in a page of docs.
func after(name, mark string) string {
	GinkgoHelper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
	Expect(err).NotTo(HaveOccurred())
	_, rest, found := strings.Cut(string(page), mark)
	Expect(found).To(BeTrue(), "%s has %s", name, mark)
	return rest
}

var _ = Describe("the patch for Argo CD", func() {
	It("adds to Argo CD's ConfigMap and takes nothing away", func(ctx SpecContext) {
		namespace(ctx, "argocd", nil)
		own := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "argocd", Name: "argocd-cm"}, Data: map[string]string{"url": "https://argocd.example.com"}}
		Expect(api.Create(ctx, own)).To(Succeed())
		printed, status := kubectl(ctx, "", "patch", "configmap", "argocd-cm", "-n", "argocd", "--patch-file", manifests("argocd/argocd-cm.yaml"))
		Expect(status).To(BeZero(), printed)
		got := &corev1.ConfigMap{}
		Expect(api.Get(ctx, client.ObjectKeyFromObject(own), got)).To(Succeed())
		Expect(got.Data).To(HaveLen(3))
		Expect(got.Data).To(HaveKeyWithValue("url", "https://argocd.example.com"))
	})
})
