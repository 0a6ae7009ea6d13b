package image

import (
	"io/fs"
	"maps"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weft-mesh/weft/hack/images/image"
)

// recipe makes an image from parts (directories by part name) and from packages of the host.
type recipe struct {
	parts []string
	spec  func(parts map[string]string) (image.Spec, error)
}

// known lists the images by name. Their reference is testbed.local/NAME:1.
var known = map[string]recipe{
	"pause":          {[]string{"pause"}, static("pause", "pause")},
	"coredns":        {[]string{"coredns"}, static("coredns", "coredns")},
	"cert-manager":   {[]string{"certmanager"}, static("certmanager", "cert-manager")},
	"discover":       {[]string{"discover"}, static("discover", "discover")},
	"metrics-server": {[]string{"metricsserver"}, static("metricsserver", "metrics-server")},
	"prometheus":     {[]string{"prometheus"}, prometheus},
	"envoy":          {[]string{"envoy", "clock"}, envoy},
	"flagger":        {[]string{"flagger"}, static("flagger", "flagger")},
	"echo":           {[]string{"echo"}, echo},
	"agnhost":        {[]string{"kubernetes-e2e"}, agnhost},
	"busybox":        {nil, busybox},
	"nft":            {nil, nft},
}

// Names lists the known images in order.
func Names() []string { return slices.Sorted(maps.Keys(known)) }

// Ref is the reference of a known image.
func Ref(name string) string { return "testbed.local/" + name + ":1" }

// static is an image of one static binary.
func static(part, file string) func(map[string]string) (image.Spec, error) {
	return func(parts map[string]string) (image.Spec, error) {
		return image.Spec{Files: []image.File{program("/"+file, filepath.Join(parts[part], file))}, Entrypoint: []string{"/" + file}}, nil
	}
}

func prometheus(parts map[string]string) (image.Spec, error) {
	return dynamic("/usr/bin/prometheus", filepath.Join(parts["prometheus"], "usr/bin/prometheus"))
}

// envoy carries a library that gives its Envoy another time: LD_PRELOAD names it, CLOCK_OFFSET says how many seconds.
func envoy(parts map[string]string) (image.Spec, error) {
	spec, err := dynamic("/usr/local/bin/envoy", filepath.Join(parts["envoy"], "envoy"))
	spec.Files = append(spec.Files, program("/usr/lib/clock.so", filepath.Join(parts["clock"], "clock.so")))
	return spec, err
}

func echo(parts map[string]string) (image.Spec, error) {
	cert, key, err := selfSigned()
	return image.Spec{
		Files: []image.File{
			program("/usr/local/bin/server", filepath.Join(parts["echo"], "server")),
			program("/usr/local/bin/client", filepath.Join(parts["echo"], "client")),
			{Path: "/cert.crt", Content: cert, Mode: 0o644},
			{Path: "/cert.key", Content: key, Mode: 0o644},
		},
		Entrypoint: []string{"/usr/local/bin/server"}, User: "1338",
		Env: []string{"PATH=/usr/local/bin"},
	}, err
}

// agnhost carries what Kubernetes' own tests run in it: a shell that looks programs up in PATH, and tools whose
// busybox form lacks the options that those tests use.
func agnhost(parts map[string]string) (image.Spec, error) {
	spec, err := busybox(parts)
	if err != nil {
		return spec, err
	}
	tools := map[string]string{"sh": "/bin/dash", "nc": "/bin/nc.openbsd", "dig": "/usr/bin/dig", "curl": "/usr/bin/curl", "getent": "/usr/bin/getent"}
	spec.Files = slices.DeleteFunc(spec.Files, func(f image.File) bool {
		name := path.Base(f.Path)
		return tools[name] != "" || name == "ash" || name == "nslookup"
	})
	for _, name := range slices.Sorted(maps.Keys(tools)) {
		libraries, err := image.Libraries(tools[name])
		if err != nil {
			return spec, err
		}
		spec.Files = append(spec.Files, append(libraries, program("/bin/"+name, tools[name]))...)
	}
	spec.Files = append(spec.Files, program("/agnhost", filepath.Join(parts["kubernetes-e2e"], "agnhost")))
	spec.Entrypoint, spec.Cmd = []string{"/agnhost"}, []string{"pause"}
	return spec, nil
}

func busybox(map[string]string) (image.Spec, error) {
	applets, err := exec.Command("/bin/busybox", "--list").Output()
	if err != nil {
		return image.Spec{}, err
	}
	spec := image.Spec{
		Files: []image.File{program("/bin/busybox", "/bin/busybox"), {Path: "/tmp", Mode: fs.ModeDir | 0o777}},
		Cmd:   []string{"/bin/sh"}, Env: []string{"PATH=/bin"},
	}
	for applet := range strings.FieldsSeq(string(applets)) {
		if applet != "busybox" {
			spec.Files = append(spec.Files, image.File{Path: "/bin/" + applet, Link: "busybox"})
		}
	}
	return spec, nil
}

func nft(map[string]string) (image.Spec, error) { return dynamic("/usr/sbin/nft", "/usr/sbin/nft") }

// dynamic is an image of one binary with the shared libraries that it needs.
func dynamic(path, source string) (image.Spec, error) {
	libraries, err := image.Libraries(source)
	return image.Spec{Files: append(libraries, program(path, source)), Entrypoint: []string{path}}, err
}

func program(path, source string) image.File {
	return image.File{Path: path, Source: source, Mode: 0o755}
}
