package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// pod is the part of a pod that this demo reads.
type pod struct {
	Metadata struct {
		Name              string `json:"name"`
		DeletionTimestamp string `json:"deletionTimestamp"`
	} `json:"metadata"`
	Spec struct {
		InitContainers []container `json:"initContainers"`
		Containers     []container `json:"containers"`
	} `json:"spec"`
	Status struct {
		EphemeralContainers []struct {
			Name  string `json:"name"`
			State struct {
				Running    *struct{} `json:"running"`
				Terminated *struct {
					Reason string `json:"reason"`
				} `json:"terminated"`
			} `json:"state"`
		} `json:"ephemeralContainerStatuses"`
	} `json:"status"`
}

type container struct {
	Name string `json:"name"`
}

type podList struct {
	Items []pod `json:"items"`
}

const sidecar = "weft-proxy"

// listPods leaves out those that are on their way out.
func listPods(ctx context.Context, args ...string) (podList, error) {
	text, err := output(ctx, "", "kubectl", append([]string{"-n", namespace, "get", "pods", "-o", "json",
		"--field-selector=status.phase=Running"}, args...)...)
	if err != nil {
		return podList{}, err
	}
	var list podList
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return podList{}, fmt.Errorf("read the pods: %w", err)
	}
	list.Items = slices.DeleteFunc(list.Items, func(p pod) bool { return p.Metadata.DeletionTimestamp != "" })
	return list, nil
}

// withSidecar are the pods that have a native sidecar: an init container that goes on running.
func (l podList) withSidecar() []pod {
	var with []pod
	for _, p := range l.Items {
		for _, c := range p.Spec.InitContainers {
			if c.Name == sidecar {
				with = append(with, p)
			}
		}
	}
	return with
}
