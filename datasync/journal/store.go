package journal

import (
	"context"
	"errors"
)

// Position numbers the entries of a journal: 1, 2, 3 … without gaps.
// Zero is the position before the first entry.
type Position uint64

const (
	// MaxRecord is the largest record in bytes that a Store accepts. Chromium moves
	// IndexedDB values of about 64 KB and more into files beside the database, and
	// those files are what goes missing; records stay well below.
	MaxRecord = 48 << 10
	// MaxPagesPerRead is the largest number of names one call of [Store.Pages] takes.
	// It bounds how long a reader can keep the writers of other contexts waiting.
	MaxPagesPerRead = 8
	// Format is the version of the record format this code writes and reads.
	Format = 1
)

// Durability says what a transaction waits for before it counts as complete.
type Durability uint8

const (
	// Relaxed completes when the operating system has the data: safe against the
	// death of the tab and of the browser. For data that can be pulled again.
	Relaxed Durability = iota
	// Strict completes when the data is on the disk. For what only this device has.
	Strict
)

// Errors of a Store. Every method wraps them, so test with errors.Is.
var (
	// ErrTaken: another writer has the position. Nothing was written. Read the tail,
	// fold it in and decide again.
	ErrTaken = errors.New("journal: position taken")
	// ErrBehind: the journal was compacted past the writer's base. What the call
	// wrote is void and no reader ever sees it. Drop the state in memory, load the
	// root and the tail, and decide again.
	ErrBehind = errors.New("journal: behind the floor")
	// ErrClosed: the store was closed, by Close or by the browser.
	ErrClosed = errors.New("journal: store closed")
	// ErrTooLarge: a record is larger than MaxRecord, or a read names more than
	// MaxPagesPerRead pages. Nothing was written or read.
	ErrTooLarge = errors.New("journal: too large")
	// ErrUpdateRequired: the database was written by a later version whose records
	// this code cannot understand. Nothing more may be written. Together with ErrBehind:
	// what was written is void.
	ErrUpdateRequired = errors.New("journal: update required")
	// ErrQuota: the browser refuses to store more. The transaction was aborted whole.
	ErrQuota = errors.New("journal: quota exceeded")
)

// Head is what every append and every read of the tail looks at, in the same
// transaction.
type Head struct {
	// Floor is the last compacted position: entries at or below it are void.
	Floor Position
	// Generation counts compactions. Zero means there was none.
	Generation uint64
	// MinFormat is the lowest Format a context must speak to write here.
	MinFormat uint16
}

// Page is a named immutable record: rows, a chunk of a large entry, a part of the
// directory or of the snapshot.
type Page struct {
	// Name is unique for ever; it contains a random id made for this one attempt.
	Name string
	// Data is at most MaxRecord bytes.
	Data []byte
}

// Append is one atomic change: an entry and the pages it names.
type Append struct {
	// Base is the last position the writer has folded, never one beyond the last. The
	// entry becomes Base+1.
	Base Position
	// Entry is at most MaxRecord bytes. It names the pages that belong to it.
	Entry []byte
	// Pages are stored in the same transaction, before the entry.
	Pages []Page
	// Durability of the transaction.
	Durability Durability
}

// Compaction replaces the journal up to a position by a root and its pages.
type Compaction struct {
	// Upto is the new floor. The caller has folded every entry up to it.
	Upto Position
	// Generation is the one the caller read; the compaction makes Generation+1.
	Generation uint64
	// Root describes the state at Upto: it names the directory and snapshot pages.
	Root []byte
	// Pages are new; Remove names those that nothing refers to any more.
	Pages  []Page
	Remove []string
	// MinFormat is stored in the head when it is higher than the present one. Raising it
	// above every earlier format also takes position Upto+1 and makes that the floor, so
	// that nobody who has not read the new head can append.
	MinFormat uint16
}

// Tail is what a reader that has folded up to some position still lacks.
type Tail struct {
	Head Head
	// Root is the root of the head's generation. It is set when the reader was below
	// the floor (or starts at zero) and a compaction has happened; the entries then
	// start at Floor+1. Otherwise it is nil and they start behind the reader.
	Root []byte
	// Entries are in order and without gaps; First is the position of the first one, zero
	// when there are none.
	First   Position
	Entries [][]byte
}

// Store keeps one database. It is data in, data out: it takes no callbacks, and code
// that runs inside a transaction waits for nothing but the transaction's own requests.
//
// Isolation: each method call is one transaction, and transactions are strictly
// serializable over all contexts that have the database open. A method that returns
// nil has its effect durable as asked; one that returns an error other than
// [ErrBehind] has changed nothing. Cancelling the context is looked at until the
// transaction is issued; from then on the result tells what happened. The byte slices
// given are not kept, those returned belong to the caller. All methods may be called
// concurrently.
type Store interface {
	// Tail reads the head and all valid entries behind the position after, in one
	// transaction. After a compaction that passed the position it returns the root
	// and everything behind the floor. An empty database gives a zero Tail.
	Tail(ctx context.Context, after Position) (Tail, error)

	// Append writes the pages and then the entry at Base+1, in one transaction that is
	// issued in one turn and waits for nothing inside. It fails with ErrTaken when the
	// position exists (the whole transaction is undone, pages included), with ErrBehind
	// when the floor is above Base, with ErrTooLarge before anything is written, and
	// with ErrUpdateRequired when the head's MinFormat is above Format.
	Append(ctx context.Context, a Append) error

	// Pages reads at most MaxPagesPerRead pages in one transaction over the page
	// records alone. A page that does not exist is nil in the result: a compaction
	// has replaced it, and the newer root says by what.
	Pages(ctx context.Context, names []string) ([][]byte, error)

	// Compact makes Upto the floor: it stores the pages, removes the replaced ones and
	// the entries up to Upto, and sets head and root, in one transaction. Of two
	// compactions of the same generation one fails with ErrTaken and changes nothing.
	// Upto lies between the floor and the last position; anything else is refused and
	// changes nothing.
	Compact(ctx context.Context, c Compaction) error

	// Close waits for the transactions under way and releases the database. Later
	// calls fail with ErrClosed. Closing twice is allowed.
	Close() error
}
