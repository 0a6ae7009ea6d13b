package part

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/weft-mesh/weft/hack/testbed/internal/progress"
)

// needs maps a program or file of the host to the Debian package that brings it.
var needs = []struct{ glob, debian string }{
	{"/usr/sbin/runc", "runc"},
	{"/usr/sbin/iptables", "iptables"},
	{"/usr/sbin/ipset", "ipset"},
	{"/usr/sbin/nft", "nftables"},
	{"/usr/bin/busybox", "busybox-static"},
	{"/usr/bin/gcc", "gcc"},
	{"/usr/bin/curl", "curl"},
	{"/usr/bin/dig", "bind9-dnsutils"},
	{"/bin/nc.openbsd", "netcat-openbsd"},
	{"/usr/bin/nsenter", "util-linux"},
	{"/usr/bin/ldd", "libc-bin"},
	{"/usr/bin/pip*", "python3-pip"},
	{"/etc/ssl/certs/ca-certificates.crt", "ca-certificates"},
}

// Missing lists the Debian packages that the bed needs and the host lacks.
func Missing() []string {
	var missing []string
	for _, n := range needs {
		if found, _ := filepath.Glob(n.glob); len(found) == 0 {
			missing = append(missing, n.debian)
		}
	}
	return missing
}

// Install brings the missing packages when it may, and otherwise names them in one line.
func Install(ctx context.Context) error {
	missing := Missing()
	if len(missing) == 0 {
		return nil
	}
	if os.Geteuid() != 0 {
		return fmt.Errorf("install these Debian packages first: %s", strings.Join(missing, " "))
	}
	progress.Say("installing %s", strings.Join(missing, " "))
	for _, args := range [][]string{{"update"}, append([]string{"install", "--yes", "--no-install-recommends"}, missing...)} {
		cmd := exec.CommandContext(ctx, "apt-get", args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("apt-get %s: %w\n%s", args[0], err, out)
		}
	}
	return nil
}
