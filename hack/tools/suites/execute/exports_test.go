package execute

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseExports(t *testing.T) {
	lookup := func(name string) string { return map[string]string{"PATH": "/usr/bin"}[name] }
	cases := map[string]struct {
		reason string
		text   string
		want   []string
		err    bool
	}{
		"Plain":  {reason: "one line, one variable", text: "export A=b\n\nexport C=d=e\n", want: []string{"A=b", "C=d=e"}},
		"Quoted": {reason: "quotes are the shell's", text: "export A=\"b c\"\nexport D='$e'\n", want: []string{"A=b c", "D=$e"}},
		"Path":   {reason: "a value may extend another", text: "export PATH=\"/bed:$PATH\"\n", want: []string{"PATH=/bed:/usr/bin"}},
		"Joined": {reason: "a word may have quoted parts", text: "export PATH=\"/my bed\":\"$PATH\"\n", want: []string{"PATH=/my bed:/usr/bin"}},
		"Other":  {reason: "a message is not an environment", text: "the bed is down\n", err: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := parseExports(tc.text, lookup)
			if (err != nil) != tc.err {
				t.Fatalf("%s: error %v", tc.reason, err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}
