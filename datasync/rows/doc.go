// Package rows owns what is readable: one table in memory as immutable pages of JSON
// bytes with an index by id, the records of rows that differ from their page, and the
// running of queries over both.
//
// It must not know how pages are stored, what an operation is or when a server is asked.
package rows
