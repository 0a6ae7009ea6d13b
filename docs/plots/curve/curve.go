// Package curve draws lines over logarithmic axes as SVG.
//
// In: series of points, all above zero. Out: the same bytes for the same points.
package curve

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// Point of a series.
type Point struct{ X, Y float64 }

// Series is one line and its name.
type Series struct {
	Name   string
	Points []Point
}

// Chart is a picture with two axes.
type Chart struct {
	Title, X, Y string
	Series      []Series
}

const (
	width, height            = 640, 400
	left, right, top, bottom = 70, 130, 40, 50
)

var colors = []string{"#0b6e4f", "#c8553d", "#3d5a80", "#b58900", "#6b6b6b"}

// SVG is the picture.
func (c Chart) SVG() string {
	x, y := c.axes()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", width, height)
	text(&b, width/2, 22, "middle", c.Title, "#222222")
	for _, v := range x.ticks() {
		at := x.at(v)
		line(&b, at, top, at, height-bottom, "#dddddd", 1)
		text(&b, at, height-bottom+18, "middle", number(v), "#222222")
	}
	for _, v := range y.ticks() {
		at := y.at(v)
		line(&b, left, at, width-right, at, "#dddddd", 1)
		text(&b, left-8, at+4, "end", number(v), "#222222")
	}
	text(&b, (left+width-right)/2, height-12, "middle", c.X, "#222222")
	fmt.Fprintf(&b, `<text transform="translate(16 %d) rotate(-90)" text-anchor="middle" fill="#222222">%s</text>`+"\n", (top+height-bottom)/2, html.EscapeString(c.Y))
	for i, s := range c.Series {
		color := colors[i%len(colors)]
		for n, p := range s.Points {
			if n > 0 {
				line(&b, x.at(s.Points[n-1].X), y.at(s.Points[n-1].Y), x.at(p.X), y.at(p.Y), color, 2)
			}
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", x.at(p.X), y.at(p.Y), color)
		}
		text(&b, width-right+12, float64(top+16+20*i), "start", s.Name, color)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func (c Chart) axes() (x, y axis) {
	x = axis{math.Inf(1), math.Inf(-1), left, width - right}
	y = axis{math.Inf(1), math.Inf(-1), height - bottom, top}
	for _, s := range c.Series {
		for _, p := range s.Points {
			x.least, x.most = min(x.least, p.X), max(x.most, p.X)
			y.least, y.most = min(y.least, p.Y), max(y.most, p.Y)
		}
	}
	return x.whole(), y.whole()
}

func line(b *strings.Builder, x1, y1, x2, y2 float64, color string, wide int) {
	fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="%d"/>`+"\n", x1, y1, x2, y2, color, wide)
}

func text(b *strings.Builder, x, y float64, anchor, words, color string) {
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s">%s</text>`+"\n", x, y, anchor, color, html.EscapeString(words))
}
