package bootstrap

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
)

func TestBuild(t *testing.T) {
	const golden = "testdata/bootstrap.json"
	got, err := Build(Input{Namespace: "shop", Pod: "cart-7d9c-x2", Workload: "cart", Socket: "/run/weft/agent.sock"})
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("GOLDEN") == "write" {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("Build (-want +got):\n%s", diff)
	}
	var b bootstrapv3.Bootstrap
	if err := protojson.Unmarshal(got, &b); err != nil {
		t.Fatalf("Envoy's own schema does not know it: %v", err)
	}
	if err := b.ValidateAll(); err != nil {
		t.Errorf("Envoy's own rules: %v", err)
	}
}
