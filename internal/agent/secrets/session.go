package secrets

import (
	"log/slog"
	"maps"
	"slices"
	"strconv"
)

// session is what one stream asked for and was sent.
type session struct {
	store  *Store
	log    *slog.Logger
	names  map[string]string // secret to the version that was sent last, empty for none
	nonces map[string]push
	count  uint64
}

// push is a secret that was sent and not yet judged.
type push struct{ name, version string }

func newSession(store *Store, log *slog.Logger) *session {
	return &session{store: store, log: log, names: map[string]string{}, nonces: map[string]push{}}
}

func (s *session) subscribe(names ...string) {
	for _, name := range names {
		if _, ok := s.names[name]; !ok {
			s.store.want(name, 1)
		}
		s.names[name] = ""
	}
}

func (s *session) unsubscribe(names ...string) {
	for _, name := range names {
		if _, ok := s.names[name]; ok {
			delete(s.names, name)
			s.store.want(name, -1)
		}
	}
}

func (s *session) close() { s.unsubscribe(slices.Collect(maps.Keys(s.names))...) }

// judge takes Envoy's word on a push. An empty reason is an acknowledgement.
func (s *session) judge(nonce, reason string) {
	p, ok := s.nonces[nonce]
	if !ok {
		return
	}
	delete(s.nonces, nonce)
	if reason != "" {
		s.log.Error("envoy rejected a secret", "secret", p.name, "reason", reason)
		return
	}
	s.store.ack(p.name, p.version)
}

// due lists the secrets that are newer than what was sent. A rejected one is not sent again.
func (s *session) due() map[string]secret {
	found := map[string]secret{}
	for name, sent := range s.names {
		if present, ok := s.store.get(name); ok && present.version != sent {
			found[name] = present
		}
	}
	return found
}

// sent notes a push and gives its nonce.
func (s *session) sent(name, version string) string {
	s.names[name] = version
	s.count++
	nonce := strconv.FormatUint(s.count, 10)
	s.nonces[nonce] = push{name, version}
	return nonce
}
