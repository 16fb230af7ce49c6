//go:build js && wasm

package syncjs

// This file gives the engine what it takes from its surroundings: time and chance.

import (
	"math/rand/v2"
	"time"
)

// clock is the browser's time and timers.
type clock struct{}

// Now is the current time.
func (clock) Now() time.Time { return time.Now() }

// AfterFunc calls fn in its own goroutine after d.
func (clock) AfterFunc(d time.Duration, fn func()) (stop func()) {
	timer := time.AfterFunc(d, fn)
	return func() { timer.Stop() }
}

// newID makes a random lower-case UUID (RFC 9562, version 4). The generator is Go's own,
// seeded by the browser's; the usual package for UUIDs would link encoding/json.
func newID() string {
	const digits = "0123456789abcdef"
	high := rand.Uint64()&^0xF000 | 0x4000
	low := rand.Uint64()&^(3<<62) | 2<<62
	id := make([]byte, 0, 36)
	for i := range 32 {
		switch i {
		case 8, 12, 16, 20:
			id = append(id, '-')
		}
		word := high
		if i >= 16 {
			word = low
		}
		id = append(id, digits[word>>(60-4*(i%16))&0xF])
	}
	return string(id)
}
