package redirect

import (
	"encoding/json"
	"fmt"
)

// Proof says that redirection was read back from the kernel of one network namespace. The init container leaves it for
// the agent, which may not ask the kernel itself.
type Proof struct {
	// Namespace names the network namespace as /proc/self/ns/net does: net:[4026531840].
	Namespace string `json:"namespace"`
	Table     string `json:"table"`
}

// Encode is the proof as a file.
func (p Proof) Encode() ([]byte, error) { return json.Marshal(p) }

// CheckProof says whether the file proves redirection for the namespace.
func CheckProof(file []byte, namespace string) error {
	var p Proof
	if err := json.Unmarshal(file, &p); err != nil {
		return fmt.Errorf("read the proof of redirection: %w", err)
	}
	switch {
	case p.Table != TableName:
		return fmt.Errorf("the proof of redirection is for table %q, not %q", p.Table, TableName)
	case namespace == "" || p.Namespace != namespace:
		return fmt.Errorf("redirection is in force in network namespace %q, but this is %q", p.Namespace, namespace)
	default:
		return nil
	}
}
