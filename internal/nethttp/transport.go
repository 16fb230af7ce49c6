// Package nethttp owns the native [wire.Transport] over net/http, for tests, the
// simulator and programs outside the browser. It must not know the table protocol, and
// nothing that is compiled to wasm may import it.
package nethttp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"tidetable/datasync/wire"
)

// Options says what is added to every request and what an answer may weigh.
type Options struct {
	// Header is sent with every request: tokens, keys. It goes before the request's own
	// header, which wins where both set a name.
	Header [][2]string
	// MaxBody is the largest body read, in bytes; zero means wire.MaxBody.
	MaxBody int64
}

// Transport sends requests with an [http.Client].
type Transport struct {
	client  http.Client
	options Options
}

var _ wire.Transport = (*Transport)(nil)

// New makes a transport over a copy of client, nil for the default one. Redirects of
// reads are followed and reported, those of writes are not followed, whatever the
// client's own policy says.
func New(client *http.Client, options Options) *Transport {
	t := &Transport{options: options}
	if client != nil {
		t.client = *client
	}
	t.client.CheckRedirect = followReads
	if t.options.MaxBody <= 0 {
		t.options.MaxBody = wire.MaxBody
	}
	return t
}

// maxRedirects is where a read gives up; the last redirect is then the answer.
const maxRedirects = 10

func followReads(next *http.Request, via []*http.Request) error {
	if first := via[0].Method; first != http.MethodGet && first != http.MethodHead || len(via) >= maxRedirects {
		return http.ErrUseLastResponse
	}
	return nil
}

// Do sends one request and reads its answer to the end.
func (t *Transport) Do(ctx context.Context, request wire.Request) (wire.Response, error) {
	var body io.Reader
	if request.Body != nil {
		body = bytes.NewReader(request.Body)
	}
	r, err := http.NewRequestWithContext(ctx, request.Method, request.URL, body)
	if err != nil {
		return wire.Response{}, fmt.Errorf("nethttp: %w", err)
	}
	for _, header := range [2][][2]string{t.options.Header, request.Header} {
		for _, h := range header {
			r.Header.Set(h[0], h[1])
		}
	}
	response, err := t.exchange(r)
	if err != nil && ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
		// net/http names the cause that a context was cancelled with, if it has one.
		return wire.Response{}, fmt.Errorf("nethttp: %w (%w)", ctx.Err(), err)
	}
	return response, err
}

func (t *Transport) exchange(r *http.Request) (wire.Response, error) {
	answer, err := t.client.Do(r)
	if err != nil {
		return wire.Response{}, fmt.Errorf("nethttp: %w", err)
	}
	defer answer.Body.Close()

	response := wire.Response{
		Status:     answer.StatusCode,
		Header:     answer.Header.Get,
		Redirected: answer.Request.Response != nil || isRedirect(answer),
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, t.options.MaxBody+1))
	if err != nil {
		return wire.Response{}, fmt.Errorf("nethttp: the answer to %s %s broke off: %w", r.Method, r.URL, err)
	}
	if int64(len(text)) > t.options.MaxBody {
		return response, wire.ErrTooLarge
	}
	response.Body = text
	return response, nil
}

// isRedirect tells a redirect that was not followed from other statuses of that range.
func isRedirect(answer *http.Response) bool {
	return answer.StatusCode/100 == 3 && answer.Header.Get("Location") != ""
}
