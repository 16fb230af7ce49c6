package tableserver

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"

	"tidetable/datasync/jsonrow"
)

// document is a row as a client sent it.
type document struct {
	// id is empty when the client left it out, or sent "" or null.
	id string
	// deleted is what the client wants the column to be.
	deleted bool
	// members is everything else, as [Row.Members] has it.
	members []byte
}

// parseDocument reads a body. The names of system columns are matched in any case;
// updatedAt and version are the server's and left out, as are all names that begin with
// two underscores. Of several members with one name the last one counts.
func parseDocument(body []byte) (document, error) {
	var doc document
	var names []string
	values := map[string][]byte{}
	var refused error
	err := jsonrow.Each(body, func(rawName, value []byte) bool {
		name := string(rawName)
		switch {
		case strings.EqualFold(name, "id"):
			doc.id, refused = textOrNothing(value)
		case strings.EqualFold(name, "deleted"):
			doc.deleted, refused = flag(value)
		case strings.EqualFold(name, "updatedAt"), strings.EqualFold(name, "version"), strings.HasPrefix(name, "__"):
		default:
			if _, again := values[name]; !again {
				names = append(names, name)
			}
			values[name] = value
		}
		return refused == nil
	})
	if refused != nil {
		return document{}, refused
	}
	if err != nil {
		return document{}, fmt.Errorf("the body is not a JSON object: %w", err)
	}
	if hasHalfPair(body) {
		return document{}, fmt.Errorf("a text in the body has one half of a surrogate pair, which is no character")
	}
	doc.members = append(make([]byte, 0, len(body)), '{')
	for i, name := range names {
		if i > 0 {
			doc.members = append(doc.members, ',')
		}
		doc.members = append(jsonrow.AppendText(doc.members, name), ':')
		doc.members = append(doc.members, values[name]...)
	}
	doc.members = append(doc.members, '}')
	return doc, nil
}

// hasHalfPair tells whether valid JSON escapes a surrogate without its other half.
// Databases and clients disagree on what such a text is, so a filter could not be right
// about it.
func hasHalfPair(text []byte) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		unit := escapedUnit(text[i:])
		switch {
		case unit < 0:
			i++
		case !utf16.IsSurrogate(unit):
			i += escapeLength - 1
		case utf16.DecodeRune(unit, escapedUnit(text[i+escapeLength:])) == unicode.ReplacementChar:
			return true
		default:
			i += 2*escapeLength - 1
		}
	}
	return false
}

// escapeLength is the length of an escape like \u00e9.
const escapeLength = 6

// escapedUnit reads such an escape at the start of text, -1 when there is none.
func escapedUnit(text []byte) rune {
	if len(text) < escapeLength || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	unit, err := strconv.ParseUint(string(text[2:escapeLength]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(unit)
}

func textOrNothing(value []byte) (string, error) {
	if jsonrow.KindOf(value) == jsonrow.Null {
		return "", nil
	}
	text, ok := jsonrow.Text(value)
	if !ok {
		return "", fmt.Errorf("the member id must be a string")
	}
	return text, nil
}

func flag(value []byte) (bool, error) {
	switch string(value) {
	case "true":
		return true, nil
	case "false", "null":
		return false, nil
	}
	return false, fmt.Errorf("the member deleted must be true or false")
}

// maxID is the largest number of characters in an id.
const maxID = 127

// validID tells whether id is one that every client and every database keeps as it is:
// 1 to 127 letters, digits and _ . | : -, of which the first is a letter or digit.
func validID(id string) bool {
	if id == "" || len(id) > maxID {
		return false
	}
	for i := range len(id) {
		c := id[i]
		alphanumeric := '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
		if !alphanumeric && (i == 0 || !strings.ContainsRune("_.|:-", rune(c))) {
			return false
		}
	}
	return true
}

// idRule is [validID] in words, for error messages.
const idRule = "an id has 1 to 127 characters, the first a letter or digit, the others letters, digits or one of _ . | : -"
