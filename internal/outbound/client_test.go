package outbound

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func everywhere(netip.Addr) error { return nil }

func TestPost(t *testing.T) {
	var got string
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = r.Method + " " + r.Header.Get("Content-Type") + " " + string(body)
		w.WriteHeader(http.StatusAccepted)
	}))
	defer receiver.Close()
	status, err := New(Options{Allowed: everywhere}).Post(t.Context(), receiver.URL, []byte(`{}`), time.Minute)
	if status != 202 || err != nil || got != "POST application/json {}" {
		t.Errorf("%d, %v, %q", status, err, got)
	}
}

// A receiver that sends the operator elsewhere could reach what its author can't.
func TestRedirectIsNotFollowed(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was followed") }))
	defer elsewhere.Close()
	receiver := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer receiver.Close()
	if status, err := New(Options{Allowed: everywhere}).Post(t.Context(), receiver.URL, nil, time.Minute); status != 307 || err != nil {
		t.Errorf("%d, %v", status, err)
	}
}

func TestGet(t *testing.T) {
	source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/long" {
			io.Copy(w, io.LimitReader(endless{}, longest+1))
			return
		}
		w.WriteHeader(http.StatusTeapot)
		io.WriteString(w, r.Method+" "+r.URL.Query().Get("query"))
	}))
	defer source.Close()
	status, body, err := New(Options{Allowed: everywhere}).Get(t.Context(), source.URL+"/?query=up", time.Minute)
	if status != 418 || err != nil || string(body) != "GET up" {
		t.Errorf("%d, %v, %q", status, err, body)
	}
	status, body, err = New(Options{Allowed: everywhere}).Ask(t.Context(), source.URL+"/?query=up", []byte(`{}`), time.Minute)
	if status != 418 || err != nil || string(body) != "POST up" {
		t.Errorf("%d, %v, %q", status, err, body)
	}
	if _, _, err := New(Options{Allowed: everywhere}).Get(t.Context(), source.URL+"/long", time.Minute); err == nil {
		t.Error("a long answer was taken")
	}
	if _, _, err := New(Options{}).Get(t.Context(), source.URL, time.Minute); err == nil || strings.Contains(err.Error(), "http") {
		t.Errorf("the operator's own machine was called: %v", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// What an answer has in its body, and how much, costs nothing: it is not read.
func TestEndlessAnswer(t *testing.T) {
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		chunk := make([]byte, 1<<16)
		for {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	defer receiver.Close()
	if status, err := New(Options{Allowed: everywhere}).Post(t.Context(), receiver.URL, nil, time.Minute); status != 200 || err != nil {
		t.Errorf("%d, %v", status, err)
	}
}

func TestAddressesThatAreNotCalled(t *testing.T) {
	for address, allowed := range map[string]bool{
		"127.0.0.1": false, "127.3.2.1": false, "::1": false, "0.0.0.0": false, "::": false, "169.254.169.254": false,
		"fe80::1": false, "224.0.0.1": false, "fd00:ec2::254": false, "100.100.100.200": false,
		"10.0.0.1": true, "192.168.1.1": true, "8.8.8.8": true, "fd00::1": true, "100.100.100.201": true,
	} {
		if err := Public(netip.MustParseAddr(address)); (err == nil) != allowed {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// The address counts, not the name that leads to it or how it is written.
func TestLocalReceiverIsRefused(t *testing.T) {
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was called") }))
	defer receiver.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(receiver.URL, "http://"), ":")
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]"} {
		_, err := New(Options{}).Post(t.Context(), "http://"+host+":"+port, nil, time.Minute)
		if err == nil || !strings.Contains(err.Error(), "may not be called") {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestErrorsHoldNoURL(t *testing.T) {
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	defer slow.Close()
	gone := httptest.NewServer(nil)
	gone.Close()
	client := New(Options{Allowed: everywhere})
	for url, want := range map[string]string{
		slow.URL + "/T0/secret":              "no answer in time",
		gone.URL + "/T0/secret":              "the host can't be reached",
		"ftp://example.com/T0/secret":        "the URL is not one of http or https without a user",
		"http://me:secret@example.com/":      "the URL is not one of http or https without a user",
		"http://exa mple.com/secret":         "the URL can't be read",
		"http://no.such.host.invalid/secret": "the host's name has no address",
	} {
		_, err := client.Post(t.Context(), url, nil, 50*time.Millisecond)
		if err == nil || err.Error() != want && !strings.Contains(url, "invalid") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q", url, err, want)
		}
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.Post(canceled, slow.URL, nil, time.Minute); err == nil || err.Error() != "the call was given up" {
		t.Errorf("%v", err)
	}
}
