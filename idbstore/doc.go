// Package idbstore owns the durable store in a browser: journal.Store on IndexedDB.
//
// One database has three object stores. "journal" holds the entries, keyed by position,
// and at key 0 the head; "pages" holds the pages, keyed by name; "generations" holds the
// root of every compaction, keyed by generation. All values are bytes. The version of
// the database is 1 for ever: what changes is the format of the records.
//
// Several contexts use one database without knowing of each other. Two rules make that
// safe. An append adds its entry at a position it chose, and adding to a key that exists
// aborts the whole transaction; the same goes for a compaction and its generation. And
// whoever writes gets the head in the same transaction, so that what it wrote at or
// below a floor that has moved meanwhile is known to be void, to the writer and to every
// reader.
//
// A transaction is issued in one turn, its commit included, and waits for nothing: a tab
// that is stopped in the middle of one would block every other tab. The contended key is
// the last request before the commit, and no error is prevented, because only that order
// aborts cleanly in all engines. A call returns when the transaction has completed or
// aborted, never on the success of a request.
//
// Databases are opened and created through go-indexeddb. Transactions talk to the
// objects of the browser themselves: the library waits with four listeners a request and
// returns on a request's error before the transaction is undone, has no getAll, and
// hides the events that a connection gets.
//
// The package must not know what is in an entry, a page or a root.
package idbstore
