package wire_test

// This file is the transport that the tests script: it answers from a list and keeps
// what it was asked.

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

// reply is one scripted answer.
type reply struct {
	status     int
	header     map[string]string
	body       string
	redirected bool
	err        error
}

// jsonReply is an answer with the media type that table servers use.
func jsonReply(status int, body string) reply {
	return reply{status: status, body: body, header: map[string]string{"Content-Type": "application/json; charset=utf-8"}}
}

// htmlReply is what anything but a table server says.
func htmlReply(status int, body string) reply {
	return reply{status: status, body: body, header: map[string]string{"Content-Type": "text/html"}}
}

func textReply(status int, body string) reply {
	return reply{status: status, body: body, header: map[string]string{"Content-Type": "text/plain; charset=utf-8"}}
}

// with returns the reply with one more header.
func (r reply) with(name, value string) reply {
	all := map[string]string{name: value}
	for n, v := range r.header {
		all[n] = v
	}
	r.header = all
	return r
}

var errScriptOver = errors.New("the script has no further answer")

// script is a wire.Transport that plays replies in order.
type script struct {
	replies  []reply
	requests []wire.Request
}

func (s *script) Do(ctx context.Context, request wire.Request) (wire.Response, error) {
	s.requests = append(s.requests, request)
	if err := ctx.Err(); err != nil {
		return wire.Response{}, err
	}
	if len(s.replies) == 0 {
		return wire.Response{}, errScriptOver
	}
	next := s.replies[0]
	s.replies = s.replies[1:]
	if next.err != nil {
		return wire.Response{Status: next.status}, next.err
	}
	return wire.Response{
		Status:     next.status,
		Redirected: next.redirected,
		Body:       []byte(next.body),
		Header: func(name string) string {
			for n, v := range next.header {
				if strings.EqualFold(n, name) {
					return v
				}
			}
			return ""
		},
	}, nil
}

// open makes a Remote that plays the replies.
func open(t testing.TB, options wire.Options, replies ...reply) (*wire.Remote, *script) {
	t.Helper()
	if options.BaseURL == "" {
		options.BaseURL = "https://example.com"
	}
	s := &script{replies: replies}
	remote, err := wire.New(s, options)
	require.NoError(t, err)
	return remote, s
}

// The row that most tests write, and what a server makes of it.
const (
	rowID     = "id-001"
	sentRow   = `{"id":"id-001","text":"milk"}`
	storedRow = `{"id":"id-001","updatedAt":"2024-08-23T20:22:54.291Z","version":"dGVzdA==","deleted":false,"text":"milk"}`
)

// operation is one of the writes of a Remote, on the row above.
type operation struct {
	name string
	run  func(r *wire.Remote) (datasync.Answer, error)
}

var (
	insertOp = operation{"insert", func(r *wire.Remote) (datasync.Answer, error) {
		return r.Insert(context.Background(), "movies", []byte(sentRow))
	}}
	updateOp = operation{"update", func(r *wire.Remote) (datasync.Answer, error) {
		return r.Update(context.Background(), "movies", rowID, []byte(sentRow), "djE=")
	}}
	deleteOp = operation{"delete", func(r *wire.Remote) (datasync.Answer, error) {
		return r.Delete(context.Background(), "movies", rowID, "djE=")
	}}
	undeleteOp = operation{"undelete", func(r *wire.Remote) (datasync.Answer, error) {
		return r.Undelete(context.Background(), "movies", rowID, []byte(sentRow), "djE=")
	}}
	lookupOp = operation{"lookup", func(r *wire.Remote) (datasync.Answer, error) {
		return r.Lookup(context.Background(), "movies", rowID)
	}}
	pageOp = operation{"page", func(r *wire.Remote) (datasync.Answer, error) {
		p, err := r.Page(context.Background(), datasync.PageRequest{Table: "movies"})
		return p.Answer, err
	}}

	rowWrites = []operation{insertOp, updateOp, undeleteOp}
	writes    = []operation{insertOp, updateOp, undeleteOp, deleteOp}
	reads     = []operation{lookupOp, pageOp}
	everyOp   = []operation{insertOp, updateOp, undeleteOp, deleteOp, lookupOp, pageOp}
)

// answerTo runs an operation against one scripted answer.
func answerTo(t testing.TB, op operation, r reply) datasync.Answer {
	t.Helper()
	remote, s := open(t, wire.Options{}, r)
	answer, err := op.run(remote)
	require.NoError(t, err)
	require.Len(t, s.requests, 1, "an operation is one request")
	return answer
}
