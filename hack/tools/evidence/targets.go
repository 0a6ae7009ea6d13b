package main

// Target is one long run.
type Target struct {
	Name    string
	Shows   string // in one sentence
	Command []string
	Paths   []string // a change below one of these makes the report stale
}

// underLoad are the files that the runs under load depend on.
var underLoad = []string{
	"api", "cmd", "config", "controllers", "examples/bookstore", "go.mod", "go.sum", "hack/evidence/loss.sh", "hack/images",
	"hack/testbed", "internal", "test/e2e", "test/envoy", "webhook",
}

// releases are the files that the runs of releases depend on.
var releases = append([]string{"hack/evidence/canary.sh"}, underLoad...)

var targets = []Target{
	{
		Name:    "cold",
		Shows:   "A clean clone with empty Go caches passes `make test`, and passes it again with no network at all.",
		Command: []string{"hack/evidence/cold.sh"},
		Paths: []string{
			".ci", "Dockerfile", "Makefile", "api", "cmd", "config", "controllers", "examples", "go.mod", "go.sum",
			"hack/evidence/cold.sh", "hack/evidence/newcomer.sh", "hack/images", "hack/testbed", "hack/tools", "internal", "test", "webhook",
		},
	},
	{
		Name:    "cycles",
		Shows:   "The test bed starts and stops again and again, killed at random moments, and leaves nothing behind.",
		Command: []string{"hack/evidence/cycles.sh"},
		Paths:   []string{"hack/evidence/cycles.sh", "hack/images", "hack/testbed"},
	},
	{
		Name:    "demo",
		Shows:   "`make demo` from a clean clone with empty caches shows the product's main job, and shows it again.",
		Command: []string{"hack/evidence/demo.sh"},
		Paths: []string{
			"Dockerfile", "api", "cmd", "config", "controllers", "examples", "go.mod", "go.sum",
			"hack/demo", "hack/evidence/demo.sh", "hack/evidence/newcomer.sh", "hack/images", "hack/testbed", "internal", "webhook",
		},
	},
	{
		Name:    "kubernetes",
		Shows:   "The test bed is a real cluster: it passes conformance tests of Kubernetes itself.",
		Command: []string{"hack/evidence/kubernetes.sh"},
		Paths:   []string{"hack/evidence/kubernetes.sh", "hack/images", "hack/testbed"},
	},
	{
		Name:    "loss",
		Shows:   "Under load nothing is lost when a release is promoted, rolled back or aborted, when all operators are killed, or the leader changes. Without the order of the xDS server, requests are lost.",
		Command: []string{"hack/evidence/loss.sh", "zero.loss"},
		Paths:   underLoad,
	},
	{
		Name:    "churn",
		Shows:   "Under load nothing is lost during 200 random changes of routes, endpoints, Services and accounts; nor while one of two operators is killed every ten seconds, nor while the API server is stopped for two minutes. Without the order of the xDS server, requests are lost.",
		Command: []string{"hack/evidence/loss.sh", "churn"},
		Paths:   underLoad,
	},
	{
		Name:    "canary",
		Shows:   "Under constant load releases of both forms are promoted, taken back, aborted, superseded and deleted, while pods and proxies fail, each case three times: no request is lost that is not the bad version's own. Without a Canary the same bad version costs requests.",
		Command: []string{"hack/evidence/canary.sh", "canary course with (two workloads|one Deployment)"},
		Paths:   releases,
	},
	{
		Name:    "leader",
		Shows:   "Under constant load the operator's leader is killed in every phase of releases of both forms, and operator and sidecars are upgraded, three times: no run changes, begins or loses a request.",
		Command: []string{"hack/evidence/canary.sh", "canary course, the operator"},
		Paths:   releases,
	},
	{
		Name:    "outage",
		Shows:   "Under constant load Prometheus is away for ten minutes: three releases neither go on nor back, tell it once each, lose no request, and end as they would have.",
		Command: []string{"hack/evidence/canary.sh", "canary course without metrics"},
		Paths:   releases,
	},
	{
		Name:    "leak",
		Shows:   "A version that goes bad after ten minutes is taken back then, and not before.",
		Command: []string{"hack/evidence/canary.sh", "the judge of a slow leak"},
		Paths:   releases,
	},
	{
		Name:    "autoscaling",
		Shows:   "Canaries beside autoscalers of CPU that read real figures: the share stays as set while pods come and go, a held version and a refused one leave the autoscaler its work, and an event every 15 seconds costs a run no time.",
		Command: []string{"hack/evidence/loss.sh", "autoscaler"},
		Paths:   underLoad,
	},
	{
		Name:    "flagger",
		Shows:   "The same releases under weft and under Flagger on one bed: how long a bad version gets requests, how many fail, and which good ones are taken back.",
		Command: []string{"hack/evidence/flagger.sh"},
		Paths:   append([]string{"hack/evidence/flagger.sh"}, underLoad...),
	},
}
