package e2e

import (
	"context"
	"encoding/json"
	"os/exec"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// watch calls a function with each object that `kubectl get --watch` prints, until the spec ends.
func watch[T any](each func(T), args ...string) {
	GinkgoHelper()
	ctx, cancel := context.WithCancel(context.Background())
	get := exec.CommandContext(ctx, "kubectl", append([]string{"get", "--watch", "--output=json"}, args...)...)
	out, err := get.StdoutPipe()
	Expect(err).NotTo(HaveOccurred())
	Expect(get.Start()).To(Succeed())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for stream := json.NewDecoder(out); ; {
			var v T
			if err := stream.Decode(&v); err != nil {
				if ctx.Err() == nil {
					GinkgoWriter.Printf("the watch ended: %v\n", err)
				}
				return
			}
			each(v)
		}
	}()
	DeferCleanup(func() {
		cancel()
		<-ended
		_ = get.Wait()
	})
}
