package main

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	toolscache "k8s.io/client-go/tools/cache"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/weft-mesh/weft/internal/fleet"
)

// watchPods ends the streams of pods that are gone, and keeps the list of replicas.
func (p *plane) watchPods(ctx context.Context, mgr ctrl.Manager) error {
	informer, err := mgr.GetCache().GetInformer(ctx, &corev1.Pod{})
	if err != nil {
		return fmt.Errorf("watch pods: %w", err)
	}
	replicas := throttled(ctx, settle, func() { p.listReplicas(ctx, mgr.GetClient()) })
	look := func(object any) {
		if pod, ok := object.(*corev1.Pod); ok && p.isReplica(pod) {
			replicas()
		}
	}
	listed, err := informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc: look, UpdateFunc: func(_, object any) { look(object) },
		DeleteFunc: func(object any) {
			if last, ok := object.(toolscache.DeletedFinalStateUnknown); ok {
				object = last.Obj
			}
			look(object)
			if pod, ok := object.(*corev1.Pod); ok {
				p.agents.Recheck(pod.Namespace, pod.Name)
			}
		},
	})
	if err != nil {
		return fmt.Errorf("watch pods: %w", err)
	}
	if toolscache.WaitForCacheSync(ctx.Done(), listed.HasSynced) {
		replicas()
	}
	// A lost node never deletes its pods; time alone decides when they no longer count.
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			replicas()
			p.local.SetWebhook(p.hook.Server.Serving())
		}
	}
}

func (p *plane) listReplicas(ctx context.Context, reader client.Reader) {
	var all corev1.PodList
	if reader.List(ctx, &all, client.InNamespace(p.options.namespace)) != nil {
		return
	}
	var replicas []*corev1.Pod
	for i := range all.Items {
		if p.isReplica(&all.Items[i]) {
			replicas = append(replicas, &all.Items[i])
		}
	}
	port, err := p.options.peersPort()
	if err != nil {
		return // the options were checked
	}
	p.gather.SetPeers(fleet.Live(replicas, port, time.Now()))
}

// requests are one for each object of a list.
func requests(list client.ObjectList) []reconcile.Request {
	var out []reconcile.Request
	_ = meta.EachListItem(list, func(o runtime.Object) error {
		object := o.(client.Object)
		out = append(out, reconcile.Request{NamespacedName: types.NamespacedName{Namespace: object.GetNamespace(), Name: object.GetName()}})
		return nil
	})
	return out
}
