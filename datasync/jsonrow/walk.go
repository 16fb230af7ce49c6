package jsonrow

import "bytes"

// Each calls fn with the name and the value of every member of object, in order and
// duplicates included, until fn returns false. It validates while it walks: what fn has
// been given is valid, and a nil error after a whole walk means that object was. A name
// is decoded, and part of object when it has no escapes; a value is the raw JSON without
// the space around it. Both must not be changed.
func Each(object []byte, fn func(name, value []byte) bool) error {
	return each(object, func(name, value []byte, _ int) bool { return fn(name, value) })
}

// each is [Each] with the index of the value.
func each(object []byte, fn func(name, value []byte, at int) bool) error {
	i, err := open(object, '{', "expected an object")
	if err != nil {
		return err
	}
	if i < len(object) && object[i] == '}' {
		return checkEnd(object, i+1)
	}
	for {
		start := i + 1
		var err *SyntaxError
		if i >= len(object) || object[i] != '"' {
			return &SyntaxError{i, "the name of a member is missing"}
		}
		plainEnd := skipPlain(object, start)
		if i, err = skipString(object, plainEnd); err != nil {
			return err
		}
		name := object[start : i-1]
		if plainEnd < i-1 {
			name = decodeName(name)
		}
		if i, err = skipColon(object, i); err != nil {
			return err
		}
		start = i
		if i, err = skipValue(object, i, 1); err != nil {
			return err
		}
		if !fn(name, object[start:i:i], start) {
			return nil
		}
		var more bool
		if i, more, err = skipComma(object, i, '}'); err != nil {
			return err
		}
		if !more {
			return checkEnd(object, i)
		}
	}
}

// Elements calls fn with every element of array, in order, until fn returns false. It
// validates as [Each] does.
func Elements(array []byte, fn func(value []byte) bool) error {
	i, err := open(array, '[', "expected an array")
	if err != nil {
		return err
	}
	if i < len(array) && array[i] == ']' {
		return checkEnd(array, i+1)
	}
	for {
		start := i
		var err *SyntaxError
		if i, err = skipValue(array, i, 1); err != nil {
			return err
		}
		if !fn(array[start:i:i]) {
			return nil
		}
		var more bool
		if i, more, err = skipComma(array, i, ']'); err != nil {
			return err
		}
		if !more {
			return checkEnd(array, i)
		}
	}
}

// open returns the index of what follows the opening bracket and space.
func open(b []byte, bracket byte, problem string) (int, error) {
	i := skipSpace(b, 0)
	if i >= len(b) || b[i] != bracket {
		return i, &SyntaxError{i, problem}
	}
	return skipSpace(b, i+1), nil
}

// decodeName undoes the escapes of a name, given without its quotes.
func decodeName(name []byte) []byte {
	if bytes.IndexByte(name, '\\') < 0 {
		return name
	}
	return appendDecoded(nil, name, false)
}
