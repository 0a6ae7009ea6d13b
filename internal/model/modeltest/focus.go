package modeltest

import "github.com/weft-mesh/weft/api/v1alpha1"

// Request is what a focus looks at.
type Request struct {
	Method  string // empty: GET
	Target  string // path and query; empty: /
	Headers [][2]string
}

// FocusCase is one kind of match, with requests that are in the focus and some that look alike.
type FocusCase struct {
	Name    string
	Match   v1alpha1.RequestMatch
	In, Out []Request
}

// FocusCases has one case for each kind of match and comparison, and one turned round for each.
func FocusCases() []FocusCase {
	type named = v1alpha1.NamedMatch
	header := func(n named) v1alpha1.RequestMatch { return v1alpha1.RequestMatch{Headers: []named{n}} }
	cookie := func(n named) v1alpha1.RequestMatch { return v1alpha1.RequestMatch{Cookies: []named{n}} }
	query := func(n named) v1alpha1.RequestMatch { return v1alpha1.RequestMatch{Query: []named{n}} }
	path := func(p v1alpha1.TextMatch) v1alpha1.RequestMatch { return v1alpha1.RequestMatch{Path: &p} }
	method := func(m v1alpha1.TextMatch) v1alpha1.RequestMatch { return v1alpha1.RequestMatch{Method: &m} }

	user := func(value string) Request { return Request{Headers: [][2]string{{"X-User", value}}} }
	cookies := func(value string) Request { return Request{Headers: [][2]string{{"Cookie", value}}} }
	to := func(target string) Request { return Request{Target: target} }
	by := func(method string) Request { return Request{Method: method} }
	const company = `[^@]+@some-company-name\.com`
	return []FocusCase{
		{"a header", header(named{Name: "X-User", Exact: "ada"}), []Request{user("ada")}, []Request{user("adam"), user("Ada"), user("bob"), {}}},
		{"a header that begins", header(named{Name: "x-user", Prefix: "ad"}), []Request{user("ada"), user("ad")}, []Request{user("bad"), {}}},
		{"a header by expression", header(named{Name: "x-user", Regex: company}), []Request{user("ada@some-company-name.com")},
			[]Request{user("ada@some-company-name.com.evil"), user("ada@xsome-company-name.com"), user("ada@some-company-nameXcom"), {}}},
		{"a header that is there", header(named{Name: "x-user"}), []Request{user("ada"), user("0")}, []Request{{}}},
		{"not a header", header(named{Name: "x-user", Exact: "ada", Not: true}), []Request{user("bob"), {}}, []Request{user("ada")}},
		{"not a header that begins", header(named{Name: "x-user", Prefix: "ad", Not: true}), []Request{user("bob"), {}}, []Request{user("ada")}},
		{"not a header by expression", header(named{Name: "x-user", Regex: "a.*", Not: true}), []Request{user("bob"), {}}, []Request{user("ada")}},
		{"a header that is not there", header(named{Name: "x-user", Not: true}), []Request{{}}, []Request{user("ada")}},
		{"the host", header(named{Name: "Host", Exact: "front.example"}), []Request{{Headers: [][2]string{{"Host", "front.example"}}}},
			[]Request{{Headers: [][2]string{{"Host", "front.example.evil"}}}, {}}},

		{"a cookie", cookie(named{Name: "user", Exact: "ada"}),
			[]Request{cookies("user=ada"), cookies("a=1; user=ada; b=2"), cookies("user=ada; session=user=bob")},
			[]Request{cookies("user=adam"), cookies("superuser=ada"), cookies("a=user=ada"), cookies("user=bob; other=ada"), {}}},
		{"a cookie by expression", cookie(named{Name: "user", Regex: company}),
			[]Request{cookies("user=ada@some-company-name.com"), cookies("theme=dark; user=bob@some-company-name.com"), cookies("user=bob@some-company-name.com; theme=dark")},
			[]Request{
				cookies("user=ada@x-some-company-name.com.evil"), cookies("user=ada@some-company-name.com.evil"), cookies("user=ada@evil.com; note=x@some-company-name.com"),
				cookies("nouser=ada@some-company-name.com"), cookies("user=@some-company-name.com"), {},
			}},
		{"a cookie that begins", cookie(named{Name: "user", Prefix: "ad"}), []Request{cookies("x=1; user=ada")}, []Request{cookies("x=ad; user=bob"), {}}},
		{"a cookie that is there", cookie(named{Name: "user"}), []Request{cookies("x=1; user=ada")}, []Request{cookies("x=user"), {}}},
		{"not a cookie", cookie(named{Name: "user", Exact: "ada", Not: true}), []Request{cookies("user=bob"), cookies("x=ada"), {}}, []Request{cookies("x=1; user=ada")}},

		{"a parameter", query(named{Name: "beta", Exact: "1"}), []Request{to("/?beta=1"), to("/x?a=b&beta=1&c"), to("/?beta=0&beta=1")},
			[]Request{to("/?beta=11"), to("/?alphabeta=1"), to("/?a=beta=1"), to("/beta=1"), to("/?Beta=1"), to("/?beta"), {}}},
		{"a parameter that begins", query(named{Name: "beta", Prefix: "1"}), []Request{to("/?beta=1"), to("/?a&beta=12&c=3")}, []Request{to("/?beta=21"), to("/?beta=&c=1")}},
		{"a parameter by expression", query(named{Name: "beta", Regex: "^[a-c.]*x?$"}), []Request{to("/?beta=abc"), to("/?a&beta=x&c=3"), to("/?beta=")},
			[]Request{to("/?beta=d"), to("/?beta=ax1"), to("/?beta")}},
		{"a parameter by an expression that takes everything", query(named{Name: "beta", Regex: ".*x"}), []Request{to("/?beta=yx"), to("/?beta=x&c")},
			[]Request{to("/?beta=a&c=x"), to("/?c=x")}},
		{"a parameter that is there", query(named{Name: "beta"}), []Request{to("/?beta"), to("/?beta=1&a"), to("/?a&beta=")}, []Request{to("/?betas=1"), to("/?a=beta"), to("/beta")}},
		{"not a parameter", query(named{Name: "beta", Exact: "1", Not: true}), []Request{to("/?beta=11"), {}}, []Request{to("/?a&beta=1")}},
		{"not a parameter by expression", query(named{Name: "beta", Regex: ".*x", Not: true}), []Request{to("/?beta=a&c=x"), {}}, []Request{to("/?a&beta=1x")}},

		{"a path", path(v1alpha1.TextMatch{Exact: "/a"}), []Request{to("/a"), to("/a?b=c"), to("/x/../a")}, []Request{to("/a/"), to("/ab"), to("/b?x=/a"), {}}},
		{"a path that begins", path(v1alpha1.TextMatch{Prefix: "/a/"}), []Request{to("/a"), to("/a/b"), to("/a?b")}, []Request{to("/ab"), to("/b/a"), {}}},
		{"a path by expression", path(v1alpha1.TextMatch{Regex: "/a.*x"}), []Request{to("/ax"), to("/a/b/x?y")}, []Request{to("/a?y=x"), to("/a/b"), {}}},
		{"not a path", path(v1alpha1.TextMatch{Prefix: "/a", Not: true}), []Request{to("/b"), to("/ab"), {}}, []Request{to("/a/b"), to("/a?b")}},

		{"a method", method(v1alpha1.TextMatch{Exact: "POST"}), []Request{by("POST")}, []Request{by("PUT"), {}}},
		{"a method by expression", method(v1alpha1.TextMatch{Regex: "P(OS|U)T"}), []Request{by("POST"), by("PUT")}, []Request{by("PATCH"), {}}},
		{"not a method", method(v1alpha1.TextMatch{Exact: "POST", Not: true}), []Request{by("PUT"), {}}, []Request{by("POST")}},

		{"all of it together", v1alpha1.RequestMatch{
			Headers: []named{{Name: "x-user", Exact: "ada"}}, Query: []named{{Name: "beta"}}, Method: &v1alpha1.TextMatch{Exact: "GET"},
		}, []Request{{Target: "/?beta", Headers: [][2]string{{"X-User", "ada"}}}},
			[]Request{user("ada"), to("/?beta"), {Target: "/?beta", Method: "PUT", Headers: [][2]string{{"X-User", "ada"}}}}},
	}
}
