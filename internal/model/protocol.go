package model

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// appProtocols are the values of appProtocol that say what a port speaks. Those with a prefix are Kubernetes' own, see
// https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol.
var appProtocols = map[string]Protocol{
	"http": HTTP, "http1": HTTP, "http/1.1": HTTP, "kubernetes.io/ws": HTTP, "grpc-web": HTTP,
	"grpc": GRPC, "http2": GRPC, "h2c": GRPC, "kubernetes.io/h2c": GRPC,
	"tcp": TCP, "tls": TCP, "https": TCP, "kubernetes.io/wss": TCP,
}

// namedProtocols are what the first part of a port's name says: http-admin, mysql.
var namedProtocols = map[string]Protocol{
	"http": HTTP, "http1": HTTP, "web": HTTP,
	"grpc": GRPC, "http2": GRPC, "h2c": GRPC,
	"tcp": TCP, "tls": TCP, "https": TCP,
	"mysql": TCP, "postgres": TCP, "postgresql": TCP, "redis": TCP, "mongo": TCP, "mongodb": TCP, "memcached": TCP,
	"smtp": TCP, "ftp": TCP, "ssh": TCP, "imap": TCP, "pop3": TCP, "ldap": TCP, "kafka": TCP, "amqp": TCP, "nats": TCP,
	"mqtt": TCP, "cql": TCP, "etcd": TCP, "zookeeper": TCP, "mssql": TCP, "oracle": TCP,
}

// knownTCP are ports of protocols that are not HTTP; on most of them the server speaks first.
var knownTCP = map[int32]bool{
	21: true, 22: true, 25: true, 110: true, 143: true, 389: true, 587: true, 993: true, 995: true, 1433: true,
	1521: true, 3306: true, 4222: true, 5432: true, 5672: true, 6379: true, 9042: true, 9092: true, 11211: true, 27017: true,
}

// protocol follows appProtocol, then the port's name, then its number. What is not declared is passed on as TCP.
func (b *builder) protocol(s *corev1.Service, p corev1.ServicePort) Protocol {
	if p.AppProtocol != nil && *p.AppProtocol != "" {
		if known, is := appProtocols[strings.ToLower(*p.AppProtocol)]; is {
			return known
		}
		b.note("Service", keyOf(s), ReasonProtocolUnknown, "spec.ports.appProtocol",
			"port %d has the application protocol %q, which the mesh does not know; it is treated as TCP", p.Port, *p.AppProtocol)
		return TCP
	}
	if strings.HasPrefix(p.Name, "grpc-web") {
		return HTTP
	}
	word, _, _ := strings.Cut(p.Name, "-")
	if known, is := namedProtocols[word]; is {
		return known
	}
	if !knownTCP[p.Port] {
		b.note("Service", keyOf(s), ReasonProtocolUndeclared, "spec.ports.appProtocol",
			"port %d declares no protocol, so it is treated as TCP; set appProtocol to http, kubernetes.io/h2c, grpc or tcp", p.Port)
	}
	return TCP
}
