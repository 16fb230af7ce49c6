// Package jsonrow reads and edits JSON objects as bytes: it finds members, splits
// arrays, sets members and compares values without building a tree. A row is its JSON
// text; whatever is not touched keeps every byte, so integers beyond 2^53, decimals and
// unknown members survive. The package must not know what a member means, except for
// the four system columns that every table server uses.
package jsonrow
