package tableserver

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tidetable/datasync/jsonrow"
)

// reply is an answer before it is written.
type reply struct {
	status int
	header [][2]string
	body   []byte // JSON; nil for none
}

// failure is a refusal: a status and the reason, as the client reads it.
type failure struct {
	status  int
	message string
}

// Error is the message.
func (f *failure) Error() string { return f.message }

func badRequest(message string) error { return &failure{http.StatusBadRequest, message} }
func notFound(message string) error   { return &failure{http.StatusNotFound, message} }

// conflict is a refusal that shows the row as it is stored.
type conflict struct {
	status int
	row    Row
}

// Error says what the row was found to be.
func (c *conflict) Error() string { return "the stored row is another one" }

// itemReply answers with one row and its validators.
func itemReply(status int, row *Row) reply {
	return reply{
		status: status,
		header: [][2]string{{"ETag", `"` + row.Version + `"`}, {"Last-Modified", row.UpdatedAt.UTC().Format(http.TimeFormat)}},
		body:   row.AppendJSON(nil),
	}
}

// methodReply answers OPTIONS, and refuses what is none of the endpoints.
func methodReply(method string, endpoints map[string]endpoint) (reply, error) {
	allowed := append(slices.Collect(maps.Keys(endpoints)), http.MethodHead, http.MethodOptions)
	slices.Sort(allowed)
	header := [][2]string{{"Allow", strings.Join(allowed, ", ")}}
	if method == http.MethodOptions {
		return reply{status: http.StatusNoContent, header: header}, nil
	}
	refused := errorReply(http.StatusMethodNotAllowed, "this address does not take "+method)
	refused.header = header
	return refused, nil
}

// errorReply is the one form of all errors.
func errorReply(status int, message string) reply {
	return reply{status: status, body: append(jsonrow.AppendText([]byte(`{"error":`), message), '}')}
}

// replyTo turns an error into the answer that tells of it. What is not the client's
// fault is not told in detail.
func replyTo(err error) reply {
	var refused *failure
	var clash *conflict
	switch {
	case errors.As(err, &refused):
		return errorReply(refused.status, refused.message)
	case errors.As(err, &clash):
		return itemReply(clash.status, &clash.row)
	case errors.Is(err, ErrBusy), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		busy := errorReply(http.StatusServiceUnavailable, "the server is busy, try again")
		busy.header = [][2]string{{"Retry-After", "1"}}
		return busy
	}
	return errorReply(http.StatusInternalServerError, "the server failed, its log tells why")
}

// compressFrom is the size in bytes from which a body is worth compressing.
const compressFrom = 1024

var compressors = sync.Pool{New: func() any {
	w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is valid
	return w
}}

// send writes the reply.
func (p *reply) send(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	// Rows change without their URL knowing; a browser that stored an answer would show old ones.
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Add("Vary", "Accept-Encoding")
	for _, pair := range p.header {
		header.Set(pair[0], pair[1])
	}
	body := p.body
	if body != nil {
		header.Set("Content-Type", "application/json; charset=utf-8")
		if len(body) > compressFrom && acceptsGzip(r.Header) {
			body = compress(body)
			header.Set("Content-Encoding", "gzip")
		}
		header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(p.status)
	if r.Method != http.MethodHead {
		w.Write(body) // an error means that the client has gone
	}
}

func compress(body []byte) []byte {
	var packed bytes.Buffer
	w := compressors.Get().(*gzip.Writer)
	defer compressors.Put(w)
	w.Reset(&packed)
	w.Write(body) // a buffer takes all writes
	w.Close()
	return packed.Bytes()
}

// acceptsGzip tells whether a request names gzip as a coding and does not refuse it.
func acceptsGzip(header http.Header) bool {
	for coding := range strings.SplitSeq(strings.Join(header.Values("Accept-Encoding"), ","), ",") {
		name, weight, _ := strings.Cut(strings.ReplaceAll(coding, " ", ""), ";")
		if strings.EqualFold(name, "gzip") {
			return strings.TrimRight(weight, "0.") != "q="
		}
	}
	return false
}
