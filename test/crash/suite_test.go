package crash

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	rbac "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	kubernetes "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/controllers/certificates"
)

const root = "../.."

var (
	config *rest.Config
	// api is an administrator.
	api client.Client
	// kubeconfig and program are files: the operator's way to the API server, and the operator with its failpoints.
	kubeconfig, program string
)

func TestMain(m *testing.M) {
	code, err := suite(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func suite(m *testing.M) (code int, err error) {
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		return 0, fmt.Errorf(`KUBEBUILDER_ASSETS is not set: eval "$(bin/testbed env --assets)"`)
	}
	folder, err := os.MkdirTemp("", "weft-crash-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	if err := build(folder); err != nil {
		return 0, err
	}
	server := &envtest.Environment{CRDDirectoryPaths: []string{filepath.Join(root, "config", "crd")}, ErrorIfCRDPathMissing: true}
	// Nobody uses this address (RFC 5737). Without it the API server wants that of a default route.
	server.ControlPlane.GetAPIServer().Configure().Set("advertise-address", "192.0.2.1")
	if config, err = server.Start(); err != nil {
		return 0, err
	}
	defer func() { _ = server.Stop() }()
	config.QPS = -1
	if err := connect(server, folder); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

func build(folder string) error {
	program = filepath.Join(folder, "weft-operator")
	out, err := exec.Command("go", "build", "-tags", "failpoint", "-o", program, root+"/cmd/weft-operator").CombinedOutput()
	if err != nil {
		return fmt.Errorf("build the operator with failpoints: %w\n%s", err, out)
	}
	return nil
}

// connect makes the clients, and what an install brings before the operator starts.
func connect(server *envtest.Environment, folder string) (err error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{kubernetes.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			return err
		}
	}
	if api, err = client.New(config, client.Options{Scheme: scheme}); err != nil {
		return err
	}
	user, err := server.AddUser(envtest.User{Name: "operator", Groups: []string{"system:masters"}}, config)
	if err != nil {
		return err
	}
	text, err := user.KubeConfig()
	if err != nil {
		return err
	}
	kubeconfig = filepath.Join(folder, "kubeconfig")
	if err := os.WriteFile(kubeconfig, text, 0o600); err != nil {
		return err
	}
	ctx := context.Background()
	if err := api.Create(ctx, &rbac.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: certificates.Owner}}); err != nil {
		return err
	}
	return api.Create(ctx, namespace(system, nil))
}
