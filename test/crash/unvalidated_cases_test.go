package crash

const (
	weftAPI    = "weft.dev/v1alpha1"
	gatewayAPI = "gateway.networking.k8s.io/v1"
)

// odd is an object that could only be stored without the rules of its CRD, and the reason that must be told.
type odd struct{ name, api, kind, spec, reason string }

func (o odd) text() string {
	return "{apiVersion: " + o.api + ", kind: " + o.kind + ", spec: " + o.spec + "}"
}

func oddPolicy(name, spec, reason string) odd { return odd{name, weftAPI, "Policy", spec, reason} }

// oddCanary is one of the Service shop.
func oddCanary(name, spec, reason string) odd {
	const versions = "workloads: {stable: {matchLabels: {version: v1}}, canary: {matchLabels: {version: v2}}}"
	return odd{name, weftAPI, "Canary", "{service: {name: shop}, " + versions + ", " + spec + "}", reason}
}

func oddRoute(name, rule, reason string) odd {
	return odd{name, gatewayAPI, "HTTPRoute", `{parentRefs: [{group: "", kind: Service, name: shop}], rules: [` + rule + "]}", reason}
}

const toShop = "backendRefs: [{name: shop, port: 80}]"

// They are stored in this order: the oldest Canary of the Service is told about its spec, the others of the conflict.
var unvalidated = []odd{
	oddPolicy("account", `{selector: {}, access: {allow: [{from: [{serviceAccount: {name: "Front End!"}}]}]}}`, "NoSuchCaller"),
	oddPolicy("account-of-all", `{selector: {}, access: {allow: [{from: [{serviceAccount: {name: "*"}}]}]}}`, "NoSuchCaller"),
	oddPolicy("namespace", `{selector: {}, access: {allow: [{from: [{serviceAccount: {name: a, namespace: "b/sa/c"}}]}]}}`, "NoSuchCaller"),
	oddPolicy("nobody", `{selector: {}, access: {allow: [{from: [{}]}]}}`, "NoSuchCaller"),
	oddPolicy("port", `{selector: {}, access: {allow: [{from: [{serviceAccount: {name: a}}], ports: [70000]}]}}`, "UnsupportedValue"),
	oddPolicy("shadow", `{selector: {}, mode: Shadow, access: {}}`, "UnsupportedValue"),
	oddPolicy("no-access", `{selector: {}}`, "UnsupportedValue"),
	oddPolicy("empty", `{}`, "UnsupportedValue"),

	oddPolicy("limit", `{selector: {}, limits: {maxConnections: -1}}`, "UnsupportedValue"),
	oddPolicy("limit-of-time", `{selector: {}, limits: {requestTimeout: -5s, ejection: {mode: Perhaps}}}`, "UnsupportedValue"),
	oddPolicy("two-sections", `{selector: {}, access: {}, limits: {maxConnections: 1}}`, "UnsupportedValue"),
	oddPolicy("soon", `{selector: {}, limits: {requestTimeout: soon}}`, "Unreadable"),

	oddPolicy("huge-port", `{selector: {}, access: {allow: [{from: [{serviceAccount: {name: a}}], ports: [5000000000]}]}}`, "Unreadable"),

	{"canary-empty", weftAPI, "Canary", "{}", "ServiceNotFound"},
	{"duration", weftAPI, "Canary", "{service: {name: shop}, steps: [{weight: 10, duration: soon}]}", "Unreadable"},
	oddCanary("no-steps", `steps: []`, "Conflict"),
	oddCanary("quantity", `steps: [{weight: 10}], analysis: {falseAlarm: "1e1.5"}`, "Conflict"),
	oddCanary("younger", `steps: [{weight: 1000, duration: -1h, minRequests: -4}, {weight: -5}]`, "Conflict"),

	oddRoute("path", `{matches: [{path: {type: Exact, value: "no slash?"}}], `+toShop+`}`, "UnsupportedValue"),
	oddRoute("kind-of-match", `{matches: [{path: {type: Guess, value: /a}, method: "G E T"}], `+toShop+`}`, "UnsupportedValue"),
	oddRoute("port-too-large", `{backendRefs: [{name: shop, port: 65616, weight: -3}]}`, "BackendNotFound"),
	oddRoute("header", `{matches: [{headers: [{name: "a b\n", value: "\0"}]}], `+toShop+`}`, "UnsupportedValue"),
}
