package envtest

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// kubectl runs the program beside the API server's. It returns what was printed, and the exit status.
func kubectl(ctx SpecContext, input string, arguments ...string) (string, int) {
	GinkgoHelper()
	program := exec.CommandContext(ctx, filepath.Join(os.Getenv("KUBEBUILDER_ASSETS"), "kubectl"), arguments...)
	home := GinkgoT().TempDir() // its cache of what the API server serves, too
	program.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "KUBECONFIG=" + kubeconfig(home)}
	program.Stdin = strings.NewReader(input)
	printed, err := program.CombinedOutput()
	if _, exited := err.(*exec.ExitError); !exited {
		Expect(err).NotTo(HaveOccurred())
	}
	return string(printed), program.ProcessState.ExitCode()
}

// kubeconfig writes the administrator's access into a folder that goes with the spec.
func kubeconfig(folder string) string {
	GinkgoHelper()
	access := clientcmdapi.NewConfig()
	access.Clusters["here"] = &clientcmdapi.Cluster{Server: config.Host, CertificateAuthorityData: config.CAData}
	access.AuthInfos["here"] = &clientcmdapi.AuthInfo{ClientCertificateData: config.CertData, ClientKeyData: config.KeyData}
	access.Contexts["here"] = &clientcmdapi.Context{Cluster: "here", AuthInfo: "here", Namespace: "default"}
	access.CurrentContext = "here"
	file := filepath.Join(folder, "config")
	Expect(clientcmd.WriteToFile(*access, file)).To(Succeed())
	return file
}

// edits are a change of each kind: what the sample says, and what is said instead.
var edits = map[string][2]string{
	"Mesh":   {"drainSeconds: 5", "drainSeconds: 9"},
	"Policy": {"ports: [8080]", "ports: [9090]"},
	"Canary": {"onInconclusive: Rollback", "onInconclusive: Hold"},
}

var _ = Describe("kubectl", func() {
	for _, kind := range slices.Sorted(maps.Keys(edits)) {
		edit := edits[kind]
		for _, how := range []string{"--server-side=false", "--server-side=true"} {
			It("applies, shows, compares and deletes a "+kind+" with "+how+" [B06]", func(ctx SpecContext) {
				text, name := samples[kind], strings.ToLower(kind)
				changed := strings.Replace(text, edit[0], edit[1], 1)
				Expect(changed).NotTo(Equal(text))
				run := func(input string, status int, arguments ...string) string {
					GinkgoHelper()
					printed, got := kubectl(ctx, input, arguments...)
					Expect(got).To(Equal(status), "%v: %s", arguments, printed)
					return printed
				}

				Expect(run(text, 0, "apply", how, "-f", "-")).To(MatchRegexp("created|serverside-applied"))
				DeferCleanup(func(ctx SpecContext) {
					Expect(client.IgnoreNotFound(api.Delete(ctx, object(text)))).To(Succeed())
				})
				shown := object(run("", 0, "get", name, "sample", "-o", "yaml"))
				Expect(shown.Object["spec"]).To(Equal(object(text).Object["spec"]))

				Expect(run(text, 0, "diff", how, "-f", "-")).To(BeEmpty(), "no default or order of the server's shows")
				Expect(run(changed, 1, "diff", how, "-f", "-")).To(ContainSubstring("+"))
				run(changed, 0, "apply", how, "-f", "-")
				run(changed, 0, "diff", how, "-f", "-")
				Expect(run("", 0, "delete", name, "sample")).To(ContainSubstring("deleted"))
				Expect(run("", 1, "get", name, "sample")).To(ContainSubstring("NotFound"))
			})
		}
	}

	It("shows all of weft's objects by one word [B06]", func(ctx SpecContext) {
		for _, text := range samples {
			stored := object(text)
			Expect(api.Create(ctx, stored)).To(Succeed())
			DeferCleanup(api.Delete, stored)
		}
		printed, status := kubectl(ctx, "", "get", "weft", "-o", "name")
		Expect(status).To(BeZero(), printed)
		Expect(strings.Fields(printed)).To(ConsistOf("mesh.weft.dev/sample", "policy.weft.dev/sample", "canary.weft.dev/sample"))
	})

	It("explains where the trust domain goes [B06]", func(ctx SpecContext) {
		printed, status := kubectl(ctx, "", "explain", "mesh.spec.trustDomain")
		Expect(status).To(BeZero(), printed)
		Expect(printed).To(ContainSubstring("first part of every identity"))
	})

	It("does not drop a field that it does not know: a wrong name is an error [A21]", func(ctx SpecContext) {
		wrong := strings.Replace(samples["Policy"], "mode: Enforce", "mood: Enforce", 1)
		printed, status := kubectl(ctx, wrong, "apply", "-f", "-")
		Expect(status).To(Equal(1), printed)
		Expect(printed).To(ContainSubstring(`unknown field "spec.mood"`))
	})
})
