// Package tableserver is the reference table server: an [http.Handler] that serves sync
// tables at /tables/{name} and /tables/{name}/{id} in the dialect of Azure Mobile Apps v6
// and CommunityToolkit.Datasync, kept in a [Repository].
//
// It owns the wire behaviour (status codes, conditional requests, paging, system columns,
// errors as JSON) and the storage of rows as JSON text. It must not know the page, the
// client engine or how the process is started.
//
// The invariants that clients rely on:
//
//  1. updatedAt has whole milliseconds and grows with every write of a table, also over
//     restarts, hard deletes and a clock that stands still or goes back.
//  2. A row is stamped and committed under one write transaction, so no row ever becomes
//     visible behind an updatedAt that a reader has already seen.
//  3. A write decides on the stored row inside the transaction that changes it.
//  4. Text of a request reaches the database as parameters only, never as SQL.
//  5. Whatever a client stored and the server does not own keeps every byte of its value.
package tableserver
