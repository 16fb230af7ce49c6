package jsonrow

import (
	"bytes"
	"slices"
)

// Equal tells whether two values are the same JSON: numbers as exact decimals (1, 1.0
// and 1e0 are equal, 9007199254740993 and 9007199254740992 are not), strings decoded,
// arrays in order, objects whatever the order of their members. Both are taken to be
// valid.
func Equal(a, b []byte) bool {
	return compare(a, b, false, 0)
}

// Same tells whether JavaScript could have made one value from the other by parsing and
// writing it: numbers are equal as doubles, and two strings that both are RFC 3339
// instants when they are the same instant at the coarser of their precisions, which is
// milliseconds for a Date. Otherwise it is [Equal]. Both are taken to be valid.
func Same(a, b []byte) bool {
	return compare(a, b, true, 0)
}

// Covers tells whether a row on the server holds everything of a row that was sent:
// each member of sent is the [Same] in server, null and absent being alike. The columns
// that servers set themselves (version, updatedAt, createdAt, deleted) and the ignored
// members are left out.
func Covers(server, sent []byte, ignore ...string) bool {
	var roomA, roomB [indexFrom]member
	has, wanted := memberSet{list: roomA[:0]}, memberSet{list: roomB[:0]}
	has.putAll(server)
	wanted.putAll(sent)
	for _, m := range wanted.list {
		if isServerColumn(m.name) || slices.Contains(ignore, string(m.name)) {
			continue
		}
		value := []byte("null")
		if at := has.find(m.name); at >= 0 {
			value = has.list[at].value
		}
		if !Same(value, m.value) {
			return false
		}
	}
	return true
}

func isServerColumn(name []byte) bool {
	switch string(name) {
	case "version", "updatedAt", "createdAt", "deleted":
		return true
	}
	return false
}

func compare(a, b []byte, loose bool, depth int) bool {
	a, b = trim(a), trim(b)
	if bytes.Equal(a, b) {
		return true
	}
	kind := KindOf(a)
	if kind != KindOf(b) || depth > maxDepth {
		return false
	}
	switch kind {
	case Number:
		if !loose {
			return CompareNumberBytes(a, b) == 0
		}
		x, okX := Float(a)
		y, okY := Float(b)
		return okX && okY && x == y
	case String:
		x, y := wholeText(a), wholeText(b)
		return bytes.Equal(x, y) || loose && sameInstants(x, y)
	case Array:
		return compareArrays(a, b, loose, depth+1)
	case Object:
		return compareObjects(a, b, loose, depth+1)
	}
	return false
}

func trim(b []byte) []byte {
	if len(b) > 0 && b[0] > ' ' && b[len(b)-1] > ' ' {
		return b
	}
	return bytes.Trim(b, " \t\r\n")
}

// wholeText decodes a string so that texts that differ stay different.
func wholeText(value []byte) []byte {
	text := value[1:max(1, len(value)-1)]
	if bytes.IndexByte(text, '\\') < 0 {
		return text
	}
	return appendDecoded(nil, text, true)
}

func compareArrays(a, b []byte, loose bool, depth int) bool {
	var left, right [][]byte
	collect := func(into *[][]byte) func([]byte) bool {
		return func(value []byte) bool {
			*into = append(*into, value)
			return true
		}
	}
	if Elements(a, collect(&left)) != nil || Elements(b, collect(&right)) != nil || len(left) != len(right) {
		return false
	}
	for i := range left {
		if !compare(left[i], right[i], loose, depth) {
			return false
		}
	}
	return true
}

func compareObjects(a, b []byte, loose bool, depth int) bool {
	if sameNames(a, b) {
		return compareInOrder(a, b, loose, depth)
	}
	var left, right memberSet
	left.putAll(a)
	right.putAll(b)
	if len(left.list) != len(right.list) {
		return false
	}
	for _, m := range left.list {
		at := right.find(m.name)
		if at < 0 || !compare(m.value, right.list[at].value, loose, depth) {
			return false
		}
	}
	return true
}

// sameNames tells whether two objects have the same names in the same order, as most have
// that are compared.
func sameNames(a, b []byte) bool {
	x, y := newCursor(a), newCursor(b)
	var m, n member
	for x.read(&m) {
		if !y.read(&n) || string(m.name) != string(n.name) {
			return false
		}
	}
	return !y.read(&n)
}

// compareInOrder compares objects that have the same names in the same order. Of values
// with the same name only the last ones count.
func compareInOrder(a, b []byte, loose bool, depth int) bool {
	x, y := newCursor(a), newCursor(b)
	var m, n member
	for x.read(&m) && y.read(&n) {
		if !compare(m.value, n.value, loose, depth) && !follows(x, m.name) {
			return false
		}
	}
	return true
}

// follows tells whether a member of that name is still to come.
func follows(c cursor, name []byte) bool {
	var m member
	for c.read(&m) {
		if string(m.name) == string(name) {
			return true
		}
	}
	return false
}
