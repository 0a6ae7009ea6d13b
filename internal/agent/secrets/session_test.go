package secrets

import (
	"log/slog"
	"testing"

	"google.golang.org/protobuf/types/known/anypb"
)

func storeWith(identity, roots string) *Store {
	s := NewStore()
	s.secrets = map[string]secret{Identity: {identity, &anypb.Any{}}, Roots: {roots, &anypb.Any{}}}
	return s
}

func TestARejectedSecretIsNotSentAgain(t *testing.T) {
	store := storeWith("1", "a")
	s := newSession(store, slog.New(slog.DiscardHandler))
	s.subscribe(Identity)
	if len(s.due()) != 1 || store.Acknowledged() {
		t.Fatal("a secret that was asked for is not due, or counts as acknowledged")
	}
	nonce := s.sent(Identity, "1")
	s.judge(nonce, "bad key")
	if len(s.due()) != 0 || store.Acknowledged() {
		t.Error("a rejected secret is due again, or counts as acknowledged")
	}
	store.secrets[Identity] = secret{"2", &anypb.Any{}}
	if len(s.due()) != 1 {
		t.Error("the next secret is not due")
	}
	s.judge(s.sent(Identity, "2"), "")
	if state, _ := store.State(); !store.Acknowledged() || state.LeafSerial != "2" {
		t.Errorf("state %v after the acknowledgement", state)
	}
}

func TestAnAcknowledgementEndsWithItsStreams(t *testing.T) {
	store := storeWith("1", "a,b")
	first, second := newSession(store, nil), newSession(store, nil)
	first.subscribe(Roots)
	second.subscribe(Roots)
	first.judge(first.sent(Roots, "a,b"), "")
	first.close()
	if state, _ := store.State(); len(state.RootFingerprints) != 2 {
		t.Errorf("state %v while a stream is left", state)
	}
	_, said := store.State()
	second.close()
	if state, _ := store.State(); len(state.RootFingerprints) != 0 {
		t.Errorf("state %v without a stream", state)
	}
	<-said
}

func TestForeignNoncesAreIgnored(t *testing.T) {
	store := storeWith("1", "a")
	s := newSession(store, nil)
	s.subscribe(Identity)
	s.judge("", "")
	s.judge("77", "")
	if store.Acknowledged() {
		t.Error("acknowledged by a nonce that was never sent")
	}
}
