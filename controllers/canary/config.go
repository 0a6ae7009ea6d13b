package canary

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/controllers/mesh"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/rollout"
)

const (
	// configKept is how long an answer of the API server about configuration is good enough.
	configKept = 5 * time.Second
	// configTimeout is for all objects of a pod together.
	configTimeout = 5 * time.Second
	// configsRead is how many objects count; a pod that names more has the rest ignored.
	configsRead = 64
)

// Configs tells by what pods are configured. Of a ConfigMap the data counts. Of a Secret only the metadata is asked for, so
// that its data never comes here: it counts as changed when the API server gave it another version.
type Configs struct {
	// Reader asks the API server, with no cache between.
	Reader client.Reader
	Now    func() time.Time

	mu    sync.Mutex
	known map[string]config
}

type config struct {
	hash, problem string
	at            time.Time // of the answer
	asking        bool
}

// Of is a hash of all ConfigMaps and Secrets that a pod names, or why there is none. With wait it asks the API server if what
// is known is old. Without, it asks aside, and returns what is known, which may be nothing: a run under way must be able to go
// back whatever the API server does.
func (c *Configs) Of(ctx context.Context, pod *corev1.Pod, wait bool) (hash, problem string) {
	names := configNames(pod)
	key := pod.Namespace + " " + strings.Join(names, " ")
	known, fresh := c.begin(key)
	switch {
	case fresh:
	case wait:
		known = c.ask(ctx, key, pod.Namespace, names)
	default:
		go c.ask(ctx, key, pod.Namespace, names)
	}
	return known.hash, known.problem
}

// begin says what is known. If it is not fresh, the caller asks, and nobody else does meanwhile.
func (c *Configs) begin(key string) (known config, fresh bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.Now()
	for other, old := range c.known { // what nobody asks for any more
		if !old.asking && now.Sub(old.at) > time.Minute {
			delete(c.known, other)
		}
	}
	known, found := c.known[key]
	if found && (known.asking || now.Sub(known.at) < configKept) {
		return known, true
	}
	if c.known == nil {
		c.known = map[string]config{}
	}
	asking := known
	asking.asking = true
	c.known[key] = asking
	return known, false
}

// ask reads all objects and keeps what they give.
func (c *Configs) ask(ctx context.Context, key, namespace string, names []string) config {
	ctx, cancel := context.WithTimeout(ctx, configTimeout)
	defer cancel()
	got := config{}
	sum := sha256.New()
	for _, name := range names {
		part, err := c.read(ctx, namespace, name)
		if apierrors.IsForbidden(err) {
			got.problem = fmt.Sprintf("the operator may not get %s of namespace %s", name, namespace)
			break
		}
		if err != nil {
			got.problem = fmt.Sprintf("%s of namespace %s can't be read: %v", name, namespace, err)
			break
		}
		fmt.Fprintf(sum, "%d %s %d %s ", len(name), name, len(part), part)
	}
	if got.problem == "" {
		got.hash = hex.EncodeToString(sum.Sum(nil))[:16]
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	got.at = c.Now()
	c.known[key] = got
	return got
}

// read is what counts of one object. One that is not there is a state too.
func (c *Configs) read(ctx context.Context, namespace, name string) ([]byte, error) {
	kind, object, _ := strings.Cut(name, "/")
	key := client.ObjectKey{Namespace: namespace, Name: object}
	if kind == "Secret" {
		about := &metav1.PartialObjectMetadata{}
		about.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
		err := c.Reader.Get(ctx, key, about)
		return []byte(string(about.UID) + about.ResourceVersion), client.IgnoreNotFound(err)
	}
	data := &corev1.ConfigMap{}
	err := c.Reader.Get(ctx, key, data)
	if err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	return json.Marshal([]any{data.Data, data.BinaryData})
}

// ofCluster are ConfigMaps that are in every namespace and that no release is about.
var ofCluster = []string{"ConfigMap/kube-root-ca.crt", "ConfigMap/openshift-service-ca.crt", "ConfigMap/" + v1alpha1.TrustConfigMap}

// configNames are the ConfigMaps and Secrets that a pod names, as KIND/NAME, in order, each once.
func configNames(pod *corev1.Pod) []string {
	var out []string
	configMap := func(name string) { out = append(out, "ConfigMap/"+name) }
	secret := func(name string) { out = append(out, "Secret/"+name) }
	for _, v := range pod.Spec.Volumes {
		if v.ConfigMap != nil {
			configMap(v.ConfigMap.Name)
		}
		if v.Secret != nil {
			secret(v.Secret.SecretName)
		}
		if v.Projected == nil {
			continue
		}
		for _, s := range v.Projected.Sources {
			if s.ConfigMap != nil {
				configMap(s.ConfigMap.Name)
			}
			if s.Secret != nil {
				secret(s.Secret.Name)
			}
		}
	}
	for _, c := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		for _, e := range c.EnvFrom {
			if e.ConfigMapRef != nil {
				configMap(e.ConfigMapRef.Name)
			}
			if e.SecretRef != nil {
				secret(e.SecretRef.Name)
			}
		}
		for _, e := range c.Env {
			if e.ValueFrom == nil {
				continue
			}
			if r := e.ValueFrom.ConfigMapKeyRef; r != nil {
				configMap(r.Name)
			}
			if r := e.ValueFrom.SecretKeyRef; r != nil {
				secret(r.Name)
			}
		}
	}
	slices.Sort(out)
	out = slices.DeleteFunc(slices.Compact(out), func(name string) bool {
		return slices.Contains(ofCluster, name) || strings.HasSuffix(name, "/")
	})
	return out[:min(len(out), configsRead)]
}

// configured adds to an input what the newest pod of its revision is configured by, where the spec asks for it.
func (c *Controller) configured(ctx context.Context, in rollout.Input, state *mesh.State) rollout.Input {
	if in.Canary.Spec.ConfigChanges != v1alpha1.ConfigNewRun || in.Revision == "" {
		return in
	}
	var newest *corev1.Pod
	for _, p := range state.Snapshot.Pods {
		of := p.Namespace == in.Canary.Namespace && p.DeletionTimestamp == nil && model.RevisionOf(p) == in.Revision
		if of && (newest == nil || newest.CreationTimestamp.Before(&p.CreationTimestamp)) {
			newest = p
		}
	}
	if newest != nil {
		wait := in.Canary.Status.Phase != v1alpha1.CanaryProgressing
		in.Config, in.ConfigProblem = c.Configs.Of(ctx, newest, wait)
		if in.Config == "" && in.ConfigProblem == "" {
			in.ConfigProblem = "the API server has not answered yet"
		}
	}
	return in
}
