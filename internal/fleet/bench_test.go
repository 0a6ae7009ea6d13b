package fleet

import (
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/weft-mesh/weft/internal/ack"
	"github.com/weft-mesh/weft/internal/agentserver"
	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/protocol/peerv1"
)

const objects = 500

// BenchmarkGather is what the leader does when acknowledgements have come: it decodes what the other of two replicas has
// sent, merges both views, and counts each of 500 objects over all proxies, ten to a workload. One object has just changed, and half of the
// proxies have applied it. What is sent is told in bytes.
func BenchmarkGather(b *testing.B) {
	for _, proxies := range []int{100, 1000, 5000} {
		b.Run(fmt.Sprint("proxies=", proxies), func(b *testing.B) {
			latest, own, workloads := map[string]string{}, map[string]string{}, map[model.Key]bool{}
			for i := range objects {
				latest[uid("object", i)] = "2"
			}
			pods := make([]model.ProxyPod, proxies)
			replicas := [2]*Local{}
			for half := range replicas {
				acks, agents := map[string]ack.Report{}, []agentserver.View{}
				for i := half; i < proxies; i += 2 {
					report := ack.Report{Latest: []map[string]string{latest, own}, UpToDate: i%4 < 2}
					if !report.UpToDate {
						report.Behind = map[string]string{uid("object", 0): "1"}
					}
					key := model.Key{Namespace: "shop", Name: fmt.Sprint("pod-", i)}
					pods[i] = model.ProxyPod{Key: key, UID: uid("pod", i), Workload: model.Key{Namespace: "shop", Name: fmt.Sprint("workload-", i/10)}}
					workloads[pods[i].Workload] = true
					acks[pods[i].UID] = report
					agents = append(agents, agentserver.View{Pod: key, UID: pods[i].UID, BootID: "boot", Connected: time.Unix(1, 0)})
				}
				replicas[half] = NewLocal(fmt.Sprint("replica-", half), func() map[string]ack.Report { return acks }, func() []agentserver.View { return agents })
			}
			wire, err := proto.Marshal(replicas[1].View())
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				far := &peerv1.View{}
				if err := proto.Unmarshal(wire, far); err != nil {
					b.Fatal(err)
				}
				view := ack.View{Complete: true, Reports: merge([]*peerv1.View{replicas[0].View(), far}).acks}
				index := ack.NewIndex(view, pods)
				for i := range objects {
					got := index.Count(workloads, model.Stamp{UID: uid("object", i), Version: "2"})
					if want := proxies; i > 0 && int(got.Acknowledged) != want || i == 0 && int(got.Acknowledged) != want/2 {
						b.Fatalf("object %d: %d of %d", i, got.Acknowledged, want)
					}
				}
			}
			b.ReportMetric(float64(len(wire)), "sent-B/op")
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1e3/float64(b.N), "ms/op")
		})
	}
}

func uid(kind string, i int) string { return fmt.Sprintf("%s-7c0e2d1a-5b7f-4f60-9a44-%012d", kind, i) }
