//go:build js && wasm

package syncjs

// This file takes arguments out of the JSON of a call. The modules have checked what
// users can get wrong; what is left to find here are mistakes of the modules.

import (
	"strconv"
	"time"

	"tidetable/datasync"
	"tidetable/datasync/jsonrow"
)

// arguments is the JSON object that came with a call.
type arguments []byte

// checked tells whether text is what a call may bring.
func checked(text []byte) (arguments, error) {
	if err := jsonrow.Check(text); err != nil || jsonrow.KindOf(text) != jsonrow.Object {
		return nil, &datasync.Error{Code: datasync.CodeInternal, Msg: "the arguments of the call are not a JSON object", Err: err}
	}
	return text, nil
}

// raw is the JSON of a member, nil when it is absent or null.
func (a arguments) raw(name string) []byte {
	value, ok := jsonrow.Get(a, name)
	if !ok || jsonrow.KindOf(value) == jsonrow.Null {
		return nil
	}
	return value
}

// text is the text of a member, "" when it has none.
func (a arguments) text(name string) string {
	s, _ := jsonrow.Text(a.raw(name))
	return s
}

func (a arguments) flag(name string) bool { return string(a.raw(name)) == "true" }

func (a arguments) number(name string) float64 {
	f, _ := jsonrow.Float(a.raw(name))
	return f
}

func (a arguments) int(name string) int { return int(a.number(name)) }

func (a arguments) milliseconds(name string) time.Duration {
	return time.Duration(a.number(name) * float64(time.Millisecond))
}

// seq is the number of an operation.
func (a arguments) seq(name string) (uint64, error) { return parseSeq(a.raw(name)) }

func parseSeq(text []byte) (uint64, error) {
	seq, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil {
		return 0, &datasync.Error{Code: datasync.CodeInvalidOptions, Msg: "an operation is named by its number: the member 'seq' of an entry of operations()"}
	}
	return seq, nil
}

// seqs are the numbers of operations.
func (a arguments) seqs() ([]uint64, error) {
	var seqs []uint64
	for _, text := range a.list("seqs") {
		seq, err := parseSeq(text)
		if err != nil {
			return nil, err
		}
		seqs = append(seqs, seq)
	}
	return seqs, nil
}

// list returns the elements of an array member.
func (a arguments) list(name string) [][]byte {
	var all [][]byte
	// The whole text has been checked, so there is no error left to come.
	_ = jsonrow.Elements(a.raw(name), func(value []byte) bool {
		all = append(all, value)
		return true
	})
	return all
}
