package wire_test

// This file is about answers that no table server gives. Nothing may be concluded from
// them: a portal's 404 is no deleted row.

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

func TestAnswersOfOthersAreNotATableServers(t *testing.T) {
	for _, test := range []struct {
		name  string
		ops   []operation
		reply reply
		says  string
	}{
		{"a login page", everyOp, htmlReply(200, loginPage), "an HTML page titled 'Sign in &amp; go'"},
		{"a login page said to be JSON", everyOp, jsonReply(200, loginPage), "an HTML page titled"},
		{"a page without a title", everyOp, htmlReply(200, "<p>hello"), "is an HTML page, not"},
		{"a page without markup at its start", everyOp, htmlReply(200, "hello <br> you"), "is an HTML page, not"},
		{"a sentence said to be a page", everyOp, htmlReply(200, "hello"), "plain text: 'hello'"},
		{"a row said to be a page", everyOp, htmlReply(200, storedRow), "plain text"},
		{"a sentence for a missing row", everyOp, htmlReply(404, "Not found"), "plain text: 'Not found'"},
		{"a portal's 404", everyOp, htmlReply(404, loginPage), "(status 404)"},
		{"a portal's 410", everyOp, htmlReply(410, loginPage), "(status 410)"},
		{"a page for a conflict", writes, htmlReply(409, loginPage), "an HTML page"},
		{"a page for a stale version", writes, htmlReply(412, loginPage), "an HTML page"},
		{"a stopped app", everyOp, htmlReply(403, "<html><head><title>Web App - Unavailable</title>"), "'Web App - Unavailable'"},
		{"a page about a bad request", everyOp, htmlReply(400, loginPage), "an HTML page"},
		{"a 404 in plain text", everyOp, textReply(404, "404 page not found\n"), "plain text: '404 page not found'"},
		{"a 404 of broken JSON", everyOp, jsonReply(404, `{"error":`), "broken JSON"},
		{"a redirect that was not followed", everyOp, reply{status: 302}, "a redirect"},
		{"an opaque redirect", everyOp, reply{redirected: true}, "a redirect"},
		{"a good answer from another address", everyOp, reply{status: 200, body: storedRow, redirected: true}, "from another address"},
		{"an unasked 304", everyOp, reply{status: 304}, "(status 304)"},
		{"a 401 from another address", everyOp, reply{status: 401, redirected: true}, "from another address"},
		{"an empty 200", everyOp, reply{status: 200}, "is empty"},
		{"an empty 201", everyOp, jsonReply(201, " \r\n"), "is empty"},
		{"a status that is none", everyOp, reply{status: 0}, "(status 0)"},
		{"a status beyond all", everyOp, jsonReply(600, `{}`), "(status 600)"},
		{"a lone continue", everyOp, reply{status: 100}, "(status 100)"},
		{"text", everyOp, textReply(200, "OK"), "plain text: 'OK'"},
		{"a row said to be text", everyOp, textReply(200, storedRow), "plain text"},
		{"bytes", everyOp, reply{status: 200, body: "\x89PNG\x00\xff", header: map[string]string{"Content-Type": "image/png"}}, "neither JSON nor text"},
		{"half a row", everyOp, jsonReply(200, storedRow[:40]), "broken JSON"},
		{"a row and more", rowWrites, jsonReply(200, storedRow+`x`), "broken JSON"},
		{"a list for a row", writes, jsonReply(200, `[`+storedRow+`]`), "JSON of another kind"},
		{"null for a row", writes, jsonReply(200, `null`), "JSON of another kind"},
		{"JSON without an id", writes, jsonReply(200, `{"status":"ok"}`), "JSON without an id"},
		{"a null id", writes, jsonReply(200, `{"id":null}`), "JSON of another kind"},
		{"a number for an id", writes, jsonReply(200, `{"id":1}`), "JSON of another kind"},
		{"another row", writes, jsonReply(200, `{"id":"id-002"}`), "about the row 'id-002'"},
		{"our id in other letters", writes, jsonReply(200, `{"id":"ID-001"}`), "about the row 'ID-001'"},
		{"no content for a row", rowWrites, reply{status: 204}, "is empty"},
		{"no content for a page", reads, reply{status: 204}, "is empty"},
		{"a deletion without the row", []operation{deleteOp}, jsonReply(200, `{"deleted":true}`), "JSON without an id"},
		{"a list for a page", reads, jsonReply(200, `[]`), "JSON without items"},
		{"a page without items", reads, jsonReply(200, `{"value":[]}`), "JSON without items"},
		{"a page of another shape", reads, jsonReply(200, `{"items":{}}`), "JSON without items"},
		{"half a page", reads, jsonReply(200, `{"items":[]`), "broken JSON"},
		{"a page with half an item", reads, jsonReply(200, `{"items":[{"id":"a"]}`), "broken JSON"},
		{"a page and more", reads, jsonReply(200, `{"items":[]}{}`), "broken JSON"},
		{"an item that is no row", reads, jsonReply(200, `{"items":[{"id":"a"},3]}`), "item 2 is not a row"},
		{"an item without an id", reads, jsonReply(200, `{"items":[{"id":"a"},{"id":"b"},{}]}`), "item 3 has no id"},
		{"an item with an empty id", reads, jsonReply(200, `{"items":[{"id":""}]}`), "item 1 has no id"},
		{"an item with a number for an id", reads, jsonReply(200, `{"items":[{"id":7}]}`), "item 1 has no id"},
		{"a count that is none", reads, jsonReply(200, `{"items":[],"count":"12"}`), "count"},
		{"a negative count", reads, jsonReply(200, `{"items":[],"count":-1}`), "count"},
		{"half a match", reads, jsonReply(200, `{"items":[],"count":1.5}`), "count"},
		{"a link that is none", reads, jsonReply(200, `{"items":[],"nextLink":{}}`), "nextLink"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, op := range test.ops {
				a := answerTo(t, op, test.reply)
				assert.Equal(t, datasync.NotATableServer, a.Verdict, op.name)
				assert.Equal(t, test.reply.status, a.Status, op.name)
				assert.Nil(t, a.Row, op.name)
				assert.Contains(t, a.Message, test.says, op.name)
				assert.Contains(t, a.Message, "from a table server", op.name)
			}
		})
	}
}

func TestTooLargeAnswersAreRefused(t *testing.T) {
	t.Run("when the transport stopped reading", func(t *testing.T) {
		for _, op := range everyOp {
			a := answerTo(t, op, reply{status: 200, err: errors.Join(wire.ErrTooLarge)})
			assert.Equal(t, datasync.Refused, a.Verdict, op.name)
			assert.Equal(t, 200, a.Status)
			assert.Contains(t, a.Message, "larger than 64 MB")
		}
	})
	t.Run("when it did not", func(t *testing.T) {
		a := answerTo(t, pageOp, jsonReply(200, strings.Repeat(" ", wire.MaxBody)+"{"))
		assert.Equal(t, datasync.Refused, a.Verdict)
		assert.Contains(t, a.Message, "larger than 64 MB")
	})
	t.Run("but not at the limit", func(t *testing.T) {
		a := answerTo(t, pageOp, jsonReply(200, strings.Repeat(" ", wire.MaxBody-12)+`{"items":[]}`))
		assert.Equal(t, datasync.Done, a.Verdict, a.Message)
	})
}

func TestNoAnswerIsAnError(t *testing.T) {
	down := errors.New("no route to host")
	for _, op := range everyOp {
		remote, _ := open(t, wire.Options{}, reply{err: down})
		a, err := op.run(remote)
		require.ErrorIs(t, err, down, op.name)
		assert.Equal(t, datasync.Answer{}, a, op.name)
	}
	t.Run("a cancelled context", func(t *testing.T) {
		remote, _ := open(t, wire.Options{}, jsonReply(200, storedRow))
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := remote.Insert(ctx, "movies", []byte(sentRow))
		assert.ErrorIs(t, err, context.Canceled)
	})
}
