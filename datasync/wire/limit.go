package wire

// This file bounds what an answer may weigh.

import "errors"

// MaxBody is the largest body of an answer in bytes, once decompressed. A page that
// large would not fit a phone's tab beside its rows.
const MaxBody = 64 << 20

// ErrTooLarge is what a [Transport] returns when it stopped reading a body at MaxBody.
// It is the one error of a transport that is an answer: the server was there, and
// asking again would bring the same.
var ErrTooLarge = errors.New("the answer is larger than 64 MB")
