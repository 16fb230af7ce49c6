//go:build !js

package web

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// site is a small page, with one file big enough to be compressed.
func site() fstest.MapFS {
	return fstest.MapFS{
		"index.html":                {Data: []byte("<!doctype html>")},
		"sw.js":                     {Data: []byte("//")},
		"manifest.webmanifest":      {Data: []byte("{}")},
		"icons/icon.png":            {Data: bytes.Repeat([]byte("p"), 4096)},
		"tidetable/index.mjs":       {Data: []byte(strings.Repeat("export {};\n", 400))},
		"tidetable/index.d.ts":      {Data: []byte("export {};")},
		"tidetable/tidetable.wasm":  {Data: []byte("\x00asm")},
		"tidetable/.gitignore":      {Data: []byte("*")},
		"tidetable/data.unheard-of": {Data: []byte("?")},
	}
}

func serve(t *testing.T, files fstest.MapFS, method, path string, header ...string) *http.Response {
	t.Helper()
	h, err := Handler(files)
	require.NoError(t, err)
	request := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		request.Header.Add(header[i], header[i+1])
	}
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, request)
	return recorder.Result()
}

func body(t *testing.T, response *http.Response) string {
	t.Helper()
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(content)
}

func TestFilesHaveTheTypesThatBrowsersInsistOn(t *testing.T) {
	for path, want := range map[string]string{
		"/":                          "text/html; charset=utf-8",
		"/index.html":                "text/html; charset=utf-8",
		"/sw.js":                     "text/javascript; charset=utf-8",
		"/manifest.webmanifest":      "application/manifest+json",
		"/icons/icon.png":            "image/png",
		"/tidetable/index.mjs":       "text/javascript; charset=utf-8",
		"/tidetable/index.d.ts":      "text/plain; charset=utf-8",
		"/tidetable/tidetable.wasm":  "application/wasm",
		"/tidetable/data.unheard-of": "application/octet-stream",
	} {
		t.Run(path, func(t *testing.T) {
			response := serve(t, site(), "GET", path)
			require.Equal(t, 200, response.StatusCode)
			require.Equal(t, want, response.Header.Get("Content-Type"))
			require.Equal(t, "no-cache", response.Header.Get("Cache-Control"))
			require.NotEmpty(t, body(t, response))
		})
	}
}

func TestOtherPathsAndMethodsAreRefused(t *testing.T) {
	for _, path := range []string{"/nope", "/icons", "/icons/", "/tidetable/.gitignore", "/../index.html", "/tidetable/../index.html", "//"} {
		t.Run(path, func(t *testing.T) {
			request := "http://localhost" + path
			require.Equal(t, 404, serve(t, site(), "GET", request).StatusCode)
		})
	}
	response := serve(t, site(), "POST", "/")
	require.Equal(t, 405, response.StatusCode)
	require.Equal(t, "GET, HEAD", response.Header.Get("Allow"))
}

func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	for _, path := range []string{"/", "/sw.js", "/shell.json", "/nope"} {
		t.Run(path, func(t *testing.T) {
			header := serve(t, site(), "GET", path).Header
			require.Contains(t, header.Get("Content-Security-Policy"), "script-src 'self' 'wasm-unsafe-eval'")
			require.Contains(t, header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
			require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"))
			require.Equal(t, "no-referrer", header.Get("Referrer-Policy"))
		})
	}
}

func TestUnchangedFileIsNotSentAgain(t *testing.T) {
	for _, coding := range []string{"identity", "gzip"} {
		t.Run(coding, func(t *testing.T) {
			first := serve(t, site(), "GET", "/tidetable/index.mjs", "Accept-Encoding", coding)
			tag := first.Header.Get("ETag")
			require.NotEmpty(t, tag)
			for _, list := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
				again := serve(t, site(), "GET", "/tidetable/index.mjs", "Accept-Encoding", coding, "If-None-Match", list)
				require.Equal(t, 304, again.StatusCode, list)
				require.Equal(t, tag, again.Header.Get("ETag"))
				require.Empty(t, body(t, again))
			}
			changed := site()
			changed["tidetable/index.mjs"].Data[0] = 'E'
			again := serve(t, changed, "GET", "/tidetable/index.mjs", "Accept-Encoding", coding, "If-None-Match", tag)
			require.Equal(t, 200, again.StatusCode)
		})
	}
}

func TestTextIsCompressedForThoseWhoTakeIt(t *testing.T) {
	plain := site()["tidetable/index.mjs"].Data
	for accept, packed := range map[string]bool{"gzip": true, "br, gzip;q=0.5": true, "deflate": false, "gzip;q=0": false, "gzip; q=0.00": false, "": false} {
		t.Run("Accept-Encoding "+accept, func(t *testing.T) {
			response := serve(t, site(), "GET", "/tidetable/index.mjs", "Accept-Encoding", accept)
			require.Equal(t, "Accept-Encoding", response.Header.Get("Vary"))
			if !packed {
				require.Empty(t, response.Header.Get("Content-Encoding"))
				require.Equal(t, string(plain), body(t, response))
				return
			}
			require.Equal(t, "gzip", response.Header.Get("Content-Encoding"))
			require.Less(t, response.ContentLength, int64(len(plain)/10))
			reader, err := gzip.NewReader(response.Body)
			require.NoError(t, err)
			content, err := io.ReadAll(reader)
			require.NoError(t, err)
			require.Equal(t, plain, content)
		})
	}
	t.Run("a picture is not", func(t *testing.T) {
		require.Empty(t, serve(t, site(), "GET", "/icons/icon.png", "Accept-Encoding", "gzip").Header.Get("Content-Encoding"))
	})
}

func TestHeadSendsNoBody(t *testing.T) {
	response := serve(t, site(), "HEAD", "/")
	require.Equal(t, 200, response.StatusCode)
	require.Equal(t, int64(len("<!doctype html>")), response.ContentLength)
	require.Empty(t, body(t, response))
}

func TestWorkerScriptMayControlTheWholePage(t *testing.T) {
	response := serve(t, site(), "GET", "/tidetable/index.mjs", "Service-Worker", "script")
	require.Equal(t, "/", response.Header.Get("Service-Worker-Allowed"))
	require.Empty(t, serve(t, site(), "GET", "/tidetable/index.mjs").Header.Get("Service-Worker-Allowed"))
}

func TestShellListsWhatThePageNeedsOffline(t *testing.T) {
	read := func(files fstest.MapFS) (list struct {
		Version string
		Files   []string
	}) {
		response := serve(t, files, "GET", "/shell.json")
		require.Equal(t, 200, response.StatusCode)
		require.Equal(t, "no-store", response.Header.Get("Cache-Control"))
		require.Equal(t, "application/json", response.Header.Get("Content-Type"))
		require.NoError(t, json.Unmarshal([]byte(body(t, response)), &list))
		return list
	}
	first := read(site())
	require.Equal(t, []string{"/", "/icons/icon.png", "/manifest.webmanifest", "/sw.js",
		"/tidetable/data.unheard-of", "/tidetable/index.mjs", "/tidetable/tidetable.wasm"}, first.Files)
	require.Equal(t, first, read(site()), "the same files, the same version")

	for name := range site() {
		if strings.HasPrefix(name, "tidetable/.") {
			continue
		}
		changed := site()
		changed[name].Data = append(changed[name].Data, ' ')
		require.NotEqual(t, first.Version, read(changed).Version, "a change in %s makes another version", name)
	}
}

func TestEmbeddedFilesAreThePageWithoutGoSources(t *testing.T) {
	h, err := Handler(Files())
	require.NoError(t, err)
	for path, a := range h.(*handler).assets {
		require.NotEqual(t, "application/octet-stream", a.mediaType, "%s needs a media type", path)
		require.False(t, strings.HasSuffix(path, ".go"), path)
	}
}

func TestFilesWithoutAnIndexAreRefused(t *testing.T) {
	_, err := Handler(fstest.MapFS{"app.mjs": {Data: []byte("//")}})
	require.ErrorContains(t, err, "index.html")
}
