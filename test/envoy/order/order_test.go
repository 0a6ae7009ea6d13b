package order

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const (
	changes = 40  // of the world, while the load runs
	between = 100 // requests at least, from one change to the next
)

// server is a file: weft's xDS server with its failpoints.
var server string

func TestMain(m *testing.M) {
	code, err := suite(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func suite(m *testing.M) (int, error) {
	folder, err := os.MkdirTemp("", "weft-order-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	server = filepath.Join(folder, "server")
	out, err := exec.Command("go", "build", "-tags", "failpoint", "-o", server, "./server").CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("build the server with failpoints: %w\n%s", err, out)
	}
	return m.Run(), nil
}

// The two differ in the environment of the server only.
func TestNoRequestIsLostInOrder(t *testing.T) {
	seen, missed := release(t, "")
	if seen.failed() > 0 || missed > 0 {
		t.Errorf("lost %d of %d requests by %v, %d of them for want of a cluster", seen.failed(), seen.sent, seen.failures, missed)
	}
}

func TestRequestsAreLostOutOfOrder(t *testing.T) {
	seen, missed := release(t, "order:off")
	if seen.failures["503"] == 0 || missed == 0 {
		t.Errorf("lost %d of %d requests by %v, %d of them for want of a cluster, want some", seen.failed(), seen.sent, seen.failures, missed)
	}
	if seen.failed() != missed {
		t.Errorf("lost %d requests by %v, but %d for want of a cluster", seen.failed(), seen.failures, missed)
	}
}

// release changes the clusters and routes of an Envoy under load many times. It returns what the load saw, and how many
// requests Envoy itself answered because it did not know the cluster.
func release(t *testing.T, failpoint string) (seen tally, missed int) {
	t.Helper()
	s := start(t, failpoint)
	l := s.load()
	for range changes {
		l.await(t, between)
		s.change(t)
	}
	l.await(t, between)
	seen = l.stop()
	missed = s.statistic(t, "http.entry.no_cluster")
	t.Logf("%d changes: %d requests, %d on new connections, %d with a body, %d lost %v, %d for want of a cluster, %d sent again by Envoy",
		changes, seen.sent, seen.fresh, seen.posts, seen.failed(), seen.failures, missed, s.statistic(t, "upstream_rq_retry"))
	return seen, missed
}
