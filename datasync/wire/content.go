package wire

// This file finds out what the body of an answer is, whatever it claims to be.

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"tidetable/datasync/jsonrow"
)

// form is what a body turned out to be.
type form uint8

const (
	formEmpty form = iota
	// formJSON is sent as JSON and begins like a JSON value. Whether it is valid to
	// its end is found out by whoever reads it, so that pages are gone through once.
	formJSON
	formHTML
	formText
)

// content is a body without what surrounds it: a byte order mark, white space.
type content struct {
	form form
	body []byte
	// mediaType is what the answer says it is, lower-case and without parameters.
	mediaType string
}

func contentOf(resp Response) content {
	c := content{mediaType: mediaTypeOf(header(resp, "Content-Type"))}
	c.body = bytes.Trim(bytes.TrimPrefix(resp.Body, []byte("\ufeff")), " \t\r\n")
	switch {
	case len(c.body) == 0:
		c.form = formEmpty
	case c.body[0] == '<', c.isMarkup():
		c.form = formHTML
	case (c.mediaType == "" || isJSONType(c.mediaType)) && jsonrow.KindOf(c.body) != jsonrow.Invalid:
		c.form = formJSON
	default:
		c.form = formText
	}
	return c
}

// isMarkup tells whether the body is what its media type says. One server sends plain
// sentences as HTML.
func (c content) isMarkup() bool {
	html := c.mediaType == "text/html" || c.mediaType == "application/xhtml+xml"
	return html && bytes.IndexByte(c.body, '<') >= 0
}

func header(resp Response, name string) string {
	if resp.Header == nil {
		return ""
	}
	return resp.Header(name)
}

func mediaTypeOf(contentType string) string {
	t, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(t))
}

func isJSONType(t string) bool {
	return t == "application/json" || t == "text/json" || strings.HasSuffix(t, "+json")
}

// valid tells whether the body is JSON from its first byte to its last.
func (c content) valid() bool {
	return c.form == formJSON && jsonrow.Check(c.body) == nil
}

// describe says what the body is, in words that continue "the answer is".
func (c content) describe() string {
	switch {
	case c.form == formEmpty:
		return "empty"
	case c.form == formHTML:
		if title := titleOf(c.body); title != "" {
			return "an HTML page titled '" + title + "'"
		}
		return "an HTML page"
	case c.valid():
		return "JSON of another kind"
	case c.form == formJSON, isJSONType(c.mediaType):
		return "broken JSON"
	case !utf8.Valid(c.body):
		return "neither JSON nor text"
	}
	return "plain text: '" + plainText(string(head(c.body, 512)), 80) + "'"
}

// titleOf finds the title of a page near its start. Bytes are compared one for one: pages
// come in all encodings, and folding the case of a text may change its length.
func titleOf(html []byte) string {
	const tag = "<title"
	html = head(html, 16<<10)
	for len(html) > len(tag) {
		if !bytes.EqualFold(html[:len(tag)], []byte(tag)) {
			next := bytes.IndexByte(html[1:], '<')
			if next < 0 {
				return ""
			}
			html = html[1+next:]
			continue
		}
		_, text, opened := bytes.Cut(html, []byte(">"))
		text, _, closed := bytes.Cut(text, []byte("<"))
		if !opened || !closed {
			return ""
		}
		return plainText(string(text), 80)
	}
	return ""
}

func head(b []byte, n int) []byte { return b[:min(n, len(b))] }
