package status

import (
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// horizon is how long before its end a certificate of the mesh is reported. It is renewed much earlier, so that it
// comes this close only when renewal fails.
const horizon = 30 * 24 * time.Hour

func condition(kind string, is bool, reason, message string) metav1.Condition {
	status := metav1.ConditionFalse
	if is {
		status = metav1.ConditionTrue
	}
	return metav1.Condition{Type: kind, Status: status, Reason: reason, Message: message}
}

func certificates(in MeshInput) metav1.Condition {
	switch end := earlier(in.RootNotAfter, in.IntermediateNotAfter); {
	case in.RootNotAfter.IsZero():
		return condition(v1alpha1.ConditionCertificatesValid, false, "Missing", "the certificates of the mesh are being made")
	case in.Now.After(end):
		return condition(v1alpha1.ConditionCertificatesValid, false, "Expired", "a certificate of the mesh ended at "+end.UTC().Format(time.RFC3339))
	case in.Now.Add(horizon).After(end):
		return condition(v1alpha1.ConditionCertificatesValid, false, "ExpiringSoon", "a certificate of the mesh ends at "+end.UTC().Format(time.RFC3339))
	default:
		return condition(v1alpha1.ConditionCertificatesValid, true, "Valid", "valid until "+end.UTC().Format(time.RFC3339))
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func applied(in MeshInput) metav1.Condition {
	switch {
	case !in.Complete:
		message := "waiting for every replica of the operator to report its proxies"
		if len(in.Silent) > 0 {
			message += "; silent: " + strings.Join(in.Silent, ", ")
		}
		return condition(v1alpha1.ConditionApplied, false, "ReplicasUnknown", message)
	case len(in.Proxies.Rejected) > 0:
		return condition(v1alpha1.ConditionApplied, false, "Rejected", AppliedBy(in.Proxies))
	case !in.Proxies.Complete():
		return condition(v1alpha1.ConditionApplied, false, "Pending", AppliedBy(in.Proxies))
	default:
		return condition(v1alpha1.ConditionApplied, true, "Applied", AppliedBy(in.Proxies))
	}
}

func accepted(in MeshInput) metav1.Condition {
	if in.Mesh.Spec.Unreadable != "" {
		return condition(v1alpha1.ConditionAccepted, false, "Unreadable", "spec: "+in.Mesh.Spec.Unreadable)
	}
	if len(in.Missing) > 0 {
		return condition(v1alpha1.ConditionAccepted, true, "KindsMissing",
			fmt.Sprintf("the API server does not serve %s; routes of this kind begin to work when its CRD is installed", strings.Join(in.Missing, ", ")))
	}
	return condition(v1alpha1.ConditionAccepted, true, "Accepted", "the mesh is served by this control plane")
}

// ready follows what can be used: rejected or late proxies keep their previous configuration and are told by Applied.
func ready(in MeshInput) metav1.Condition {
	if c := certificates(in); c.Status == metav1.ConditionFalse && c.Reason != "ExpiringSoon" {
		return condition(v1alpha1.ConditionReady, false, c.Reason, c.Message)
	}
	if c := accepted(in); c.Status == metav1.ConditionFalse {
		return condition(v1alpha1.ConditionReady, false, c.Reason, c.Message)
	}
	if len(in.Proxies.Rejected) > 0 {
		return condition(v1alpha1.ConditionReady, false, "Rejected", AppliedBy(in.Proxies))
	}
	return condition(v1alpha1.ConditionReady, true, "Ready", AppliedBy(in.Proxies))
}

func reconciling(in MeshInput) metav1.Condition {
	if c := applied(in); c.Status == metav1.ConditionFalse && c.Reason != "Rejected" {
		return condition(v1alpha1.ConditionReconciling, true, c.Reason, c.Message)
	}
	return condition(v1alpha1.ConditionReconciling, false, "Settled", "nothing is under way")
}

func stalled(in MeshInput) metav1.Condition {
	if c := accepted(in); c.Status == metav1.ConditionFalse {
		return condition(v1alpha1.ConditionStalled, true, c.Reason, c.Message)
	}
	if len(in.Proxies.Rejected) > 0 {
		return condition(v1alpha1.ConditionStalled, true, "Rejected", AppliedBy(in.Proxies))
	}
	return condition(v1alpha1.ConditionStalled, false, "NotStalled", "")
}
