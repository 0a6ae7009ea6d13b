package main

import (
	"maps"
	"testing"
)

func TestParseEnv(t *testing.T) {
	old := map[string]string{"PATH": "/usr/bin"}
	got := parseEnv("# the test bed\nexport KUBECONFIG=/state/admin.conf\nexport PATH=\"/state/bin:$PATH\"\n\nexport EMPTY=\n",
		func(name string) string { return old[name] })
	want := map[string]string{"KUBECONFIG": "/state/admin.conf", "PATH": "/state/bin:/usr/bin", "EMPTY": ""}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestWhichImagesMustBeNamed(t *testing.T) {
	all := images{"b", "o", "a"}
	for _, tc := range []struct {
		cluster string
		images  images
		ok      bool
	}{
		{onTestbed, images{}, true},
		{onTestbed, images{bookstore: "b"}, true},
		{onTestbed, images{operator: "o"}, false},
		{onCurrent, images{}, false},
		{onCurrent, images{bookstore: "b"}, false},
		{onCurrent, all, true},
	} {
		if err := (options{cluster: tc.cluster, images: tc.images}).checkImages(); (err == nil) != tc.ok {
			t.Errorf("%s with %+v: %v", tc.cluster, tc.images, err)
		}
	}
}

func TestTheImagesOfAManifest(t *testing.T) {
	i := images{"example.test/b:2", "example.test/o:3", "example.test/a:4"}
	got := i.in("image: testbed.local/bookstore:1\nimage: weft.local/operator:dev\n- --agent-image=weft.local/agent:dev\nimage: another:1\n")
	want := "image: example.test/b:2\nimage: example.test/o:3\n- --agent-image=example.test/a:4\nimage: another:1\n"
	if got != want {
		t.Errorf("got %q", got)
	}
}
