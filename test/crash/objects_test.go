package crash

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

func create(t *testing.T, objects ...client.Object) {
	t.Helper()
	for _, o := range objects {
		if err := api.Create(t.Context(), o); err != nil {
			t.Fatalf("create %T %s: %v", o, client.ObjectKeyFromObject(o), err)
		}
	}
}

func namespace(name string, labels map[string]string) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}}
}

// join lets a namespace join the mesh. Its pods are made before: nobody answers the webhook here.
func join(t *testing.T, name string) {
	t.Helper()
	home := namespace(name, nil)
	patch := client.MergeFrom(home.DeepCopy())
	home.Labels = map[string]string{v1alpha1.LabelMesh: "default"}
	if err := api.Patch(t.Context(), home, patch); err != nil {
		t.Fatal(err)
	}
}

func leave(t *testing.T, name string) {
	t.Helper()
	home := namespace(name, map[string]string{v1alpha1.LabelMesh: "default"})
	patch := client.MergeFrom(home.DeepCopy())
	home.Labels = nil
	if err := api.Patch(t.Context(), home, patch); err != nil {
		t.Fatal(err)
	}
}

func mesh() *v1alpha1.Mesh {
	m := &v1alpha1.Mesh{ObjectMeta: metav1.ObjectMeta{Name: "default"}}
	m.Spec.MTLS.Mode = v1alpha1.MTLSStrict
	return m
}

func container(name string) corev1.Container { return corev1.Container{Name: name, Image: "none"} }

func pod(home, name string, labels map[string]string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: home, Name: name, Labels: labels},
		Spec:       corev1.PodSpec{ServiceAccountName: "default", Containers: []corev1.Container{container("app")}},
	}
}

// meshed makes a pod of the mesh of it, as injection does.
func meshed(p *corev1.Pod, workload string) *corev1.Pod {
	if p.Labels == nil {
		p.Labels = map[string]string{}
	}
	p.Labels[v1alpha1.LabelWorkload], p.Labels[v1alpha1.LabelServiceAccount] = workload, p.Spec.ServiceAccountName
	proxy, always := container(v1alpha1.ContainerProxy), corev1.ContainerRestartPolicyAlways
	proxy.RestartPolicy = &always
	p.Spec.InitContainers = append(p.Spec.InitContainers, proxy)
	return p
}

// run makes a pod that exists serve at the address.
func run(t *testing.T, p *corev1.Pod, address string) {
	t.Helper()
	p.Status.Phase, p.Status.PodIP = corev1.PodRunning, address
	p.Status.PodIPs = []corev1.PodIP{{IP: address}}
	p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	if err := api.Status().Update(t.Context(), p); err != nil {
		t.Fatal(err)
	}
}

func service(home, name string, labels map[string]string) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: home, Name: name},
		Spec: corev1.ServiceSpec{Selector: labels, Ports: []corev1.ServicePort{{
			Name: "http", Port: 80, TargetPort: intstr.FromInt32(8080),
		}}},
	}
}

// policy lets one account call the workload.
func policy(home, name, workload, caller string) *v1alpha1.Policy {
	return &v1alpha1.Policy{
		ObjectMeta: metav1.ObjectMeta{Namespace: home, Name: name},
		Spec: v1alpha1.PolicySpec{
			Selector: v1alpha1.PodSelector{MatchLabels: map[string]string{v1alpha1.LabelWorkload: workload}},
			Access:   &v1alpha1.Access{Allow: []v1alpha1.AccessRule{{From: []v1alpha1.Peer{{ServiceAccount: &v1alpha1.ServiceAccountPeer{Name: caller}}}}}},
		},
	}
}

// canary asks for no evidence: what is of interest is who moves when.
func canary(home, service string) *v1alpha1.Canary {
	version := func(v string) v1alpha1.PodSelector {
		return v1alpha1.PodSelector{MatchLabels: map[string]string{"version": v}}
	}
	return &v1alpha1.Canary{
		ObjectMeta: metav1.ObjectMeta{Namespace: home, Name: service},
		Spec: v1alpha1.CanarySpec{
			Service:   v1alpha1.ServiceReference{Name: service},
			Workloads: &v1alpha1.CanaryWorkloads{Stable: version("v1"), Canary: version("v2")},
			Steps:     []v1alpha1.CanaryStep{{Weight: 50, Duration: &metav1.Duration{}, MinRequests: new(int64)}},
		},
	}
}
