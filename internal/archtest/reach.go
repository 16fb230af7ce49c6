package archtest

import "strings"

// dependency is one package of a program and what it imports.
type dependency struct {
	path    string
	imports []string
}

// parseDependencies reads lines of a path followed by its imports.
func parseDependencies(text string) []dependency {
	var out []dependency
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) > 0 {
			out = append(out, dependency{fields[0], fields[1:]})
		}
	}
	return out
}

// reaches returns the shortest chain of imports from a package of this module to the
// unwanted one, or nil when it is not among the dependencies.
func reaches(deps []dependency, unwanted string) []string {
	importers := map[string][]string{}
	for _, d := range deps {
		for _, i := range d.imports {
			importers[i] = append(importers[i], d.path)
		}
	}
	present := false
	for _, d := range deps {
		present = present || d.path == unwanted
	}
	if !present {
		return nil
	}
	seen := map[string]bool{unwanted: true}
	for queue := [][]string{{unwanted}}; len(queue) > 0; queue = queue[1:] {
		chain := queue[0]
		if strings.HasPrefix(chain[0], module+"/") {
			return chain
		}
		for _, importer := range importers[chain[0]] {
			if !seen[importer] {
				seen[importer] = true
				queue = append(queue, append([]string{importer}, chain...))
			}
		}
	}
	return []string{unwanted}
}
