package nethttp_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync/wire"
	"tidetable/internal/nethttp"
)

// serve starts a server for one test.
func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func TestRequestsArriveAsTheyAre(t *testing.T) {
	var got *http.Request
	var body []byte
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.Header().Set("ETag", `"v"`)
		w.WriteHeader(http.StatusCreated)
		w.Write([]byte(`{"id":"a"}`))
	})
	transport := nethttp.New(nil, nethttp.Options{Header: [][2]string{{"X-ZUMO-AUTH", "token"}, {"Accept", "*/*"}}})
	response, err := transport.Do(context.Background(), wire.Request{
		Method: "PUT", URL: url + "/tables/a%2Fb/x%7Cy?$filter=id%20eq%20%27a%2Bb%27",
		Header: [][2]string{{"Accept", "application/json"}, {"If-Match", `"v0"`}}, Body: []byte(`{"n":1}`),
	})
	require.NoError(t, err)
	assert.Equal(t, "PUT", got.Method)
	assert.Equal(t, "/tables/a%2Fb/x%7Cy?$filter=id%20eq%20%27a%2Bb%27", got.RequestURI)
	assert.Equal(t, []string{"application/json"}, got.Header["Accept"], "the request's own header wins")
	assert.Equal(t, `"v0"`, got.Header.Get("If-Match"))
	assert.Equal(t, "token", got.Header.Get("X-ZUMO-AUTH"))
	assert.Equal(t, `{"n":1}`, string(body))

	assert.Equal(t, http.StatusCreated, response.Status)
	assert.Equal(t, `{"id":"a"}`, string(response.Body))
	assert.Equal(t, `"v"`, response.Header("etag"))
	assert.Empty(t, response.Header("Retry-After"))
	assert.False(t, response.Redirected)
}

func TestRequestsWithoutABodyHaveNone(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Zero(t, r.ContentLength)
		assert.Empty(t, r.Header.Get("Content-Type"))
		w.WriteHeader(http.StatusNoContent)
	})
	response, err := nethttp.New(nil, nethttp.Options{}).Do(context.Background(), wire.Request{Method: "DELETE", URL: url})
	require.NoError(t, err)
	assert.Equal(t, http.StatusNoContent, response.Status)
	assert.Empty(t, response.Body)
}

func TestRedirects(t *testing.T) {
	for _, test := range []struct {
		name, method string
		status       int
		want         int
		arrived      int
	}{
		{"of a read are followed and reported", "GET", 302, 200, 1},
		{"of an insert are not followed", "POST", 302, 302, 0},
		{"of an insert are not followed with its body", "POST", 307, 307, 0},
		{"of an update are not followed", "PUT", 308, 308, 0},
		{"of a delete are not followed", "DELETE", 301, 301, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			arrived := 0
			url := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/elsewhere" {
					arrived++
					return
				}
				http.Redirect(w, r, "/elsewhere", test.status)
			})
			client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
			response, err := nethttp.New(client, nethttp.Options{}).Do(context.Background(),
				wire.Request{Method: test.method, URL: url, Body: []byte(`{}`)})
			require.NoError(t, err)
			assert.True(t, response.Redirected)
			assert.Equal(t, test.want, response.Status)
			assert.Equal(t, test.arrived, arrived)
		})
	}
	t.Run("in a circle end", func(t *testing.T) {
		url := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) })
		response, err := nethttp.New(nil, nethttp.Options{}).Do(context.Background(), wire.Request{Method: "GET", URL: url})
		require.NoError(t, err)
		assert.True(t, response.Redirected)
		assert.Equal(t, http.StatusFound, response.Status)
	})
	t.Run("are not what a 304 is", func(t *testing.T) {
		url := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) })
		response, err := nethttp.New(nil, nethttp.Options{}).Do(context.Background(), wire.Request{Method: "GET", URL: url})
		require.NoError(t, err)
		assert.False(t, response.Redirected)
	})
}

func TestBodiesAreBounded(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, strings.Repeat("x", len(r.URL.Query().Get("n"))))
	})
	transport := nethttp.New(nil, nethttp.Options{MaxBody: 4})
	response, err := transport.Do(context.Background(), wire.Request{Method: "GET", URL: url + "?n=1234"})
	require.NoError(t, err)
	assert.Equal(t, "xxxx", string(response.Body))
	response, err = transport.Do(context.Background(), wire.Request{Method: "GET", URL: url + "?n=12345"})
	require.ErrorIs(t, err, wire.ErrTooLarge)
	assert.Equal(t, http.StatusOK, response.Status)
	assert.Nil(t, response.Body)
}

func TestNoCompleteAnswerIsAnError(t *testing.T) {
	t.Run("nobody there", func(t *testing.T) {
		server := httptest.NewServer(http.NotFoundHandler())
		server.Close()
		_, err := nethttp.New(nil, nethttp.Options{}).Do(context.Background(), wire.Request{Method: "GET", URL: server.URL})
		assert.Error(t, err)
	})
	t.Run("no URL", func(t *testing.T) {
		_, err := nethttp.New(nil, nethttp.Options{}).Do(context.Background(), wire.Request{Method: "GET", URL: "http://[::1"})
		assert.Error(t, err)
	})
	t.Run("broken off", func(t *testing.T) {
		url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, `{"items":[`)
		})
		_, err := nethttp.New(nil, nethttp.Options{}).Do(context.Background(), wire.Request{Method: "GET", URL: url})
		assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	})
	t.Run("cancelled on the way", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(context.Background())
		url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
			cancel(errors.New("enough"))
			<-r.Context().Done()
		})
		_, err := nethttp.New(nil, nethttp.Options{}).Do(ctx, wire.Request{Method: "GET", URL: url})
		assert.ErrorIs(t, err, context.Canceled)
	})
}
