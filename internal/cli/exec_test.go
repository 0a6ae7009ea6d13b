package cli

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Channels of an API server's answer to exec.
const (
	channelOut    = "\x01"
	channelErr    = "\x02"
	channelStatus = "\x03"
)

// execServer is an API server that answers every exec with these messages.
func execServer(t *testing.T, asked *string, messages ...string) Exec {
	t.Helper()
	return execWith(t, func(w http.ResponseWriter, r *http.Request) {
		*asked = r.Method + " " + r.URL.RequestURI()
		up := websocket.Upgrader{Subprotocols: []string{"v5.channel.k8s.io"}}
		conn, err := up.Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		for _, m := range messages {
			if err := conn.WriteMessage(websocket.BinaryMessage, []byte(m)); err != nil {
				t.Error(err)
			}
		}
		_ = conn.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""))
	})
}

func execWith(t *testing.T, answer http.HandlerFunc) Exec {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	exec, err := execThrough(&rest.Config{Host: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	return exec
}

func statusOf(t *testing.T, s metav1.Status) string {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var web = client.ObjectKey{Namespace: "shop", Name: "web"}

func TestExecPassesOnOutput(t *testing.T) {
	var asked string
	exec := execServer(t, &asked, channelOut+"first ", channelErr+"a warning", channelOut+"second",
		channelStatus+statusOf(t, metav1.Status{Status: metav1.StatusSuccess}))
	var out strings.Builder
	if err := exec(t.Context(), web, "weft-proxy", []string{"show", "it"}, &out); err != nil {
		t.Fatal(err)
	}
	want := "GET /api/v1/namespaces/shop/pods/web/exec?command=show&command=it&container=weft-proxy&stderr=true&stdout=true"
	if diff := cmp.Diff([]string{want, "first second"}, []string{asked, out.String()}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestExecSaysWhyACommandFailed(t *testing.T) {
	var asked string
	failed := metav1.Status{Status: metav1.StatusFailure, Reason: "NonZeroExitCode", Details: &metav1.StatusDetails{
		Causes: []metav1.StatusCause{{Type: "ExitCode", Message: "1"}},
	}}
	exec := execServer(t, &asked, channelErr+"Error: ask envoy: connection refused\n", channelStatus+statusOf(t, failed))
	var out strings.Builder
	err := exec(t.Context(), web, "weft-proxy", []string{"show"}, &out)
	if err == nil || !strings.Contains(err.Error(), "exit code 1: Error: ask envoy: connection refused") {
		t.Errorf("%v, want the code and what the command said", err)
	}
}

func TestExecThatIsForbidden(t *testing.T) {
	denied := apierrors.NewForbidden(corev1.Resource("pods/exec"), "web", nil).Status()
	exec := execWith(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		if _, err := w.Write([]byte(statusOf(t, denied))); err != nil {
			t.Error(err)
		}
	})
	if err := exec(t.Context(), web, "weft-proxy", []string{"show"}, &strings.Builder{}); !apierrors.IsForbidden(err) {
		t.Errorf("%v, want that it is forbidden", err)
	}
}
