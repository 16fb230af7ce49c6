//go:build js && wasm

package jsbridge

// This file carries text over the border with one copy on this side instead of two.

import (
	"syscall/js"
	"unsafe"
)

// TextToJS makes a JavaScript string of UTF-8 text, without a copy in Go: answers of
// many megabytes would otherwise be held twice in memory that never shrinks.
func TextToJS(text []byte) js.Value {
	return js.ValueOf(unsafe.String(unsafe.SliceData(text), len(text)))
}

// TextFromJS returns a JavaScript string as UTF-8. The bytes belong to the caller. A
// value that is no string gives nil.
func TextFromJS(v js.Value) []byte {
	if v.Type() != js.TypeString {
		return nil
	}
	// Nobody else has seen the string, so its bytes may be handed out as they are.
	s := v.String()
	return unsafe.Slice(unsafe.StringData(s), len(s))
}
