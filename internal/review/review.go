package review

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"

	authentication "k8s.io/api/authentication/v1"
	authorization "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// Guard passes on the requests that the API server allows. Only GET is allowed.
func Guard(api kubernetes.Interface, page http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			w.Header().Set("Allow", http.MethodGet)
			http.Error(w, "only GET is allowed", http.StatusMethodNotAllowed)
			return
		}
		if !fromLoopback(r.RemoteAddr) {
			http.Error(w, "this page is served over loopback only: use kubectl port-forward", http.StatusForbidden)
			return
		}
		token, is := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !is || token == "" {
			unauthenticated(w, "a bearer token is missing")
			return
		}
		user, known, err := authenticate(r.Context(), api, token)
		switch {
		case err != nil:
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		case !known:
			unauthenticated(w, "the API server does not know the token")
			return
		}
		allowed, err := authorize(r.Context(), api, user, r.URL.Path)
		switch {
		case err != nil:
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		case !allowed:
			http.Error(w, fmt.Sprintf("user %q may not get the non-resource URL %s", user.Username, r.URL.Path), http.StatusForbidden)
		default:
			page.ServeHTTP(w, r)
		}
	})
}

func fromLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

func unauthenticated(w http.ResponseWriter, why string) {
	w.Header().Set("WWW-Authenticate", "Bearer")
	http.Error(w, why, http.StatusUnauthorized)
}

// authenticate asks whose token it is.
func authenticate(ctx context.Context, api kubernetes.Interface, token string) (user authentication.UserInfo, known bool, err error) {
	review, err := api.AuthenticationV1().TokenReviews().Create(ctx, &authentication.TokenReview{
		Spec: authentication.TokenReviewSpec{Token: token},
	}, metav1.CreateOptions{})
	if err != nil {
		return user, false, fmt.Errorf("review the token: %w", err)
	}
	return review.Status.User, review.Status.Authenticated, nil
}

// authorize asks whether a user may get a path.
func authorize(ctx context.Context, api kubernetes.Interface, user authentication.UserInfo, path string) (bool, error) {
	extra := map[string]authorization.ExtraValue{}
	for key, values := range user.Extra {
		extra[key] = authorization.ExtraValue(values)
	}
	review, err := api.AuthorizationV1().SubjectAccessReviews().Create(ctx, &authorization.SubjectAccessReview{
		Spec: authorization.SubjectAccessReviewSpec{
			User: user.Username, UID: user.UID, Groups: user.Groups, Extra: extra,
			NonResourceAttributes: &authorization.NonResourceAttributes{Path: path, Verb: "get"},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		return false, fmt.Errorf("review the access of user %q: %w", user.Username, err)
	}
	return review.Status.Allowed, nil
}
