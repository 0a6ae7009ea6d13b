package xdstest

import (
	"path/filepath"
	"strings"

	"github.com/weft-mesh/weft/internal/model"
	"github.com/weft-mesh/weft/internal/translate/xds"
)

// Build makes the sets of a golden input. Where its name begins with narrow, no proxy gets the whole mesh.
func Build(file string, m *model.Model) map[model.Key]*xds.Set {
	budget := model.DefaultScopeBudget
	if strings.HasPrefix(filepath.Base(file), "narrow") {
		budget = 0
	}
	sets, _ := new(xds.Builder).BuildScoped(m, model.ScopesOf(m, budget))
	return sets
}
