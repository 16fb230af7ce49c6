package wire

// This file finds the server's own words in an error answer. Every family, and every
// framework below it, has shapes of its own; one reader knows all of them, since proxies
// mix them anyway.

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"tidetable/datasync/jsonrow"
)

// maxMessage is the length of a message in characters.
const maxMessage = 500

// explanationOf reads the JSON of an error answer: strings, error or message or
// description (as text or as an object that has one of them), title and detail of a
// problem document with its errors by member, and lists of such.
func explanationOf(value []byte) string {
	if jsonrow.Check(value) != nil {
		return ""
	}
	return plainText(explain(value, 0), maxMessage)
}

func explain(value []byte, depth int) string {
	if depth > 3 {
		return ""
	}
	switch jsonrow.KindOf(value) {
	case jsonrow.String:
		text, _ := jsonrow.Text(value)
		return strings.TrimSpace(text)
	case jsonrow.Array:
		return explainList(value, depth)
	case jsonrow.Object:
		return explainObject(value, depth)
	}
	return ""
}

// explainObject asks the members in the order in which they are worth reading.
func explainObject(object []byte, depth int) string {
	said := make(map[string]string)
	jsonrow.Members(object, func(name, value []byte) bool {
		switch n := strings.ToLower(string(name)); n {
		case "error", "message", "description", "title", "detail", "errormessage":
			said[n] = explain(value, depth+1)
		case "errors":
			said[n] = explainErrors(value, depth+1)
		}
		return true
	})
	for _, n := range []string{"error", "message", "description", "errormessage"} {
		if said[n] != "" {
			return said[n]
		}
	}
	return joined(": ", said["title"], joined("; ", said["detail"], said["errors"]))
}

// explainErrors reads validation errors: a list, or texts by the member they are about.
func explainErrors(value []byte, depth int) string {
	if jsonrow.KindOf(value) != jsonrow.Object {
		return explain(value, depth)
	}
	all := ""
	jsonrow.Members(value, func(name, value []byte) bool {
		if text := explain(value, depth+1); text != "" {
			all = joined("; ", all, joined(": ", string(name), text))
		}
		return len(all) < 4*maxMessage
	})
	return all
}

func explainList(array []byte, depth int) string {
	all := ""
	// The array is valid, so there is no error to look at.
	_ = jsonrow.Elements(array, func(value []byte) bool {
		all = joined("; ", all, explain(value, depth+1))
		return len(all) < 4*maxMessage
	})
	return all
}

func joined(separator, a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + separator + b
}

// plainText makes text fit to be shown in one line: no markup, no control characters,
// no runs of space, at most limit characters.
func plainText(text string, limit int) string {
	var b strings.Builder
	length, space := 0, false
	for i := 0; i < len(text); {
		if n := tagLength(text[i:]); n > 0 {
			i, space = i+n, true
			continue
		}
		c, size := utf8.DecodeRuneInString(text[i:])
		i += size
		if unicode.IsSpace(c) || !unicode.IsPrint(c) {
			space = true
			continue
		}
		if length >= limit {
			return b.String() + "…"
		}
		if space && length > 0 {
			b.WriteByte(' ')
			length++
		}
		space = false
		b.WriteRune(c)
		length++
	}
	return b.String()
}

// tagLength is the length of the markup that text begins with: a tag, a comment, or
// what may be the start of one that was cut off. It is 0 for a plain less-than sign.
func tagLength(text string) int {
	if len(text) < 2 || text[0] != '<' {
		return 0
	}
	c := text[1] | 0x20
	if (c < 'a' || c > 'z') && text[1] != '/' && text[1] != '!' && text[1] != '?' {
		return 0
	}
	if end := strings.IndexByte(text, '>'); end >= 0 {
		return end + 1
	}
	return len(text)
}
