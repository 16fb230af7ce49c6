package wire_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

func TestTheServersWordsAreFound(t *testing.T) {
	for _, test := range []struct{ name, body, want string }{
		{"error", `{"error":"An item is missing"}`, "An item is missing"},
		{"error before all others", `{"message":"b","title":"c","error":"a"}`, "a"},
		{"error with a message", `{"error":{"code":"","message":"Syntax error at position 3.","details":[]}}`, "Syntax error at position 3."},
		{"message", `{"message":"not here","stack":"x"}`, "not here"},
		{"names in any case", `{"Message":"Not here"}`, "Not here"},
		{"description", `{"code":7,"description":"too long"}`, "too long"},
		{"an error without a text", `{"error":true,"message":"m"}`, "m"},
		{"title and detail", `{"type":"about:blank","title":"Missing header","status":400,"detail":"Add the header."}`, "Missing header: Add the header."},
		{"title alone", `{"title":"Bad Request"}`, "Bad Request"},
		{"detail alone", `{"detail":"really"}`, "really"},
		{"errors by member", `{"title":"Invalid.","errors":{"Title":["is short","is odd"],"Year":"is old"}}`, "Invalid.: Title: is short; is odd; Year: is old"},
		{"a list of errors", `{"errors":[{"message":"one"},{"message":"two"}]}`, "one; two"},
		{"validation results", `[{"memberNames":["Title"],"errorMessage":"Title is short"},{"memberNames":[],"errorMessage":"Year is old"}]`, "Title is short; Year is old"},
		{"a text", `"The query is wrong"`, "The query is wrong"},
		{"escapes", `{"error":"line\nbreak\tand \u00e9 \ud83d\ude00"}`, "line break and é 😀"},
		{"control characters", `{"error":"a\u0000b\u202ec"}`, "a b c"},
		{"markup inside", `{"error":"<b>no</b> <script>alert(1)</script>way, 1 < 2 <unfinished"}`, "no alert(1) way, 1 < 2"},
		{"tags made of tags", `{"error":"<<b>script>x"}`, "< script>x"},
		{"deeply hidden", `{"error":{"error":{"error":{"error":{"error":"x"}}}}}`, "the server gave no reason for its status 400"},
		{"nothing of use", `{"status":400}`, "the server gave no reason for its status 400"},
		{"a number", `400`, "the server gave no reason for its status 400"},
		{"broken", `{"error":"x"`, "the server gave no reason for its status 400"},
	} {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, answerTo(t, insertOp, jsonReply(400, test.body)).Message)
		})
	}
}

func TestPlainTextIsTheServersWords(t *testing.T) {
	for body, want := range map[string]string{
		"The table is read only.\r\n": "The table is read only.",
		"a <b>bold</b> claim":         "a bold claim",
		"caf\xe9":                     "caf\ufffd",
		"\x00\x01":                    "the server gave no reason for its status 405",
	} {
		assert.Equal(t, want, answerTo(t, insertOp, textReply(405, body)).Message)
	}
}

func TestMessagesAreCut(t *testing.T) {
	long := strings.Repeat("é ", 400)
	for _, r := range []reply{
		jsonReply(400, `{"error":"`+long+`"}`), textReply(400, long),
		jsonReply(400, `["`+strings.Repeat(`x","`, 9000)+`"]`),
	} {
		message := answerTo(t, insertOp, r).Message
		assert.LessOrEqual(t, utf8.RuneCountInString(message), 502)
		assert.True(t, strings.HasSuffix(message, "…"))
		assert.True(t, utf8.ValidString(message))
	}
	page := answerTo(t, insertOp, htmlReply(200, "<title>"+strings.Repeat("t", 900)+"</title>")).Message
	assert.Contains(t, page, "'"+strings.Repeat("t", 80)+"…'")
}

func TestTitlesOfPages(t *testing.T) {
	for page, says := range map[string]string{
		"<title>Sign in</title>":                                    "titled 'Sign in'",
		"<!-- <a> --><TITLE lang=de>\n An\tmelden<br>":              "titled 'An melden'",
		"<p>caf\xe9 \xb0\xb0\xb0\xb0</p><title>\xdcber uns</title>": "titled '\ufffdber uns'",
		"\xb0\xb0\xb0\xb0<title":                                    "is an HTML page,",
		"<p><title":                                                 "is an HTML page,",
		"<p><title>never closed":                                    "is an HTML page,",
		"<title></title><title>2</title>":                           "is an HTML page,",
		"<p>none":                                                   "is an HTML page,",
		"<" + strings.Repeat(" <", 9000) + "<title>too far</title>": "is an HTML page,",
	} {
		assert.Contains(t, answerTo(t, insertOp, htmlReply(200, page)).Message, says)
	}
}
