package modeltest

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/snapshot"
)

// World has a number of Services, each with one workload of three ready pods, in namespaces of fifty.
func World(services int) snapshot.Snapshot {
	s := snapshot.Snapshot{
		OperatorNamespace: "weft-system",
		Mesh:              &v1alpha1.Mesh{ObjectMeta: metav1.ObjectMeta{Name: "main", UID: "mesh", Generation: 1}},
	}
	for i := range services {
		namespace := fmt.Sprintf("team-%02d", i/50)
		if i%50 == 0 {
			s.Namespaces = append(s.Namespaces, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
		}
		name := fmt.Sprintf("svc-%04d", i)
		s.Services = append(s.Services, &corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, UID: types.UID(name)},
			Spec: corev1.ServiceSpec{
				ClusterIP: fmt.Sprintf("10.96.%d.%d", i/250, i%250+1),
				Selector:  map[string]string{"app": name},
				Ports:     []corev1.ServicePort{{Name: "http", Port: 8080}},
			},
		})
		for j := range 3 {
			s.Pods = append(s.Pods, Pod(namespace, fmt.Sprintf("%s-%d", name, j), map[string]string{"app": name, v1alpha1.LabelWorkload: name}, i*3+j))
		}
	}
	return s
}

// Pod is ready, has a sidecar, and runs as the account of its label app. Its address follows from number.
func Pod(namespace, name string, labels map[string]string, number int) *corev1.Pod {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, UID: types.UID(namespace + "/" + name), Labels: labels},
		Spec:       corev1.PodSpec{ServiceAccountName: labels["app"]},
		Status: corev1.PodStatus{
			PodIP:      fmt.Sprintf("10.%d.%d.%d", number/62500, number/250%250, number%250+1),
			Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}},
		},
	}
	AddSidecar(pod)
	return pod
}
