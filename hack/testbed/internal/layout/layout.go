// Package layout names every file of the test bed. All of them are below one state directory:
//
//	cache/  what was built or fetched; kept between starts
//	run/    the running bed; removed by down
//	lock    held by the command that changes the bed
package layout

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Marker is the environment variable that all processes of a bed carry; its value is the state directory.
const Marker = "WEFT_TESTBED"

// Dir is the state directory of one test bed, as an absolute path.
type Dir string

// longest is what the kernel leaves for a socket path (108 bytes) below a node's directory.
const longest = 60

// Open checks that path can hold a bed and makes it. Nodes put their own /run and /var over those of the host,
// so a bed can't live below them.
func Open(path string) (Dir, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	for _, hidden := range []string{"/run", "/var"} {
		if path == hidden || strings.HasPrefix(path, hidden+"/") {
			return "", fmt.Errorf("state directory %s: nodes mount their own %s; choose another place", path, hidden)
		}
	}
	if len(path) > longest {
		return "", fmt.Errorf("state directory %s: longer than %d characters, too long for the sockets below it", path, longest)
	}
	return Dir(path), os.MkdirAll(path, 0o755)
}

// Default is the state directory when none is named.
func Default() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	return filepath.Join(cache, "weft-testbed")
}

// Cache is a path that outlives the bed.
func (d Dir) Cache(elem ...string) string { return d.join("cache", elem) }

// Run is a path of the running bed.
func (d Dir) Run(elem ...string) string { return d.join("run", elem) }

// Node is a path of one node.
func (d Dir) Node(node string, elem ...string) string {
	return d.Run(append([]string{node}, elem...)...)
}

// Log is the log file of a component on a node.
func (d Dir) Log(node, component string) string { return d.Node(node, "log", component+".log") }

// PKI is a certificate or key of the cluster.
func (d Dir) PKI(file string) string { return d.Run("pki", file) }

// Kubeconfig is the client configuration of a user.
func (d Dir) Kubeconfig(user string) string { return d.Run("kubeconfig", user+".yaml") }

// Lock is the file that the command at work holds.
func (d Dir) Lock() string { return filepath.Join(string(d), "lock") }

// Mark is the environment entry that tells a process of this bed.
func (d Dir) Mark() string { return Marker + "=" + string(d) }

func (d Dir) join(top string, elem []string) string {
	return filepath.Join(append([]string{string(d), top}, elem...)...)
}
