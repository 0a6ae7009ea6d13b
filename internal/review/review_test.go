package review

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	authentication "k8s.io/api/authentication/v1"
	authorization "k8s.io/api/authorization/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

const path = "/debug/xds"

// apiServer knows two tokens, of which one may see the page. It notes what it is asked about access.
type apiServer struct {
	down  bool
	asked []authorization.SubjectAccessReviewSpec
}

func (a *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if a.down {
		http.Error(w, "etcd is away", http.StatusInternalServerError)
		return
	}
	var answer any
	switch r.Method + " " + r.URL.Path {
	case "POST /apis/authentication.k8s.io/v1/tokenreviews":
		review := read[authentication.TokenReview](r)
		user, known := map[string]string{"of-ada": "ada", "of-bob": "bob"}[review.Spec.Token]
		review.Status.Authenticated = known
		review.Status.User = authentication.UserInfo{Username: user, UID: "uid-" + user, Groups: []string{"people"},
			Extra: map[string]authentication.ExtraValue{"scope": {"all"}}}
		answer = review
	case "POST /apis/authorization.k8s.io/v1/subjectaccessreviews":
		review := read[authorization.SubjectAccessReview](r)
		a.asked = append(a.asked, review.Spec)
		review.Status.Allowed = review.Spec.User == "ada"
		answer = review
	default:
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

func read[T any](r *http.Request) (out T) {
	_ = json.NewDecoder(r.Body).Decode(&out)
	return out
}

// ask requests the page and returns the code and the body.
func ask(t *testing.T, a *apiServer, edit func(*http.Request)) (int, string) {
	t.Helper()
	server := httptest.NewServer(a)
	defer server.Close()
	config := &rest.Config{Host: server.URL, ContentConfig: rest.ContentConfig{ContentType: "application/json"}}
	api, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("the page")) })
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.RemoteAddr = "127.0.0.1:4711"
	r.Header.Set("Authorization", "Bearer of-ada")
	edit(r)
	w := httptest.NewRecorder()
	Guard(api, page).ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestGuard(t *testing.T) {
	header := func(value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", value) }
	}
	from := func(address string) func(*http.Request) { return func(r *http.Request) { r.RemoteAddr = address } }
	for reason, c := range map[string]struct {
		edit func(*http.Request)
		code int
		says string
	}{
		"allowed":                {func(*http.Request) {}, 200, "the page"},
		"over IPv6":              {from("[::1]:4711"), 200, "the page"},
		"known, not allowed":     {header("Bearer of-bob"), 403, `user "bob" may not get the non-resource URL /debug/xds`},
		"an unknown token":       {header("Bearer of-eve"), 401, "does not know the token"},
		"no token":               {header(""), 401, "a bearer token is missing"},
		"an empty token":         {header("Bearer "), 401, "a bearer token is missing"},
		"another way to sign in": {header("Basic b2YtYWRh"), 401, "a bearer token is missing"},
		"from the network":       {from("10.0.0.7:4711"), 403, "use kubectl port-forward"},
		"from nowhere":           {from(""), 403, "use kubectl port-forward"},
		"to change something":    {func(r *http.Request) { r.Method = http.MethodPost }, 405, "only GET"},
	} {
		if code, body := ask(t, &apiServer{}, c.edit); code != c.code || !strings.Contains(body, c.says) {
			t.Errorf("%s: %d %q, want %d %q", reason, code, body, c.code, c.says)
		}
	}
}

// What the API server is asked about is the user as it named them, and this page alone.
func TestGuardAsksAboutThePage(t *testing.T) {
	a := &apiServer{}
	ask(t, a, func(*http.Request) {})
	want := []authorization.SubjectAccessReviewSpec{{
		User: "ada", UID: "uid-ada", Groups: []string{"people"}, Extra: map[string]authorization.ExtraValue{"scope": {"all"}},
		NonResourceAttributes: &authorization.NonResourceAttributes{Path: path, Verb: "get"},
	}}
	if diff := cmp.Diff(want, a.asked); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Nobody gets in while the API server cannot be asked.
func TestGuardWithoutTheAPIServer(t *testing.T) {
	if code, body := ask(t, &apiServer{down: true}, func(*http.Request) {}); code != 503 || strings.Contains(body, "the page") {
		t.Errorf("%d %q, want 503", code, body)
	}
}
