package datasync

import (
	"context"
	"time"

	"tidetable/datasync/journal"
	"tidetable/datasync/query"
)

// Options says what a client works with. Store, Remote, Clock and NewID are required.
type Options struct {
	// Store keeps the database. The client owns it from Open on and closes it.
	Store journal.Store
	// Remote is the table server. Opening never contacts it.
	Remote Remote
	// Tables declares the tables by name; nil allows every name.
	Tables map[string]TableOptions
	// Clock tells the time and makes timers.
	Clock Clock
	// NewID makes a new lower-case UUID.
	NewID func() string
	// Random returns a number in [0, 1), for jitter.
	Random func() float64
	// Locker makes push and pull exclusive over all contexts of the database; nil
	// makes them exclusive within this client.
	Locker Locker
	// Hint is called after each commit so that other contexts look for it; nil for none.
	// Correctness never depends on it.
	Hint func()
	// Writes is the durability of local writes and claims, Pulls that of pulled pages
	// and of the server's answers.
	Writes, Pulls journal.Durability
	// Parallel is how many operations of one table may be on the wire at once, 1 to 16; 0
	// means 6. With 1 every request waits for the answer to the one before.
	Parallel int
	// Warn is told of what does not stop anything but should be known: CodeNoVersion,
	// once per table. nil for nobody.
	Warn func(code Code, table, msg string)
	// Auto says when to sync without being asked.
	Auto AutoSync
	// Pulls to run in Sync, in order.
	SyncPulls []SyncPull
}

// TableOptions declares one table.
type TableOptions struct {
	// Conflict is the policy for conflicts no handler decides; "" is PolicyFail.
	Conflict Policy
	// Partial names the only columns to pull and send, besides the system columns; nil for
	// all. It needs a server that updates rows member by member.
	Partial []string
	// References names members that hold ids of rows of other tables: {"orderId": "orders"}.
	// An insert or update waits for the insert of the row it refers to, a delete for what is
	// queued for the rows that refer to it. A table that refers to itself is sent in order.
	References map[string]string
}

// Policy names how conflicts of a table are resolved.
type Policy string

// The policies.
const (
	// PolicyFail keeps the operation with its error until the app resolves it.
	PolicyFail Policy = "fail"
	// PolicyClient sends the local row again, on top of the server's version.
	PolicyClient Policy = "client"
	// PolicyMerge sends what changed here on top of what changed there, member by member;
	// where both sides changed one member, or one deleted the row, it is PolicyFail.
	PolicyMerge Policy = "merge"
	// PolicyNone sends without a version to match: the last write wins.
	PolicyNone Policy = "none"
	// PolicyServer takes the server's row and drops the operation.
	PolicyServer Policy = "server"
)

// AutoSync says which events start a sync without being asked. The zero value starts none.
type AutoSync struct {
	// Enabled turns all of them on or off.
	Enabled bool
	// Start syncs when the client opens, Online when the browser reports a network,
	// Visible when the page is shown again.
	Start, Online, Visible bool
	// Writes is how long after a local write to sync; zero or less means not.
	Writes time.Duration
	// Timer is the interval of regular syncs; after failures it begins at five seconds
	// and stretches up to twice the interval. Zero or less means none.
	Timer time.Duration
}

// SyncPull is one pull that Sync runs.
type SyncPull struct {
	Table   string
	QueryID string
	Query   query.Query
}

// Clock is the time as the engine sees it.
type Clock interface {
	// Now is the current time.
	Now() time.Time
	// AfterFunc calls fn once, in its own goroutine, after d; stop prevents it.
	AfterFunc(d time.Duration, fn func()) (stop func())
}

// Locker excludes other contexts of the same database.
type Locker interface {
	// Lock waits until the named lock is held and returns its release, or fails when ctx ends.
	Lock(ctx context.Context, name string) (release func(), err error)
}
