package addon

import (
	"regexp"
	"slices"
	"testing"
)

var imageLine = regexp.MustCompile(`image: testbed\.local/([a-z-]+):1\n`)

// TestManifestsNameTheirImages: an image that a manifest names and the add-on does not load could never be pulled.
func TestManifestsNameTheirImages(t *testing.T) {
	all := slices.Clone(Always)
	for _, name := range Optional() {
		all = append(all, Named(name))
	}
	for _, a := range all {
		manifest, err := a.Manifest()
		if err != nil {
			t.Fatal(err)
		}
		var named []string
		for _, match := range imageLine.FindAllSubmatch(manifest, -1) {
			named = append(named, string(match[1]))
		}
		if !slices.Equal(named, a.Images) {
			t.Errorf("%s names the images %q, and %q are loaded", a.manifest, named, a.Images)
		}
	}
}
