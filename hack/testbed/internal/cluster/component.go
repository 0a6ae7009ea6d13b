package cluster

import (
	"path/filepath"

	"github.com/weft-mesh/weft/hack/testbed/internal/layout"
	"github.com/weft-mesh/weft/hack/testbed/internal/network"
	"github.com/weft-mesh/weft/hack/testbed/internal/node"
)

const etcdURL = "http://127.0.0.1:2379"

// tools are the directories of the parts that run on a node.
type tools struct{ kubernetes, containerd, kuberouter string }

// components renders the command lines of one cluster. It touches nothing.
type components struct {
	dir   layout.Dir
	tools tools
}

func (c components) component(bin, name string, args ...string) node.Component {
	return node.Component{
		Name: name,
		Argv: append([]string{filepath.Join(bin, name)}, args...),
		Env: []string{
			"PATH=" + c.tools.containerd + ":" + c.tools.kubernetes + ":/usr/sbin:/usr/bin:/sbin:/bin",
			"TMPDIR=/run/tmp", "HOME=/run", c.dir.Mark(),
		},
	}
}

func (c components) etcd() node.Component {
	return c.component(c.tools.kubernetes, "etcd",
		"--data-dir="+c.dir.Node("n1", "etcd"),
		"--listen-client-urls="+etcdURL, "--advertise-client-urls="+etcdURL,
		"--listen-peer-urls=http://127.0.0.1:2380",
		"--unsafe-no-fsync", // the data does not outlive the bed
	)
}

func (c components) apiServer() node.Component {
	return c.component(c.tools.kubernetes, "kube-apiserver",
		"--etcd-servers="+etcdURL,
		"--advertise-address="+network.Address(1), "--secure-port=6443",
		"--service-cluster-ip-range="+network.ServiceCIDR,
		"--tls-cert-file="+c.dir.PKI("apiserver.crt"), "--tls-private-key-file="+c.dir.PKI("apiserver.key"),
		"--client-ca-file="+c.dir.PKI("ca.crt"),
		"--kubelet-client-certificate="+c.dir.PKI("admin.crt"), "--kubelet-client-key="+c.dir.PKI("admin.key"),
		"--kubelet-certificate-authority="+c.dir.PKI("ca.crt"),
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file="+c.dir.PKI("tokens.pub"), "--service-account-signing-key-file="+c.dir.PKI("tokens.key"),
		"--requestheader-client-ca-file="+c.dir.PKI("front-proxy-ca.crt"), "--requestheader-allowed-names=front-proxy",
		"--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file="+c.dir.PKI("front-proxy.crt"), "--proxy-client-key-file="+c.dir.PKI("front-proxy.key"),
		"--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction", "--allow-privileged=true",
	)
}

func (c components) controllerManager() node.Component {
	kubeconfig := c.dir.Kubeconfig("controller-manager")
	return c.component(c.tools.kubernetes, "kube-controller-manager",
		"--kubeconfig="+kubeconfig, "--authentication-kubeconfig="+kubeconfig, "--authorization-kubeconfig="+kubeconfig,
		"--service-account-private-key-file="+c.dir.PKI("tokens.key"), "--root-ca-file="+c.dir.PKI("ca.crt"),
		"--use-service-account-credentials=true",
		"--cluster-signing-cert-file="+c.dir.PKI("ca.crt"), "--cluster-signing-key-file="+c.dir.PKI("ca.key"),
		"--leader-elect=false",
		"--horizontal-pod-autoscaler-sync-period=5s",
		"--node-monitor-period=2s", "--node-monitor-grace-period=20s", // a lost node shows within a test's patience
	)
}

func (c components) scheduler() node.Component {
	kubeconfig := c.dir.Kubeconfig("scheduler")
	return c.component(c.tools.kubernetes, "kube-scheduler",
		"--kubeconfig="+kubeconfig, "--authentication-kubeconfig="+kubeconfig, "--authorization-kubeconfig="+kubeconfig,
		"--leader-elect=false",
	)
}

func (c components) containerd(name string) node.Component {
	return c.component(c.tools.containerd, "containerd", "--config="+c.dir.Node(name, "config", "containerd.toml"))
}

func (c components) kubelet(name, address string) node.Component {
	return c.component(c.tools.kubernetes, "kubelet",
		"--config="+c.dir.Node(name, "config", "kubelet.yaml"), "--kubeconfig="+c.dir.Kubeconfig(name),
		"--hostname-override="+name, "--node-ip="+address, "--root-dir="+c.dir.Node(name, "kubelet"),
	)
}

func (c components) kubeProxy(name string) node.Component {
	return c.component(c.tools.kubernetes, "kube-proxy",
		"--kubeconfig="+c.dir.Kubeconfig("proxy"), "--hostname-override="+name,
		"--proxy-mode=iptables", "--cluster-cidr="+network.PodCIDR,
		"--conntrack-max-per-core=0", // kernel-wide, so not a node's to set
	)
}

func (c components) kubeRouter(name string) node.Component {
	return c.component(c.tools.kuberouter, "kube-router",
		"--run-firewall=true", "--run-router=false", "--run-service-proxy=false",
		"--kubeconfig="+c.dir.Kubeconfig("network-policy"), "--hostname-override="+name,
		"--service-cluster-ip-range="+network.ServiceCIDR,
	)
}
