package cli

import (
	"bytes"
	"context"
	"fmt"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/weft-mesh/weft/api/v1alpha1"
	"github.com/weft-mesh/weft/internal/cli/dump"
	"github.com/weft-mesh/weft/internal/cli/view"
	"github.com/weft-mesh/weft/internal/model"
)

func proxy(world World, flags *Flags) *cobra.Command {
	c := &cobra.Command{Use: "proxy", Short: "See the sidecars' proxies and what they have"}
	c.AddCommand(proxyList(world, flags), proxyConfig(world, flags))
	return c
}

// dumpCommand makes the agent of a sidecar print what Envoy has.
var dumpCommand = []string{"/usr/local/bin/weft-agent", "config-dump"}

// readProxy returns the resources of the proxy in a pod.
func readProxy(ctx context.Context, cluster Cluster, name string) ([]dump.Resource, error) {
	key := client.ObjectKey{Namespace: cluster.Namespace, Name: name}
	pod := &corev1.Pod{}
	err := cluster.Get(ctx, key, pod)
	switch {
	case apierrors.IsNotFound(err):
		return nil, fmt.Errorf("there is no pod %s in namespace %s", name, cluster.Namespace)
	case err != nil:
		return nil, fmt.Errorf("read pod %s: %w", key, err)
	case !model.HasSidecar(pod):
		return nil, fmt.Errorf("pod %s has no sidecar: it is in no mesh, or it is older than its namespace's label %s", key, v1alpha1.LabelMesh)
	}
	if why := view.Stopped(pod); why != "" {
		return nil, fmt.Errorf("the sidecar of pod %s is not running: %s", key, why)
	}
	var text bytes.Buffer
	err = cluster.Exec(ctx, key, v1alpha1.ContainerProxy, dumpCommand, &text)
	if apierrors.IsForbidden(err) {
		return nil, fmt.Errorf("you may not look into pod %s, which takes create on pods/exec: %w", key, err)
	}
	if err != nil {
		return nil, fmt.Errorf("ask the sidecar of pod %s: %w", key, err)
	}
	all, err := dump.Parse(text.Bytes())
	if err != nil {
		return nil, fmt.Errorf("ask the sidecar of pod %s: %w", key, err)
	}
	return all, nil
}

// sidecars are the pods with a sidecar.
func sidecars(ctx context.Context, cluster Cluster, scope ...client.ListOption) ([]corev1.Pod, error) {
	list := &corev1.PodList{}
	if err := cluster.List(ctx, list, append(scope, client.HasLabels{v1alpha1.LabelWorkload})...); err != nil {
		return nil, fmt.Errorf("list pods: %w", err)
	}
	var out []corev1.Pod
	for _, pod := range list.Items {
		if model.HasSidecar(&pod) {
			out = append(out, pod)
		}
	}
	return out, nil
}

// podNames completes the name of a pod with a sidecar in the namespace that the flags name.
func podNames(world World, flags *Flags) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		cluster, err := world.Connect(flags)
		if len(args) > 0 || err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		pods, err := sidecars(c.Context(), cluster, client.InNamespace(cluster.Namespace))
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var names []cobra.Completion
		for i := range pods {
			names = append(names, cobra.CompletionWithDesc(pods[i].Name, model.WorkloadOf(&pods[i]).Name))
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}
