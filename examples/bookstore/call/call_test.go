package call

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestGet(t *testing.T) {
	answers := func(status int) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			io.WriteString(w, "text")
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	cases := map[string]struct {
		url, body string
		want      Outcome
		ok        bool
	}{
		"answered":              {answers(200), "text", Outcome{Connected: true, Status: 200}, true},
		"refused by a rule":     {answers(403), "text", Outcome{Connected: true, Status: 403}, false},
		"the server hangs up":   {listener(t, hangUp), "", Outcome{Connected: true, Reason: "closed"}, false},
		"the connection is cut": {listener(t, reset), "", Outcome{Connected: true, Reason: "reset"}, false},
		"nobody listens":        {nobody(t), "", Outcome{Reason: "refused"}, false},
		"no such name":          {"http://nobody.invalid", "", Outcome{Reason: "dns"}, false},
	}
	for name, tc := range cases {
		got, body, err := Get(t.Context(), tc.url, time.Minute)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		got.Milliseconds, tc.want.URL = 0, tc.url
		if got != tc.want || string(body) != tc.body || got.OK() != tc.ok {
			t.Errorf("%s: got %+v with body %q, want %+v with %q", name, got, body, tc.want, tc.body)
		}
	}
}

func TestAServerThatNeverAnswersIsATimeout(t *testing.T) {
	got, _, err := Get(t.Context(), listener(t, func(net.Conn) {}), time.Millisecond)
	if err != nil || got.Reason != "timeout" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestAMalformedURLIsAnError(t *testing.T) {
	if _, _, err := Get(t.Context(), "http://a b", time.Second); err == nil {
		t.Error("no error")
	}
}

// listener hands every connection to do after the request has begun.
func listener(t *testing.T, do func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Read(make([]byte, 4096))
			do(conn)
		}
	}()
	return "http://" + l.Addr().String()
}

func hangUp(conn net.Conn) { conn.Close() }

func reset(conn net.Conn) {
	conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
}

func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	return "http://" + l.Addr().String()
}
