package ca

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"testing"
)

func TestPrivateKeyIsNeverPrinted(t *testing.T) {
	key, err := newPrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	secret, err := key.key().Bytes()
	if err != nil {
		t.Fatal(err)
	}
	held := pair{key: key}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", key, "pair", held)
	texts := []string{log.String(), key.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b"} {
		texts = append(texts, fmt.Sprintf(verb, key), fmt.Sprintf(verb, &key), fmt.Sprintf(verb, held))
	}
	for _, value := range []any{key, &key, map[string]any{"key": key}} {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	scalar := new(big.Int).SetBytes(secret).String()
	for _, text := range texts {
		for _, part := range []string{scalar, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), fmt.Sprint(secret), string(secret)} {
			if strings.Contains(text, part) {
				t.Fatalf("the key is in %q", text)
			}
		}
	}
	if !strings.Contains(fmt.Sprintf("%+v", key), hidden) {
		t.Error("a key does not print as hidden")
	}
}

func TestPrivateKeyErrorsQuoteNothing(t *testing.T) {
	key, err := newPrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	text, err := key.encode()
	if err != nil {
		t.Fatal(err)
	}
	if back, err := decodePrivateKey(text); err != nil || !back.key().Equal(key.key()) {
		t.Fatalf("decode: %v", err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	for n := range text {
		broken := bytes.Clone(text)
		broken[n] ^= 0x01
		if _, err := decodePrivateKey(broken); err != nil && strings.Contains(err.Error(), lines[1][:16]) {
			t.Fatalf("the error quotes the key: %v", err)
		}
	}
}
