// Package journal owns what is durable: a totally ordered journal of entries and
// immutable pages of bytes, kept in a [Store].
//
// The state of a database is a fold over its journal. Every context (a tab, a worker,
// a service worker) may append; the positions 1, 2, 3 … give one order for all of them,
// and a writer that was behind folds in what it missed and decides again. The package
// knows records, positions, pages and durability. It must not know what an entry means
// to the engine, what is in a row, or how a store keeps its bytes.
package journal
