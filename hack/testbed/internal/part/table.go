package part

import "strings"

// Part is a set of files made together.
type Part struct {
	Name     string
	Module   string            // directory of its Go module, below hack/testbed
	Packages map[string]string // file name -> package of a main
	Tests    map[string]string // file name -> package of a test binary
	Links    map[string]string // link name -> file name
	Tags     string            // Go build tags
	Vars     map[string]string // linker -X values
	Copies   []Copy            // files taken from a module as they are
	Fetch    func(Job) error   // for what Go does not build
}

// Copy takes the files that match Glob from a module of the module cache.
type Copy struct{ Module, Glob string }

const (
	kubernetesVersion = "v1.37.2"
	kubernetesModule  = "k8s.io/kubernetes"
	containerdModule  = "github.com/containerd/containerd/v2/cmd/"
	cniModule         = "github.com/containernetworking/plugins/plugins/"
)

// Table lists the parts by name.
var Table = index(
	Part{
		Name: "kubernetes", Module: "parts/kubernetes",
		Packages: map[string]string{"hyper": "./hyper"},
		Links: map[string]string{
			"etcd": "hyper", "kube-apiserver": "hyper", "kube-controller-manager": "hyper", "kube-scheduler": "hyper",
			"kubelet": "hyper", "kube-proxy": "hyper", "kubectl": "hyper",
		},
		Vars: kubernetesVars(),
	},
	Part{
		Name: "kubernetes-e2e", Module: "parts/kubernetes",
		Packages: map[string]string{"agnhost": kubernetesModule + "/test/images/agnhost"},
		Tests:    map[string]string{"e2e.test": "./e2e"},
		Vars:     kubernetesVars(),
	},
	Part{
		Name: "containerd", Module: "parts/containerd", Tags: "no_btrfs,no_devmapper,no_zfs",
		Packages: map[string]string{
			"containerd": containerdModule + "containerd", "containerd-shim-runc-v2": containerdModule + "containerd-shim-runc-v2",
			"ctr": containerdModule + "ctr", "host-local": cniModule + "ipam/host-local", "loopback": cniModule + "main/loopback",
			"ptp": cniModule + "main/ptp", "portmap": cniModule + "meta/portmap",
		},
	},
	Part{Name: "coredns", Module: "parts/coredns", Packages: map[string]string{"coredns": "."}},
	Part{
		Name: "kuberouter", Module: "parts/kuberouter",
		Packages: map[string]string{"kube-router": "github.com/cloudnativelabs/kube-router/cmd/kube-router"},
	},
	Part{
		Name: "metricsserver", Module: "parts/metricsserver",
		Packages: map[string]string{"metrics-server": "sigs.k8s.io/metrics-server/cmd/metrics-server"},
	},
	Part{
		Name: "certmanager", Module: "parts/certmanager",
		Packages: map[string]string{"cert-manager": "."},
		Copies:   []Copy{{"github.com/cert-manager/cert-manager", "deploy/crds/*.yaml"}},
	},
	Part{
		Name: "echo", Module: "parts/echo",
		Packages: map[string]string{
			"server": "istio.io/istio/pkg/test/echo/cmd/server", "client": "istio.io/istio/pkg/test/echo/cmd/client",
		},
	},
	Part{
		Name: "flagger", Module: "parts/flagger",
		Packages: map[string]string{"flagger": "github.com/fluxcd/flagger/cmd/flagger"},
		Copies:   []Copy{{"github.com/fluxcd/flagger", "artifacts/flagger/*.yaml"}},
	},
	Part{
		Name: "gatewayapi", Module: "parts/gatewayapi",
		Copies: []Copy{{"sigs.k8s.io/gateway-api", "config/crd/standard/*.yaml"}},
	},
	Part{Name: "pause", Module: ".", Packages: map[string]string{"pause": "./pause"}},
	Part{Name: "discover", Module: ".", Packages: map[string]string{"discover": "./discover"}},
	Part{Name: "envoy", Module: "parts/envoy", Fetch: fetchEnvoy},
	Part{Name: "clock", Module: "parts/clock", Fetch: compileClock},
	Part{Name: "prometheus", Module: "parts/prometheus", Fetch: fetchPrometheus},
)

// kubernetesVars stamps the version without which the API server calls itself v0.0.0-master.
func kubernetesVars() map[string]string {
	number := strings.Split(strings.TrimPrefix(kubernetesVersion, "v"), ".")
	vars := map[string]string{}
	for _, p := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		vars[p+".gitVersion"] = kubernetesVersion
		vars[p+".gitMajor"] = number[0]
		vars[p+".gitMinor"] = number[1]
		vars[p+".gitTreeState"] = "clean"
	}
	return vars
}

func index(parts ...Part) map[string]Part {
	byName := map[string]Part{}
	for _, p := range parts {
		byName[p.Name] = p
	}
	return byName
}
