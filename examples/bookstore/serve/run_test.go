package serve

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func listen(t *testing.T) (net.Listener, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l, "http://" + l.Addr().String()
}

func TestWhatIsInFlightIsAnswered(t *testing.T) {
	l, url := listen(t)
	arrived, release := make(chan struct{}), make(chan struct{})
	slow := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-release
		io.WriteString(w, "done")
	})
	ctx, cancel := context.WithCancel(t.Context())
	d, ended := NewDrain(), make(chan error, 1)
	go func() { ended <- Run(ctx, d, Times{Finish: time.Hour}, HTTP(l, slow, d)) }()

	answer := make(chan string, 1)
	go func() { answer <- get(t, url) }()
	<-arrived
	cancel()
	<-d.Began()
	close(release)
	if got := <-answer; !strings.HasPrefix(got, "200 done") {
		t.Errorf("got %q", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestALeavingServerFailsReadinessAndStillAnswers(t *testing.T) {
	d := NewDrain()
	l, url := listen(t)
	hello := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") })
	go HTTP(l, hello, d).Serve()

	if got := get(t, url+"/readyz"); got != "200 " {
		t.Errorf("before: %q", got)
	}
	d.Begin()
	for path, want := range map[string]string{
		"/readyz":  "503 leaving\n",
		"/healthz": "200 ",
		"/page":    "200 hello, then close",
	} {
		if got := get(t, url+path); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

type broken struct{ Part }

func (broken) Serve() error { return errors.New("no more files") }

func TestAServerThatEndsByItselfIsAnError(t *testing.T) {
	if err := Run(t.Context(), NewDrain(), Times{}, broken{}); err == nil {
		t.Error("no error")
	}
}

func get(t *testing.T, url string) string {
	answer, err := http.Get(url)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Error(err)
	}
	text := answer.Status[:3] + " " + string(body)
	if answer.Close {
		text += ", then close"
	}
	return text
}
