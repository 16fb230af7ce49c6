// Package datasync is the offline sync engine: tables that read and write locally at
// once, an operations queue, push, pull, purge and conflicts against a table server.
//
// It is pure Go: no syscall/js and no net/http. Its store is a [journal.Store], its
// server a [Remote]; clock, ids and randomness are injected. It must not know how bytes
// are kept or travel, nor who calls it.
//
// # Terms
//
//   - row: a JSON object with an id, kept as its bytes
//   - record: the four copies of a row: server (base), local, sent, theirs ([rows.Record])
//   - operation: one change waiting in the queue to be pushed; at most two per row
//   - entry: one atomic change of everything, at one position of the journal
//   - state: the fold over all entries, in memory
//   - decision: a function that looks at the state and puts changes into a draft; it runs
//     again when another context wrote first
//   - claim: an operation that may be on the wire
//   - outcome: what an answer means for an operation, all things considered
//   - token: how far a query id of a table has been pulled
//
// # Where to look
//
//   - local calls: table.go; what they make of the queue: collapse.go
//   - the state and its changes: state.go, draft.go, operation.go, queue.go, load.go
//   - push: push.go (the run), lanes.go (sending side by side), selection.go (what may go),
//     claim.go, judge.go (what an answer means), settle.go (making it durable)
//   - conflicts: conflict.go, policy.go, ask.go and handlers.go (the app's part)
//   - pull: pull.go, pull_run.go, walk.go (which page next), pull_page.go, token.go
//   - when to sync: auto.go; what is shown: status.go, feed.go (live queries), system.go
package datasync
