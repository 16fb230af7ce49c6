//go:build js && wasm

package jsbridge

// This file turns what JavaScript throws into Go errors, in one function: Try.

import (
	"errors"
	"strings"
	"syscall/js"
)

// Error is a JavaScript exception or rejection as a Go error.
type Error struct {
	// Name is the name of the error object, such as "TypeError" or "QuotaExceededError".
	// It is empty when something other than an error object was thrown.
	Name string
	// Message is the text of the error object, or the thrown value as text.
	Message string
	// Value is what was thrown, to be given back to JavaScript unchanged.
	Value js.Value
}

// Error returns name and message in the form JavaScript prints them.
func (e *Error) Error() string {
	switch {
	case e.Name == "":
		return e.Message
	case e.Message == "":
		return e.Name
	}
	return e.Name + ": " + e.Message
}

// ErrorOf describes a thrown or rejected value as an *Error. It never fails, whatever
// the value is; only its reading of name and message may come back empty.
func ErrorOf(v js.Value) *Error {
	e := &Error{Value: v}
	switch v.Type() {
	case js.TypeObject, js.TypeFunction:
		e.Name = textMember(v, "name")
		e.Message = textMember(v, "message")
	default:
		e.Message = v.String()
	}
	return e
}

// IsName tells whether err is or wraps a JavaScript error of that name.
func IsName(err error, name string) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Name == name
}

// Try runs fn and returns what it returns. An exception that JavaScript throws inside,
// and a call on something that is not callable, come back as the error. Other panics
// are mistakes of the Go code and go on.
//
// syscall/js catches exceptions of calls only: a getter or a setter that throws ends
// the program. Read members of foreign objects with [Get], which is a call.
func Try(fn func() js.Value) (result js.Value, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case js.Error:
			err = ErrorOf(r.Value)
		case *js.ValueError:
			err = &Error{Name: "TypeError", Message: r.Error()}
		case string:
			if !strings.HasPrefix(r, "syscall/js: ") {
				panic(r)
			}
			err = &Error{Name: "TypeError", Message: r}
		default:
			panic(r)
		}
	}()
	return fn(), nil
}

var reflectGet = js.Global().Get("Reflect").Get("get")

// Get reads a member of an object whose getters may throw.
func Get(v js.Value, member string) (js.Value, error) {
	return Try(func() js.Value { return reflectGet.Invoke(v, member) })
}

func textMember(v js.Value, member string) string {
	m, err := Get(v, member)
	if err != nil || m.Type() != js.TypeString {
		return ""
	}
	return m.String()
}
