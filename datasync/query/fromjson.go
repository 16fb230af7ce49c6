package query

import (
	"math"
	"strconv"

	"tidetable/datasync/jsonrow"
)

// FromJSON reads a query as JavaScript sends it:
//
//	{"filter": "text eq ? and due lt ?", "args": ["Milk", {"instant": "2024-01-31T12:00:00.000Z"}],
//	 "orderBy": [["text", false], ["due", true]], "select": ["text"],
//	 "skip": 0, "take": 20, "count": true, "includeDeleted": false}
//
// The second part of an order tells whether it is descending. Every member may be absent
// or null; an empty text and null are the zero Query. Errors are *[Error]: those of the
// filter as of [ParseFilterArgs], the others name the member that is wrong.
func FromJSON(text []byte) (Query, error) {
	var r jsonReader
	if err := jsonrow.Check(text); err != nil {
		if len(text) == 0 {
			return Query{}, nil
		}
		return Query{}, refuse(nil, "the query is not JSON: "+err.Error())
	}
	if value := trimSpace(text); string(value) == "null" {
		return Query{}, nil
	} else if jsonrow.KindOf(value) != jsonrow.Object {
		return Query{}, refuse(nil, "the query is not an object")
	}
	jsonrow.Members(text, func(name, value []byte) bool {
		if jsonrow.KindOf(value) != jsonrow.Null {
			r.member(string(name), value)
		}
		return r.err == nil
	})
	if r.err != nil {
		return Query{}, r.err
	}
	var err error
	if r.query.Filter, err = ParseFilterArgs(r.filter, r.args); err != nil {
		return Query{}, err
	}
	if err := r.query.checkParts(); err != nil {
		return Query{}, err
	}
	return r.query, nil
}

func trimSpace(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// jsonReader collects the members of a query; it keeps the first error.
type jsonReader struct {
	query  Query
	filter string
	args   []Value
	err    error
}

func (r *jsonReader) wrong(name, wanted string) {
	if r.err == nil {
		r.err = refuse(nil, "'"+name+"' has to be "+wanted)
	}
}

func (r *jsonReader) member(name string, value []byte) {
	switch name {
	case "filter":
		r.filter = r.text(name, value)
	case "args":
		r.args = nil
		r.elements(name, value, func(value []byte) { r.args = append(r.args, r.arg(value)) })
	case "orderBy":
		r.query.OrderBy = nil
		r.elements(name, value, func(value []byte) { r.query.OrderBy = append(r.query.OrderBy, r.order(value)) })
	case "select":
		r.query.Select = nil
		r.elements(name, value, func(value []byte) { r.query.Select = append(r.query.Select, r.text(name, value)) })
	case "skip":
		r.query.Skip = r.number(name, value)
	case "take":
		r.query.Take, r.query.HasTake = r.number(name, value), true
	case "count":
		r.query.Count = r.boolean(name, value)
	case "includeDeleted":
		r.query.IncludeDeleted = r.boolean(name, value)
	default:
		r.err = refuse(nil, "a query has no member '"+name+"'")
	}
}

func (r *jsonReader) text(name string, value []byte) string {
	text, ok := jsonrow.Text(value)
	if !ok {
		r.wrong(name, "text")
	}
	return text
}

func (r *jsonReader) boolean(name string, value []byte) bool {
	if jsonrow.KindOf(value) != jsonrow.Bool {
		r.wrong(name, "true or false")
	}
	return string(value) == "true"
}

func (r *jsonReader) number(name string, value []byte) int {
	n, err := strconv.Atoi(string(value))
	if err != nil || n < 0 || n > math.MaxInt32 {
		r.wrong(name, "a whole number from 0 to 2147483647")
		return 0
	}
	return n
}

func (r *jsonReader) elements(name string, value []byte, each func(value []byte)) {
	if jsonrow.KindOf(value) != jsonrow.Array {
		r.wrong(name, "an array")
		return
	}
	// The whole text has been checked, so there is no error left to come.
	_ = jsonrow.Elements(value, func(value []byte) bool {
		each(value)
		return r.err == nil
	})
}

// order reads ["member", descending].
func (r *jsonReader) order(value []byte) Order {
	var parts [][]byte
	r.elements("orderBy", value, func(part []byte) { parts = append(parts, part) })
	if len(parts) != 2 || jsonrow.KindOf(parts[0]) != jsonrow.String || jsonrow.KindOf(parts[1]) != jsonrow.Bool {
		r.wrong("orderBy", `an array of pairs such as ["text", false]`)
		return Order{}
	}
	return Order{Member: plainName(r.text("orderBy", parts[0])), Descending: r.boolean("orderBy", parts[1])}
}

// arg reads a value for a question mark.
func (r *jsonReader) arg(value []byte) Value {
	switch jsonrow.KindOf(value) {
	case jsonrow.Null:
		return Value{}
	case jsonrow.Bool:
		return Value{Kind: Bool, Bool: value[0] == 't'}
	case jsonrow.Number:
		return Value{Kind: Number, Text: string(value)}
	case jsonrow.String:
		return Value{Kind: String, Text: r.text("args", value)}
	case jsonrow.Object:
		if text, ok := jsonrow.Get(value, "instant"); ok {
			if utc, ok := jsonrow.Instant([]byte(r.text("args", text))); ok {
				return Value{Kind: Instant, Text: string(utc)}
			}
		}
	}
	r.wrong("args", `an array of texts, numbers, true, false, null and instants such as {"instant": "2024-01-31T12:00:00.000Z"}`)
	return Value{}
}
