package talk

import "testing"

func TestRead(t *testing.T) {
	said := Message(7)
	cases := map[string]struct {
		echo        string
		last, fails bool
	}{
		"same":       {echo: Echo(said, false)},
		"last":       {echo: Echo(said, true), last: true},
		"one behind": {echo: Message(6), fails: true},
		"cut short":  {echo: said[:20], fails: true},
		"nothing":    {echo: "", fails: true},
	}
	for name, tc := range cases {
		isLast, err := Read(said, tc.echo)
		if isLast != tc.last || (err != nil) != tc.fails {
			t.Errorf("%s: got last=%v, err=%v", name, isLast, err)
		}
	}
}
