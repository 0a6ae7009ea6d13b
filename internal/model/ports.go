package model

import (
	"cmp"
	"math"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// ports are the TCP ports of a Service that have a number of their own.
func (b *builder) ports(s *corev1.Service) []Port {
	var out []Port
	for _, p := range s.Spec.Ports {
		if !isTCP(p.Protocol) {
			continue
		}
		target := cmp.Or(p.TargetPort.IntVal, p.Port)
		switch {
		case !isPort(p.Port) || p.TargetPort.StrVal == "" && !isPort(target):
			b.note("Service", keyOf(s), ReasonUnsupported, "spec.ports", "%d to %d is no port; it is left out", p.Port, target)
			continue
		case slices.ContainsFunc(out, func(o Port) bool { return o.Number == uint16(p.Port) }):
			b.note("Service", keyOf(s), ReasonUnsupported, "spec.ports", "port %d is there twice; the first one counts", p.Port)
			continue
		}
		port := Port{Number: uint16(p.Port), Name: p.Name, Protocol: b.protocol(s, p), TargetName: p.TargetPort.StrVal}
		if port.TargetName == "" {
			port.TargetPort = uint16(target)
		}
		out = append(out, port)
	}
	slices.SortFunc(out, func(a, b Port) int { return cmp.Compare(a.Number, b.Number) })
	return out
}

// targetPort is where a port of a Service leads to in a pod. It is false where the pod has no port of that name.
func targetPort(pod *corev1.Pod, p *Port) (uint16, bool) {
	if p.TargetName == "" {
		return p.TargetPort, true
	}
	for _, containers := range [][]corev1.Container{pod.Spec.Containers, pod.Spec.InitContainers} {
		for _, c := range containers {
			for _, port := range c.Ports {
				if port.Name == p.TargetName && isTCP(port.Protocol) && isPort(port.ContainerPort) {
					return uint16(port.ContainerPort), true
				}
			}
		}
	}
	return 0, false
}

func isTCP(p corev1.Protocol) bool { return p == "" || p == corev1.ProtocolTCP }

func isPort(n int32) bool { return 0 < n && n <= math.MaxUint16 }
