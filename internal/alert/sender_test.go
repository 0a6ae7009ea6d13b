package alert

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const secretURL = "https://hooks.example.com/services/T0/B0/secret"

// chat is a receiver that plays a list of answers, and the last one from then on.
type chat struct {
	mu      sync.Mutex
	answers []func() (int, error)
	got     []string
	counted map[string]int
	log     bytes.Buffer
}

func status(code int) func() (int, error) { return func() (int, error) { return code, nil } }

func away() (int, error) { return 0, errors.New("the host can't be reached") }

func (c *chat) Post(_ context.Context, to string, body []byte, _ time.Duration) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if to != secretURL {
		return 0, errors.New("another URL")
	}
	c.got = append(c.got, string(body))
	answer := c.answers[0]
	if len(c.answers) > 1 {
		c.answers = c.answers[1:]
	}
	return answer()
}

func (c *chat) sender() *Sender {
	c.counted = map[string]int{}
	return &Sender{
		Poster: c,
		URL: func(_ context.Context, secret, key string) (string, error) {
			if secret != "chat" {
				return "", fmt.Errorf("there is no Secret %s", secret)
			}
			return secretURL + "\n", nil
		},
		Count: func(alert, result string) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.counted[alert+" "+result]++
		},
		Log: slog.New(slog.NewTextHandler(&c.log, nil)),
	}
}

func say(alert, secret, text string) []Message {
	return []Message{{Alert: alert, Secret: secret, Key: "url", Body: []byte(text)}}
}

func TestSending(t *testing.T) {
	for name, c := range map[string]struct {
		answers []func() (int, error)
		secret  string
		posts   int
		took    time.Duration
		result  string
	}{
		"taken":                      {[]func() (int, error){status(200)}, "chat", 1, 0, Sent},
		"taken at the third try":     {[]func() (int, error){away, status(429), status(200)}, "chat", 3, 6 * time.Second, Sent},
		"never there":                {[]func() (int, error){status(503)}, "chat", 4, 31 * time.Second, Failed},
		"a URL that is not a chat":   {[]func() (int, error){status(404)}, "chat", 1, 0, Failed},
		"a redirect":                 {[]func() (int, error){status(307)}, "chat", 1, 0, Failed},
		"a Secret that is not there": {[]func() (int, error){status(200)}, "none", 0, 31 * time.Second, Failed},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := &chat{answers: c.answers}
			s := r.sender()
			began := time.Now()
			s.Tell(t.Context(), say("a", c.secret, "hello"))
			if time.Since(began) != 0 {
				t.Errorf("%s: telling took %s", name, time.Since(began))
			}
			for range 100 {
				synctest.Wait()
				if len(r.counted) > 0 {
					break
				}
				time.Sleep(time.Second)
			}
			if len(r.got) != c.posts || time.Since(began) != c.took || !maps.Equal(r.counted, map[string]int{"a " + c.result: 1}) {
				t.Errorf("%s: %d posts in %s, %v", name, len(r.got), time.Since(began), r.counted)
			}
			if strings.Contains(r.log.String(), "secret") || (r.log.Len() > 0) != (c.result == Failed) {
				t.Errorf("%s: the log has %s", name, r.log.String())
			}
		})
	}
}

// A chat that is away delays its own messages only, and they stay in order.
func TestAlertsDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &chat{answers: []func() (int, error){status(200)}}
		s := r.sender()
		s.Tell(t.Context(), append(say("slow", "none", "0"), append(say("a", "chat", "1"), say("a", "chat", "2")...)...))
		synctest.Wait()
		if fmt.Sprint(r.got) != "[1 2]" {
			t.Errorf("got %v", r.got)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if !maps.Equal(r.counted, map[string]int{"a sent": 2, "slow failed": 1}) || len(s.queues) != 0 {
			t.Errorf("%v, %d queues", r.counted, len(s.queues))
		}
	})
}

func TestTooManyMessagesAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &chat{answers: []func() (int, error){status(503)}}
		s := r.sender()
		ctx, cancel := context.WithCancel(t.Context())
		for range waiting + 50 {
			s.Tell(ctx, say("a", "chat", "x"))
		}
		synctest.Wait()
		cancel()
		synctest.Wait()
		if n := r.counted["a dropped"]; n != 50 {
			t.Errorf("dropped %d", n)
		}
		if r.counted["a failed"] != waiting || len(s.queues) != 0 {
			t.Errorf("after the end: %v", r.counted)
		}
	})
}
