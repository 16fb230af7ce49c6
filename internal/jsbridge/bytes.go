//go:build js && wasm

package jsbridge

// This file copies bytes over the border.

import "syscall/js"

var uint8Array = js.Global().Get("Uint8Array")

// BytesToJS copies b into a new Uint8Array.
func BytesToJS(b []byte) js.Value {
	a := uint8Array.New(len(b))
	if len(b) > 0 {
		js.CopyBytesToJS(a, b)
	}
	return a
}

// BytesFromJS copies a Uint8Array into new memory. The result is never nil. Check
// foreign values with [IsBytes] first: anything else than a Uint8Array panics.
func BytesFromJS(a js.Value) []byte {
	b := make([]byte, a.Length())
	if len(b) > 0 {
		js.CopyBytesToGo(b, a)
	}
	return b
}

// IsBytes tells whether v is a Uint8Array.
func IsBytes(v js.Value) bool { return v.InstanceOf(uint8Array) }
