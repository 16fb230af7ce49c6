package wire

import "context"

// Request is one HTTP request.
type Request struct {
	Method string
	// URL is absolute.
	URL string
	// Header holds name and value pairs in the order they are sent.
	Header [][2]string
	// Body is nil when there is none.
	Body []byte
}

// Response is one HTTP response, read to its end.
type Response struct {
	Status int
	// Header returns a response header, by its name in any case; empty when absent or
	// not exposed to the page.
	Header func(name string) string
	Body   []byte
	// Redirected is set when the answer is not from the URL that was asked, or is a
	// redirect that was not followed.
	Redirected bool
}

// Transport carries requests. An error means that no complete answer came; whether the
// server has seen the request is then unknown. Transports add what belongs to every
// request (tokens, custom headers) and do not follow redirects of writes.
type Transport interface {
	// Do sends one request and returns once its response is complete or ctx is done.
	Do(ctx context.Context, request Request) (Response, error)
}
