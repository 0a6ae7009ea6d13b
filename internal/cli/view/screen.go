package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/weft-mesh/weft/api/v1alpha1"
)

// Screen is a Canary and its latest changes, to be written over an older screen: each line ends with the sequence that
// clears the rest of it, and the last one clears what is below.
func Screen(c *v1alpha1.Canary, news []string, now time.Time) string {
	const rest, below = "\x1b[K", "\x1b[J"
	text := bar(c) + "\n" + Canary(c, now) + "\nLatest changes\n"
	for _, line := range news {
		text += "  " + line + "\n"
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimSuffix(line, "\n") + rest + "\n")
	}
	return b.String() + below
}

// bar draws the weight as it is acknowledged, and what is still on its way.
func bar(c *v1alpha1.Canary) string {
	const width = 50
	w := c.Status.Weight
	if w == nil {
		return "[" + strings.Repeat(" ", width) + "]"
	}
	done, ahead := int(min(w.Acknowledged, w.Desired)), int(max(w.Acknowledged, w.Desired))
	filled, way := done*width/100, ahead*width/100
	return fmt.Sprintf("[%s%s%s] %d %%", strings.Repeat("#", filled), strings.Repeat("-", way-filled), strings.Repeat(" ", width-way), w.Desired)
}
