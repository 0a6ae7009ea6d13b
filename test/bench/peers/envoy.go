package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/weft-mesh/weft/internal/agent/bootstrap"
	"github.com/weft-mesh/weft/test/bench/peers/talk"
	"github.com/weft-mesh/weft/test/bench/peers/town"
)

// envoy is a real one, in a network namespace of its own: its listeners are always at the same ports.
type envoy struct {
	cmd    *exec.Cmd
	admin  *http.Client
	folder string
}

// startEnvoy runs an Envoy with an agent's bootstrap that gets everything from a unix socket.
func startEnvoy(ctx context.Context, binary, socket string) (*envoy, error) {
	e := &envoy{folder: filepath.Dir(socket)}
	text, err := bootstrap.Build(bootstrap.Input{Namespace: town.Team(0), Pod: "envoy", Workload: town.Name(0), Socket: socket})
	if err != nil {
		return nil, err
	}
	var config map[string]any
	if err := json.Unmarshal(text, &config); err != nil {
		return nil, err
	}
	admin := filepath.Join(e.folder, "admin")
	config["admin"] = map[string]any{"address": map[string]any{"pipe": map[string]any{"path": admin}}}
	if text, err = json.Marshal(config); err != nil {
		return nil, err
	}
	file := filepath.Join(e.folder, "bootstrap.json")
	if err := write(file, string(text)); err != nil {
		return nil, err
	}
	e.cmd = exec.CommandContext(ctx, "/bin/sh", "-ec", `ip link set lo up; exec "$@"`, "sh",
		binary, "--disable-hot-restart", "--concurrency", "2", "--log-level", "error", "--config-path", file)
	e.cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	e.cmd.Stderr = os.Stderr
	if err := e.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start Envoy (needs root): %w", err)
	}
	e.admin = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", admin)
		},
	}}
	return e, nil
}

func (e *envoy) end() {
	_ = e.cmd.Process.Kill()
	_ = e.cmd.Wait() // it was killed
}

func (e *envoy) ask(path string) (string, error) {
	r, err := e.admin.Get("http://envoy/" + path)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	return string(text), err
}

// warm says whether all that the Envoy has is in use.
func (e *envoy) warm() bool {
	text, err := e.ask("stats?filter=warming")
	return err == nil && strings.Contains(text, "cluster_manager.warming_clusters: 0\n") && strings.Contains(text, "listener_manager.total_listeners_warming: 0\n")
}

// settled waits until a server says that its Envoy has everything and this one uses it, and returns what was sent.
func (e *envoy) settled(ctx context.Context, server *process) (talk.Traffic, error) {
	const long = 5 * time.Minute
	tick, late := time.NewTicker(200*time.Millisecond), time.After(long)
	defer tick.Stop()
	for {
		r, err := server.ask(talk.Command{Do: "settled"})
		if err != nil {
			return talk.Traffic{}, err
		}
		if r.Connected == 1 && e.warm() {
			return r.Traffic, nil
		}
		select {
		case <-tick.C:
		case <-late:
			return talk.Traffic{}, fmt.Errorf("the Envoy has not everything after %s", long)
		case <-ctx.Done():
			return talk.Traffic{}, ctx.Err()
		}
	}
}

// memory is what the Envoy's allocator has given out, in bytes.
func (e *envoy) memory() (int64, error) {
	text, err := e.ask("memory")
	if err != nil {
		return 0, err
	}
	var m struct {
		Allocated int64 `json:"allocated,string"`
	}
	err = json.Unmarshal([]byte(text), &m)
	return m.Allocated, err
}
