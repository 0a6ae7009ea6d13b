package main

import (
	"encoding/json"
	"testing"
)

func TestGroups(t *testing.T) {
	const list = `{"items": [
		{"metadata": {"name": "asks", "namespace": "shop", "annotations": {
			"prometheus.io/scrape": "true", "prometheus.io/port": "8081", "prometheus.io/path": "/stats"}},
		 "spec": {"nodeName": "n1"}, "status": {"podIP": "10.244.1.7"}},
		{"metadata": {"name": "silent", "namespace": "shop"}, "status": {"podIP": "10.244.1.8"}},
		{"metadata": {"name": "no-port", "namespace": "shop", "annotations": {"prometheus.io/scrape": "true"}}, "status": {"podIP": "10.244.1.9"}}]}`
	var pods podList
	if err := json.Unmarshal([]byte(list), &pods); err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(groups(pods))
	if err != nil {
		t.Fatal(err)
	}
	const want = `[{"targets":["10.244.1.7:8081"],"labels":{"__metrics_path__":"/stats","namespace":"shop","node":"n1","pod":"asks"}}]`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, _ := json.Marshal(groups(podList{})); string(got) != "[]" {
		t.Errorf("no pods: %s, want an empty list, which Prometheus takes", got)
	}
}
