//go:build !js

package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

// policy is the Content-Security-Policy of every file. A worker is ruled by the policy of
// its own response, so scripts carry it too. The page may talk to any table server, hence
// connect-src.
const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' http: https:; " +
	"style-src 'self'; worker-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// mediaTypes are the types of the files by the ends of their names. They do not come from
// the machine, whose tables differ: a browser refuses a module or a wasm of another type.
var mediaTypes = map[string]string{
	".html":        "text/html; charset=utf-8",
	".css":         "text/css; charset=utf-8",
	".js":          "text/javascript; charset=utf-8",
	".mjs":         "text/javascript; charset=utf-8",
	".ts":          "text/plain; charset=utf-8",
	".md":          "text/plain; charset=utf-8",
	".txt":         "text/plain; charset=utf-8",
	".json":        "application/json",
	".webmanifest": "application/manifest+json",
	".wasm":        "application/wasm",
	".svg":         "image/svg+xml",
	".png":         "image/png",
	".ico":         "image/x-icon",
	".webp":        "image/webp",
	".woff2":       "font/woff2",
}

// asset is one file as it is served.
type asset struct {
	content   []byte
	mediaType string
	hash      string
	packed    func() []byte // gzip of content, made once; nil when it is not worth it
}

// handler serves a fixed set of files.
type handler struct {
	assets map[string]*asset // by URL path
	shell  []byte
}

// Handler serves files: index.html at /, everything else under its own path, and the list
// of the shell at /shell.json. It reads all files once, here.
func Handler(files fs.FS) (http.Handler, error) {
	h := &handler{assets: map[string]*asset{}}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		h.assets["/"+name] = newAsset(name, content)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the page's files: %w", err)
	}
	index, ok := h.assets["/index.html"]
	if !ok {
		return nil, fmt.Errorf("the page's files have no index.html")
	}
	h.assets["/"] = index
	h.shell, err = shell(h.assets)
	return h, err
}

func newAsset(name string, content []byte) *asset {
	sum := sha256.Sum256(content)
	a := &asset{content: content, mediaType: mediaTypes[path.Ext(name)], hash: base64.RawURLEncoding.EncodeToString(sum[:16])}
	if a.mediaType == "" {
		a.mediaType = "application/octet-stream"
	}
	if worthPacking(a.mediaType) && len(content) > 1024 {
		a.packed = sync.OnceValue(func() []byte { return pack(content) })
	}
	return a
}

// worthPacking tells types that are not compressed already.
func worthPacking(mediaType string) bool {
	return strings.HasPrefix(mediaType, "text/") || strings.HasPrefix(mediaType, "application/") || mediaType == "image/svg+xml"
}

func pack(content []byte) []byte {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(content) // a buffer takes all writes
	w.Close()
	return packed.Bytes()
}

// ServeHTTP implements [http.Handler].
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "the page is only read", http.StatusMethodNotAllowed)
		return
	}
	if r.URL.Path == "/shell.json" {
		header.Set("Cache-Control", "no-store")
		header.Set("Content-Type", "application/json")
		send(w, r, h.shell)
		return
	}
	a, ok := h.assets[r.URL.Path]
	if !ok {
		header.Set("Cache-Control", "no-store")
		http.Error(w, "no such file", http.StatusNotFound)
		return
	}
	if r.Header.Get("Service-Worker") == "script" {
		// A worker script under /tidetable/ may control the whole page.
		header.Set("Service-Worker-Allowed", "/")
	}
	a.serve(w, r)
}

// serve answers with the file, compressed where the client takes that. no-cache makes the
// browser ask each time, so that a new build is seen at once; the answer is then mostly 304.
func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", a.mediaType)
	header.Set("Cache-Control", "no-cache")
	content, tag := a.content, `"`+a.hash+`"`
	if a.packed != nil {
		header.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Values("Accept-Encoding")) {
			content, tag = a.packed(), `"`+a.hash+`-gzip"`
			header.Set("Content-Encoding", "gzip")
		}
	}
	header.Set("ETag", tag)
	if matches(r.Header.Values("If-None-Match"), tag) {
		header.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	send(w, r, content)
}

func send(w http.ResponseWriter, r *http.Request, content []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	if r.Method != http.MethodHead {
		w.Write(content) // an error means that the client has gone
	}
}

// matches tells whether a list of entity tags has tag; for a GET a weak one will do.
func matches(lists []string, tag string) bool {
	for _, list := range lists {
		for candidate := range strings.SplitSeq(list, ",") {
			candidate = strings.TrimSpace(candidate)
			if candidate == "*" || strings.TrimPrefix(candidate, "W/") == tag {
				return true
			}
		}
	}
	return false
}

// acceptsGzip tells whether an Accept-Encoding header names gzip and does not refuse it.
func acceptsGzip(lists []string) bool {
	for _, list := range lists {
		for coding := range strings.SplitSeq(list, ",") {
			name, weight, _ := strings.Cut(strings.TrimSpace(coding), ";")
			if strings.EqualFold(strings.TrimSpace(name), "gzip") {
				weight = strings.ReplaceAll(weight, " ", "")
				return strings.TrimRight(weight, "0.") != "q="
			}
		}
	}
	return false
}
