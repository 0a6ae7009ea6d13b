package apply

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

// Notice is an Event about an object. Each is written as an object of its own: the usual recorder folds events of one
// object together, and "why was it rolled back" would be lost.
type Notice struct{ Type, Reason, Message string }

// Notices writes events about an object, in order. It is called after the decision was stored.
func (w Writer) Notices(ctx context.Context, about client.Object, notices []Notice, now time.Time) error {
	kind, err := apiutil.GVKForObject(about, w.client.Scheme())
	if err != nil {
		return err
	}
	for _, n := range notices {
		namespace := about.GetNamespace()
		if namespace == "" {
			namespace = metav1.NamespaceDefault
		}
		event := &corev1.Event{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: eventName(about.GetName())},
			InvolvedObject: corev1.ObjectReference{
				APIVersion: kind.GroupVersion().String(), Kind: kind.Kind, Namespace: about.GetNamespace(),
				Name: about.GetName(), UID: about.GetUID(), ResourceVersion: about.GetResourceVersion(),
			},
			Type: n.Type, Reason: n.Reason, Message: n.Message, Count: 1,
			FirstTimestamp: metav1.NewTime(now), LastTimestamp: metav1.NewTime(now),
			Source: corev1.EventSource{Component: "weft"}, ReportingController: "weft.dev/operator",
		}
		if err := w.Create(ctx, Event, event); err != nil {
			return err
		}
	}
	return nil
}

func eventName(object string) string {
	const longest = 200
	return strings.TrimRight(object[:min(len(object), longest)], ".-") + "." + strings.ToLower(rand.Text())[:16]
}
