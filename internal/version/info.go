package version

import (
	"cmp"
	"fmt"
	"runtime/debug"
)

// Unknown is the version of a binary that was built without module or version control information.
const Unknown = "(devel)"

// Info describes one build. Its JSON form is stable: scripts read it.
type Info struct {
	Program  string `json:"program"`
	Version  string `json:"version"`            // semantic version with a leading v, or Unknown
	Revision string `json:"revision,omitempty"` // commit id, in full
	Time     string `json:"time,omitempty"`     // time of the commit, RFC 3339 in UTC
	Modified bool   `json:"modified,omitempty"` // built from a tree with changes after the commit
	Go       string `json:"go"`                 // version of the Go toolchain, such as go1.26.1
	Platform string `json:"platform"`           // operating system and architecture, such as linux/amd64
}

// From takes the description of a program out of its build information. What is not recorded stays empty.
func From(program string, build *debug.BuildInfo) Info {
	settings := map[string]string{}
	for _, s := range build.Settings {
		settings[s.Key] = s.Value
	}
	return Info{
		Program:  program,
		Version:  cmp.Or(build.Main.Version, Unknown),
		Revision: settings["vcs.revision"],
		Time:     settings["vcs.time"],
		Modified: settings["vcs.modified"] == "true",
		Go:       build.GoVersion,
		Platform: settings["GOOS"] + "/" + settings["GOARCH"],
	}
}

// String is the description on one line.
func (i Info) String() string {
	line := fmt.Sprintf("%s %s", i.Program, i.Version)
	if i.Revision != "" {
		line += fmt.Sprintf(" (commit %s, %s)", i.Revision, i.Time)
	}
	if i.Modified {
		line += " with local changes"
	}
	return fmt.Sprintf("%s, %s, %s", line, i.Go, i.Platform)
}
