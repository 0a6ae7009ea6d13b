package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// proxyUser is the user of Envoy, whose traffic is not redirected. Admission refuses it to containers of a pod; who may
// add an ephemeral container gets around that.
const (
	proxyUser       = 1337
	aroundContainer = "around"
)

// besideSidecar adds a container to the visitor's pod whose calls go around the sidecar.
func (d *demo) besideSidecar(ctx context.Context) (caller, error) {
	pods, err := listPods(ctx, "-l", "app=visitor")
	if err != nil {
		return caller{}, err
	}
	if len(pods.Items) != 1 {
		return caller{}, fmt.Errorf("want one pod of the visitor, found %d", len(pods.Items))
	}
	name := pods.Items[0].Metadata.Name
	d.say.line("visitor: an ephemeral container of user %d gets around the sidecar", proxyUser)
	text, err := output(ctx, "", "kubectl", "-n", namespace, "get", "pod", name, "-o", "json")
	if err != nil {
		return caller{}, err
	}
	changed, err := withEphemeral(text, d.images.bookstore)
	if err != nil {
		return caller{}, err
	}
	path := "/api/v1/namespaces/" + namespace + "/pods/" + name + "/ephemeralcontainers"
	if _, err := output(ctx, changed, "kubectl", "replace", "--raw", path, "-f", "-"); err != nil {
		return caller{}, err
	}
	err = watch(ctx, time.Minute, ephemeralRuns, "pod", name, "-n", namespace)
	return caller{namespace, name, aroundContainer}, err
}

// withEphemeral is the pod with one container more. Without the resource version, a change of its status meanwhile does
// no harm.
func withEphemeral(text, image string) (string, error) {
	var p map[string]any
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return "", fmt.Errorf("read the visitor's pod: %w", err)
	}
	metadata, isObject := p["metadata"].(map[string]any)
	spec, isAlso := p["spec"].(map[string]any)
	if !isObject || !isAlso {
		return "", errors.New("read the visitor's pod: it has no metadata or no spec")
	}
	delete(metadata, "resourceVersion")
	spec["ephemeralContainers"] = []any{map[string]any{
		"name": aroundContainer, "image": image, "imagePullPolicy": "IfNotPresent", "args": []string{"wait"},
		"securityContext": map[string]any{
			"runAsUser": proxyUser, "runAsNonRoot": true, "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
			"capabilities": map[string]any{"drop": []string{"ALL"}},
		},
	}}
	changed, err := json.Marshal(p)
	return string(changed), err
}

func ephemeralRuns(p pod) (bool, error) {
	for _, c := range p.Status.EphemeralContainers {
		if c.Name != aroundContainer {
			continue
		}
		if c.State.Terminated != nil {
			return false, fmt.Errorf("the ephemeral container has ended: %s", c.State.Terminated.Reason)
		}
		return c.State.Running != nil, nil
	}
	return false, nil
}
