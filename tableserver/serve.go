package tableserver

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"time"

	"github.com/google/uuid"
)

var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// ServeHTTP implements [http.Handler]: it answers one request and logs it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	id := r.Header.Get("X-Request-Id")
	if !requestID.MatchString(id) {
		id = uuid.NewString()
	}
	w.Header().Set("X-Request-Id", id)
	s.allowOrigin(w.Header(), r)
	r.Body = http.MaxBytesReader(w, r.Body, s.options.MaxBody)

	ctx, cancel := context.WithTimeout(r.Context(), s.options.Timeout)
	defer cancel()
	answer, err := s.guarded(ctx, r)
	if err != nil {
		answer = replyTo(err)
	}
	answer.send(w, r)

	attributes := []slog.Attr{
		slog.String("id", id), slog.String("method", r.Method), slog.String("path", r.URL.Path),
		slog.Int("status", answer.status), slog.Int("bytes", len(answer.body)), slog.Duration("took", time.Since(start)),
	}
	level := slog.LevelInfo
	if answer.status >= http.StatusInternalServerError && r.Context().Err() == nil { // the client is still there
		level = slog.LevelError
		attributes = append(attributes, slog.Any("error", err))
	}
	s.options.Logger.LogAttrs(r.Context(), level, "request", attributes...)
}

// guarded is answer with a panic turned into an error, so that every request is answered
// and logged.
func (s *Server) guarded(ctx context.Context, r *http.Request) (answer reply, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("panic: %v\n%s", fault, debug.Stack())
		}
	}()
	return s.answer(ctx, r)
}
