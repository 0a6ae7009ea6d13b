package e2e

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// proxyLife is what an Envoy says of itself.
type proxyLife struct {
	pid      string    // on its node
	begun    time.Time // by its uptime
	taken    int       // updates of all kinds
	kinds    int       // statistics that count refused updates
	rejected []string  // those that are not 0
}

var countLine = regexp.MustCompile(`(?m)^(.+)\.update_(success|rejected): (\d+)$`)

func readLife(ns, app string) (l proxyLife) {
	GinkgoHelper()
	pods := field(ns, "pods", "app="+app, "{.items[*].metadata.name}")
	Expect(pods).To(HaveLen(1))
	l.pid = envoyPID(ns, pods[0])
	Expect(l.pid).To(MatchRegexp(`^\d+$`))
	l.begun = begun(ns, app)
	for _, line := range updates(ns, app) {
		n, err := strconv.Atoi(line[3])
		Expect(err).NotTo(HaveOccurred())
		switch {
		case line[2] == "success":
			l.taken += n
		case n > 0:
			l.rejected = append(l.rejected, line[0])
		default:
			l.kinds++
		}
	}
	Expect(l.kinds).To(BeNumerically(">=", 5), "too few statistics")
	return l
}

func updates(ns, app string) [][]string {
	GinkgoHelper()
	return countLine.FindAllStringSubmatch(getFrom(ns, app, `http://127.0.0.1:15000/stats?filter=\.update_(success|rejected)$`), -1)
}

// begun is when the process began to serve, by its own uptime. There was no hot restart either.
func begun(ns, app string) time.Time {
	GinkgoHelper()
	var info struct {
		State   string
		All     string `json:"uptime_all_epochs"`
		Current string `json:"uptime_current_epoch"`
		Options struct {
			Epoch int `json:"restart_epoch"`
		} `json:"command_line_options"`
	}
	Expect(json.Unmarshal([]byte(getFrom(ns, app, "http://127.0.0.1:15000/server_info")), &info)).To(Succeed())
	Expect(info.State).To(Equal("LIVE"))
	Expect(info.Options.Epoch).To(BeZero())
	Expect(info.Current).To(Equal(info.All))
	uptime, err := time.ParseDuration(info.Current)
	Expect(err).NotTo(HaveOccurred())
	return time.Now().Add(-uptime)
}

// moved counts the updates of one resource of each kind that calls need: clusters, listeners, and routes and endpoints
// of the first slot.
func moved(ns, app string) map[string]int {
	GinkgoHelper()
	slot := ns + "/slot-0/80"
	out := map[string]int{"cluster_manager.cds": 0, "listener_manager.lds": 0, "cluster." + slot: 0, ".rds." + slot: 0}
	for _, line := range updates(ns, app) {
		for name := range out {
			if line[2] == "success" && strings.HasSuffix(line[1], name) {
				out[name], _ = strconv.Atoi(line[3])
			}
		}
	}
	AddReportEntry("moved", out)
	return out
}
