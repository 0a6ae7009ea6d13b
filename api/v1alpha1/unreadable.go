package v1alpha1

import "encoding/json"

// The API server may store values that no field of these types can hold: a quantity whose exponent has a fraction, or
// whatever was let in while a CRD had no rules. One such object must not keep its whole kind from being read. So a spec
// that can't be read says so in Unreadable, and holds only what the mesh needs to leave in force what is.

// UnmarshalJSON never fails.
func (s *PolicySpec) UnmarshalJSON(text []byte) error {
	type plain PolicySpec
	var read plain
	if err := json.Unmarshal(text, &read); err != nil {
		read = plain{Unreadable: err.Error()}
	}
	*s = PolicySpec(read)
	return nil
}

// UnmarshalJSON never fails. The Service stays, so that its requests go on as they are divided.
func (s *CanarySpec) UnmarshalJSON(text []byte) error {
	type plain CanarySpec
	var read plain
	if err := json.Unmarshal(text, &read); err != nil {
		var kept struct{ Service ServiceReference }
		_ = json.Unmarshal(text, &kept)
		read = plain{Service: kept.Service, Unreadable: err.Error()}
	}
	*s = CanarySpec(read)
	return nil
}

// UnmarshalJSON never fails. What every proxy depends on stays.
func (s *MeshSpec) UnmarshalJSON(text []byte) error {
	type plain MeshSpec
	var read plain
	if err := json.Unmarshal(text, &read); err != nil {
		var kept struct {
			TrustDomain   string
			MTLS          MTLS
			NetworkPolicy *NetworkPolicySettings
			Outbound      *Outbound
		}
		_ = json.Unmarshal(text, &kept)
		read = plain{TrustDomain: kept.TrustDomain, MTLS: kept.MTLS, NetworkPolicy: kept.NetworkPolicy, Outbound: kept.Outbound,
			Unreadable: err.Error()}
	}
	*s = MeshSpec(read)
	return nil
}
