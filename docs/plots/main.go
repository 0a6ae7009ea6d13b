// Plots draws the pictures of docs/how-weft-decides.md from simulated releases. Equal programs draw equal pictures.
//
//	go run ./docs/plots -into docs/how-weft-decides
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/weft-mesh/weft/docs/plots/curve"
)

func main() {
	into := flag.String("into", filepath.Join("docs", "how-weft-decides"), "folder for the pictures")
	flag.Parse()
	if err := write(*into); err != nil {
		fmt.Fprintln(os.Stderr, "plots:", err)
		os.Exit(1)
	}
}

func write(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	for _, p := range []struct {
		file string
		draw func() curve.Chart
	}{
		{"looks", looks}, {"evidence", evidence}, {"requests", requests}, {"clusters", clusters}, {"beside-checks", besideChecks},
	} {
		fmt.Println("plots:", p.file)
		if err := os.WriteFile(filepath.Join(folder, p.file+".svg"), []byte(p.draw().SVG()), 0o644); err != nil {
			return fmt.Errorf("write %s: %w", p.file, err)
		}
	}
	return nil
}
