package curve

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Whatever the points are, the picture is XML, every point is inside it, and drawing it again gives the same bytes.
func TestSVG(t *testing.T) {
	value := rapid.Float64Range(1e-4, 1e7)
	rapid.Check(t, func(t *rapid.T) {
		c := Chart{Title: rapid.StringMatching(`[a-z<>&" ]*`).Draw(t, "title"), X: "clients", Y: "ms"}
		points := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Point { return Point{value.Draw(t, "x"), value.Draw(t, "y")} }), 1, 5)
		c.Series = []Series{{"a", points.Draw(t, "a")}, {"b", points.Draw(t, "b")}}
		x, y := c.axes()
		for _, s := range c.Series {
			for _, p := range s.Points {
				if at := x.at(p.X); at < left-1 || at > width-right+1 {
					t.Errorf("x of %v is at %f", p, at)
				}
				if at := y.at(p.Y); at < top-1 || at > height-bottom+1 {
					t.Errorf("y of %v is at %f", p, at)
				}
			}
		}
		text := c.SVG()
		for d := xml.NewDecoder(strings.NewReader(text)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%v in\n%s", err, text)
			}
		}
		if c.SVG() != text {
			t.Error("drawn again it is another picture")
		}
	})
}
