package inject

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// agentPath begins the path of every probe that goes to the agent.
const agentPath = "/probe/"

// rewriteProbes sends the kubelet's network probes to the agent, which makes them from inside the pod: the kubelet has
// no identity, so the proxy would refuse it. Probes that run a command, or that go to another host, stay.
func rewriteProbes(i *injection) ([]Operation, error) {
	var earlier Probes
	if i.known {
		earlier = recorded(i.pod)
	}
	var operations []Operation
	for _, list := range containerLists(i.pod) {
		for index := range list.containers {
			c := &list.containers[index]
			if i.owns(c) {
				continue
			}
			for _, p := range probesOf(c) {
				path := agentPath + c.Name + "/" + p.name
				original, err := original(p.probe, c, earlier)
				if err != nil {
					return nil, refusal(fmt.Sprintf("spec.%s[%d].%s", list.name, index, p.field), "%v", err)
				}
				i.probes[path] = original
				if !sentToAgent(p.probe) || p.probe.HTTPGet.Path != path {
					at := pointer(element("/spec/"+list.name, index), p.field)
					operations = append(operations, replace(at, throughAgent(p.probe, path)))
				}
			}
		}
	}
	return operations, nil
}

// original is the probe as its author wrote it: as it is, or as it was before an earlier injection.
func original(p *corev1.Probe, c *corev1.Container, earlier Probes) (Probe, error) {
	if !sentToAgent(p) {
		return resolve(p, c)
	}
	if before, found := earlier[p.HTTPGet.Path]; found {
		return before, nil
	}
	return Probe{}, errors.New("it goes to the sidecar, but what it was before is not recorded; " +
		"make the pod from its original manifest")
}

type namedProbe struct {
	name, field string
	probe       *corev1.Probe
}

// probesOf lists the probes of a container that go over the pod's network.
func probesOf(c *corev1.Container) []namedProbe {
	var found []namedProbe
	for _, p := range [...]namedProbe{
		{"readiness", "readinessProbe", c.ReadinessProbe},
		{"liveness", "livenessProbe", c.LivenessProbe},
		{"startup", "startupProbe", c.StartupProbe},
	} {
		if p.probe != nil && overNetwork(p.probe) {
			found = append(found, p)
		}
	}
	return found
}

func overNetwork(p *corev1.Probe) bool {
	switch {
	case p.HTTPGet != nil:
		return p.HTTPGet.Host == ""
	case p.TCPSocket != nil:
		return p.TCPSocket.Host == ""
	}
	return p.GRPC != nil
}

func sentToAgent(p *corev1.Probe) bool {
	return p.HTTPGet != nil && strings.HasPrefix(p.HTTPGet.Path, agentPath) &&
		p.HTTPGet.Port == intstr.FromInt32(v1alpha1.PortHealth)
}

// throughAgent keeps the probe's thresholds and times and changes where it goes.
func throughAgent(p *corev1.Probe, path string) *corev1.Probe {
	rewritten := *p
	rewritten.ProbeHandler = corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{
		Path:   path,
		Port:   intstr.FromInt32(v1alpha1.PortHealth),
		Scheme: corev1.URISchemeHTTP,
	}}
	return &rewritten
}

// resolve is the probe as the agent makes it.
func resolve(p *corev1.Probe, c *corev1.Container) (Probe, error) {
	result := Probe{TimeoutSeconds: max(p.TimeoutSeconds, 1)}
	switch {
	case p.HTTPGet != nil:
		port, err := portOf(p.HTTPGet.Port, c)
		get := &HTTPGet{Port: port, Path: p.HTTPGet.Path, Scheme: cmp.Or(string(p.HTTPGet.Scheme), string(corev1.URISchemeHTTP))}
		for _, h := range p.HTTPGet.HTTPHeaders {
			get.Headers = append(get.Headers, Header(h))
		}
		result.HTTPGet = get
		return result, err
	case p.TCPSocket != nil:
		port, err := portOf(p.TCPSocket.Port, c)
		result.TCPSocket = &TCPSocket{Port: port}
		return result, err
	}
	result.GRPC = &GRPC{Port: p.GRPC.Port}
	if p.GRPC.Service != nil {
		result.GRPC.Service = *p.GRPC.Service
	}
	return result, nil
}

// portOf looks a port's name up in its container, as the kubelet does.
func portOf(port intstr.IntOrString, c *corev1.Container) (int32, error) {
	if port.Type == intstr.Int {
		return port.IntVal, nil
	}
	for _, p := range c.Ports {
		if p.Name == port.StrVal {
			return p.ContainerPort, nil
		}
	}
	return 0, fmt.Errorf("container %q has no port named %q", c.Name, port.StrVal)
}
