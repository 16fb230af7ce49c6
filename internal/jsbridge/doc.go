// Package jsbridge owns the crossing between Go and JavaScript: exceptions become Go
// errors, every callback has an owner and is counted, promises are awaited, bytes are
// copied in and out. It is a thin typed layer over syscall/js.
//
// It must not know what crosses: no stores, no tables, no engine types.
package jsbridge
