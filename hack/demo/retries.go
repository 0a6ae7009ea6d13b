package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// statsURL is Envoy's admin interface, which a pod's containers share with the sidecar.
const statsURL = "http://127.0.0.1:15000/stats?filter=upstream_rq_retry$"

// countRetries adds up what the sidecars that run now have sent a second time. The visitor's is left out: no request of the
// load passes it, and it calls while Policies come.
func countRetries(ctx context.Context) (retries, sidecars int, err error) {
	list, err := listPods(ctx, "-l", "app!=visitor")
	if err != nil {
		return 0, 0, err
	}
	for _, p := range list.withSidecar() {
		text, err := caller{namespace, p.Metadata.Name, p.Spec.Containers[0].Name}.get(ctx, statsURL)
		if err != nil {
			return 0, 0, err
		}
		n, err := sumStats(text)
		if err != nil {
			return 0, 0, fmt.Errorf("statistics of %s: %w", p.Metadata.Name, err)
		}
		retries, sidecars = retries+n, sidecars+1
	}
	return retries, sidecars, nil
}

// sumStats adds up lines such as "cluster.NAME.upstream_rq_retry: 0".
func sumStats(text string) (sum int, err error) {
	for line := range strings.Lines(text) {
		at := strings.LastIndex(line, ": ")
		if at < 0 {
			continue
		}
		n, err := strconv.Atoi(strings.TrimSpace(line[at+2:]))
		if err != nil {
			return 0, fmt.Errorf("%q is not a counter: %w", strings.TrimSpace(line), err)
		}
		sum += n
	}
	return sum, nil
}
