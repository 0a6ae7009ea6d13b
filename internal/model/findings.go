package model

import (
	"cmp"
	"fmt"
	"slices"
)

// Reasons of findings. Programs may compare them.
const (
	// Of any object.
	ReasonNamespaceNotJoined = "NamespaceNotJoined"
	ReasonUnreadable         = "Unreadable"
	ReasonWithheld           = "ConfigurationWithheld" // Envoy would refuse what was made of it
	// Of a Service.
	ReasonHeadless           = "HeadlessNotMeshed"
	ReasonAddressTaken       = "AddressTaken"
	ReasonProtocolUndeclared = "ProtocolUndeclared"
	ReasonProtocolUnknown    = "ProtocolUnknown"
	ReasonProtocolConflict   = "ProtocolConflict"
	ReasonOutsideName        = "NameNotCalled"
	ReasonNotNear            = "TrafficDistributionNotHonoured"
	// Of a Canary.
	ReasonEmptySelector   = "EmptySelector"
	ReasonSameSelector    = "SameSelector"
	ReasonOverlap         = "SelectorsOverlap"
	ReasonServiceNotFound = "ServiceNotFound"
	ReasonServiceNotHTTP  = "ServiceNotHTTP"
	ReasonConflict        = "Conflict"
	ReasonSharedRoute     = "SharedRoute"
	ReasonKindNotHeld     = "KindNotHeld"
	ReasonOtherService    = "OtherService"
	ReasonNotCompared     = "NothingToCompare"
	ReasonIssuerUnknown   = "IssuerUnknown"
	// Of a Mesh.
	ReasonIssuerUnusable = "IssuerUnusable"
	// Of an HTTPRoute or a GRPCRoute.
	ReasonParentNotFound  = "ParentNotFound"
	ReasonParentNotHTTP   = "ParentNotHTTP"
	ReasonConsumerRoute   = "ConsumerRouteNotSupported"
	ReasonUnsupported     = "UnsupportedValue"
	ReasonBackendNotFound = "BackendNotFound"
	ReasonRefNotPermitted = "RefNotPermitted"
	ReasonBackendKind     = "InvalidKind"
	ReasonNoBackends      = "NoBackends"
	ReasonConflicted      = "Conflicted"
	// Of a Policy.
	ReasonNoSuchCaller   = "NoSuchCaller"
	ReasonSelectsNothing = "SelectsNothing"
	ReasonSelectsPart    = "SelectsPartOfWorkload"
	ReasonSectionChanged = "SectionChanged"
)

// FindingFor is the finding that leaves an object out of the model.
func (m *Model) FindingFor(kind string, key Key) (Finding, bool) {
	for _, f := range m.Findings {
		if f.Fatal && f.Kind == kind && f.Namespace == key.Namespace && f.Name == key.Name {
			return f, true
		}
	}
	return Finding{}, false
}

func (b *builder) fatal(kind string, key Key, reason, field, format string, args ...any) {
	b.find(Finding{Kind: kind, Namespace: key.Namespace, Name: key.Name, Fatal: true, Reason: reason, Field: field, Message: fmt.Sprintf(format, args...)})
}

func (b *builder) note(kind string, key Key, reason, field, format string, args ...any) {
	b.find(Finding{Kind: kind, Namespace: key.Namespace, Name: key.Name, Reason: reason, Field: field, Message: fmt.Sprintf(format, args...)})
}

func (b *builder) find(f Finding) { b.model.Findings = append(b.model.Findings, f) }

// SortedFindings puts those of an object together, the fatal ones first, each once. It changes the list.
func SortedFindings(list []Finding) []Finding {
	slices.SortFunc(list, compareFindings)
	return slices.Compact(list)
}

// compareFindings puts the findings of an object together, the fatal ones first.
func compareFindings(a, b Finding) int {
	gravity := 0
	if a.Fatal != b.Fatal {
		gravity = 1
		if a.Fatal {
			gravity = -1
		}
	}
	return cmp.Or(
		cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name), gravity,
		cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Message, b.Message),
	)
}
