//go:build !js

package web

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
)

// shell lists what the page needs to open without a network, as JSON: a version, which
// changes when any file does, and the paths to keep. Type declarations are for editors.
func shell(assets map[string]*asset) ([]byte, error) {
	list := struct {
		Version string   `json:"version"`
		Files   []string `json:"files"`
	}{Files: []string{}}
	sum := sha256.New()
	for _, path := range slices.Sorted(maps.Keys(assets)) {
		io.WriteString(sum, path+"\x00"+assets[path].hash+"\x00") // a hash takes all writes
		if path != "/index.html" && !strings.HasSuffix(path, ".d.ts") {
			list.Files = append(list.Files, path)
		}
	}
	list.Version = base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:12])
	return json.Marshal(list)
}
