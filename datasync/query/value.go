package query

import (
	"bytes"

	"tidetable/datasync/jsonrow"
)

// value is what a node is for one row.
type value struct {
	kind kind
	// seen tells that a member is there.
	seen bool
	// text is the decoded text of a string, the JSON of a number, the UTC text of an
	// instant.
	text []byte
}

// kind is the kind of a value, and the answer of a condition: true, false or, when it
// cannot be told, null. The order is that of sorting.
type kind uint8

const (
	isNull kind = iota
	isFalse
	isTrue
	isNumber
	isString
	isInstant
	// isOther is an object or an array.
	isOther
)

func truth(b bool) kind {
	if b {
		return isTrue
	}
	return isFalse
}

// constant is the value of a literal that checkNode has passed.
func constant(v Value) value {
	switch v.Kind {
	case Bool:
		return value{kind: truth(v.Bool)}
	case Number:
		return value{kind: isNumber, text: []byte(v.Text)}
	case String:
		return value{kind: isString, text: []byte(v.Text)}
	case Instant:
		return value{kind: isInstant, text: []byte(v.Text)}
	}
	return value{}
}

// fromJSON is the value of a member, given raw.
func fromJSON(raw []byte) value {
	switch jsonrow.KindOf(raw) {
	case jsonrow.Bool:
		return value{kind: truth(raw[0] == 't')}
	case jsonrow.Number:
		return value{kind: isNumber, text: raw}
	case jsonrow.String:
		text, _ := jsonrow.TextBytes(raw)
		return value{kind: isString, text: text}
	case jsonrow.Null, jsonrow.Invalid:
		return value{}
	}
	return value{kind: isOther}
}

// maxRoom is how many members a query may name before their values need an allocation.
const maxRoom = 6

// load sets values[i], which are zero, to the row's members[i]. It reads the row once and no further than
// up to the last member that is named. Of duplicates in a row the first counts.
func load(row []byte, members []string, values []value) {
	missing := len(members)
	jsonrow.Members(row, func(name, raw []byte) bool {
		for i, member := range members {
			if string(name) == member {
				if !values[i].seen {
					values[i] = fromJSON(raw)
					values[i].seen = true
					missing--
				}
				break
			}
		}
		return missing > 0
	})
}

// compareValues compares two values of one kind: numbers exactly, texts by code point,
// instants with all their digits.
func compareValues(a, b *value) int {
	switch a.kind {
	case isNumber:
		return jsonrow.CompareNumberBytes(a.text, b.text)
	case isInstant:
		return jsonrow.CompareInstants(a.text, b.text)
	}
	return bytes.Compare(a.text, b.text)
}

// order compares the operands of a comparison. ok is false when they have no order: one
// is null, or they are of different kinds. A text beside an instant is read as one.
func order(a, b *value) (result int, ok bool) {
	switch {
	case a.kind == isNull || b.kind == isNull || a.kind == isOther || b.kind == isOther:
		return 0, false
	case a.kind <= isTrue && b.kind <= isTrue:
		return int(a.kind) - int(b.kind), true
	case a.kind == b.kind:
		return compareValues(a, b), true
	case a.kind == isInstant && b.kind == isString:
		utc, ok := jsonrow.Instant(b.text)
		return jsonrow.CompareInstants(a.text, utc), ok
	case a.kind == isString && b.kind == isInstant:
		utc, ok := jsonrow.Instant(a.text)
		return jsonrow.CompareInstants(utc, b.text), ok
	}
	return 0, false
}
