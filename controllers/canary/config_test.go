package canary

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

// configuredPod names configuration in all the ways that there are.
func configuredPod() *corev1.Pod {
	local := func(name string) corev1.LocalObjectReference { return corev1.LocalObjectReference{Name: name} }
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"}}
	volume := func(source corev1.VolumeSource) {
		pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{VolumeSource: source})
	}
	volume(corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: local("files")}})
	volume(corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "tls"}})
	volume(corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
		{ConfigMap: &corev1.ConfigMapProjection{LocalObjectReference: local("kube-root-ca.crt")}},
		{ConfigMap: &corev1.ConfigMapProjection{LocalObjectReference: local("part")}},
		{Secret: &corev1.SecretProjection{LocalObjectReference: local("token")}},
	}}})
	volume(corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}})
	pod.Spec.Containers = []corev1.Container{{
		EnvFrom: []corev1.EnvFromSource{
			{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: local("env")}},
			{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: local("tls")}},
		},
		Env: []corev1.EnvVar{
			{Name: "plain", Value: "x"},
			{ValueFrom: &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{LocalObjectReference: local("one")}}},
			{ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: local("db")}}},
			{ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{}}},
		},
	}}
	pod.Spec.InitContainers = []corev1.Container{{EnvFrom: []corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: local("init")}}}}}
	return pod
}

func TestConfigNames(t *testing.T) {
	want := strings.Fields("ConfigMap/env ConfigMap/files ConfigMap/init ConfigMap/one ConfigMap/part Secret/db Secret/tls Secret/token")
	if diff := cmp.Diff(want, configNames(configuredPod())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestConfigHash(t *testing.T) {
	data := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "files"}, Data: map[string]string{"a": "1"}}
	password := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "db"}, Data: map[string][]byte{"p": []byte("x")}}
	store := fake.NewClientBuilder().WithObjects(data, password).Build()
	var typed []string
	reader := interceptor.NewClient(store, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
			if _, secret := o.(*corev1.Secret); secret {
				typed = append(typed, key.Name)
			}
			return c.Get(ctx, key, o, opts...)
		},
	})
	now := time.Unix(0, 0)
	configs := &Configs{Reader: reader, Now: func() time.Time { return now }}
	hash := func() string {
		t.Helper()
		now = now.Add(configKept)
		got, problem := configs.Of(t.Context(), configuredPod(), true)
		if got == "" || problem != "" {
			t.Fatalf("%q, %s", got, problem)
		}
		return got
	}
	first := hash()
	change := func(what string, news bool, do func() error) {
		t.Helper()
		before := hash()
		if err := do(); err != nil {
			t.Fatal(err)
		}
		if after := hash(); (after != before) != news {
			t.Errorf("%s: from %s to %s, news: %v", what, before, after, news)
		}
	}
	change("nothing", false, func() error { return nil })
	change("a label of a ConfigMap", false, func() error {
		data.Labels = map[string]string{"a": "b"}
		return store.Update(t.Context(), data)
	})
	change("data of a ConfigMap", true, func() error { data.Data["a"] = "2"; return store.Update(t.Context(), data) })
	change("data back as it was", true, func() error { data.Data["a"] = "1"; return store.Update(t.Context(), data) })
	if got := hash(); got != first {
		t.Errorf("the same data give %s and %s", first, got)
	}
	change("a Secret", true, func() error { password.Data["p"] = []byte("y"); return store.Update(t.Context(), password) })
	change("a Secret that goes", true, func() error { return store.Delete(t.Context(), password) })
	change("one that no pod names", false, func() error {
		return store.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "other"}})
	})
	if len(typed) > 0 {
		t.Errorf("the data of Secrets were read: %v", slices.Compact(typed))
	}
}

func TestConfigThatCanNotBeRead(t *testing.T) {
	calls := 0
	var answer error
	reader := interceptor.NewClient(fake.NewClientBuilder().Build(), interceptor.Funcs{
		Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
			calls++
			return answer
		},
	})
	now := time.Unix(0, 0)
	configs := &Configs{Reader: reader, Now: func() time.Time { return now }}
	for _, c := range []struct {
		err  error
		want string
	}{
		{apierrors.NewForbidden(schema.GroupResource{Resource: "configmaps"}, "env", nil), "the operator may not get ConfigMap/env of namespace shop"},
		{errors.New("the server is away"), "ConfigMap/env of namespace shop can't be read: the server is away"},
	} {
		answer, calls = c.err, 0
		now = now.Add(time.Minute)
		for range 3 {
			if hash, problem := configs.Of(t.Context(), configuredPod(), true); hash != "" || problem != c.want {
				t.Errorf("%q, %q; want %q", hash, problem, c.want)
			}
		}
		if calls != 1 {
			t.Errorf("asked %d times in a moment", calls)
		}
	}
}

// An API server that does not answer holds up no run [D03]: what was known stays, and is asked for once.
func TestConfigIsAskedForAsideInARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, silent := 0, false
		reader := interceptor.NewClient(fake.NewClientBuilder().Build(), interceptor.Funcs{
			Get: func(ctx context.Context, _ client.WithWatch, _ client.ObjectKey, _ client.Object, _ ...client.GetOption) error {
				if !silent {
					return nil
				}
				calls++
				<-ctx.Done()
				return ctx.Err()
			},
		})
		configs := &Configs{Reader: reader, Now: time.Now}
		if hash, problem := configs.Of(t.Context(), configuredPod(), false); hash != "" || problem != "" {
			t.Errorf("%q, %q before there is an answer", hash, problem)
		}
		synctest.Wait()
		first, _ := configs.Of(t.Context(), configuredPod(), false)
		if first == "" {
			t.Error("the answer came and is not known")
		}
		time.Sleep(configKept)
		silent = true
		began := time.Now()
		for range 5 {
			if hash, problem := configs.Of(t.Context(), configuredPod(), false); hash != first || problem != "" {
				t.Errorf("%q, %q; want %q", hash, problem, first)
			}
			synctest.Wait()
		}
		if calls != 1 || time.Since(began) != 0 {
			t.Errorf("asked %d times, in %s", calls, time.Since(began))
		}
		time.Sleep(configTimeout)
		synctest.Wait()
		if hash, problem := configs.Of(t.Context(), configuredPod(), false); hash != "" || !strings.Contains(problem, "can't be read") {
			t.Errorf("%q, %q after the time is over", hash, problem)
		}
	})
}
