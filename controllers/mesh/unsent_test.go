package mesh

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	kubescheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/alert"
	"github.com/weft-mesh/weft/internal/apply"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/model/modeltest"
	"github.com/weft-mesh/weft/internal/observe"
)

// An alert without a Secret is a warning in the Mesh's status, until the Secret is there with its key.
func TestAlertWithoutASecretIsTold(t *testing.T) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{kubescheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	s := modeltest.World(1)
	s.Mesh = s.Mesh.DeepCopy()
	s.Mesh.Spec.Alerts = []v1alpha1.Alert{{Name: "ops", Slack: v1alpha1.SlackReceiver{URLFrom: v1alpha1.SecretKey{Name: "chat"}}}}
	api := fake.NewClientBuilder().WithScheme(scheme).WithObjects(s.Mesh.DeepCopy()).WithStatusSubresource(s.Mesh).Build()
	o := &Outputs{
		Cluster: observe.Cluster{Reader: api, Mesh: "main", Namespace: s.OperatorNamespace},
		Writer:  apply.NewWriter(api), Fleet: reports{}, Certificates: untrusted{}, World: &World{},
	}
	chat := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.OperatorNamespace, Name: "chat"}}
	for _, c := range []struct {
		happen func() error
		want   string
	}{
		{func() error { return nil }, alert.ReasonSecretNotFound},
		{func() error { return api.Create(t.Context(), chat) }, alert.ReasonSecretKeyMissing},
		{func() error {
			chat.Data = map[string][]byte{"url": []byte("https://chat.example.com/hook")}
			return api.Update(t.Context(), chat)
		}, ""},
	} {
		if err := c.happen(); err != nil {
			t.Fatal(err)
		}
		if err := o.writeStatus(t.Context(), &State{Snapshot: s, Model: model.Build(s)}); err != nil {
			t.Fatal(err)
		}
		stored, got := &v1alpha1.Mesh{}, ""
		if err := api.Get(t.Context(), client.ObjectKeyFromObject(s.Mesh), stored); err != nil {
			t.Fatal(err)
		}
		for _, w := range stored.Status.Warnings {
			if w.Kind == "Mesh" {
				got += w.Reason
			}
		}
		if got != c.want {
			t.Errorf("warnings %q, want %q", got, c.want)
		}
	}
}
