package tableserver

import (
	"context"
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// SQLiteOptions configures [OpenSQLite].
type SQLiteOptions struct {
	// Path is the database file; it is created when it does not exist.
	Path string
	// Now is the clock that stamps rows. Default time.Now.
	Now func() time.Time
	// Random is where the bytes of versions come from. It is read by one goroutine at a
	// time. Default crypto/rand.
	Random io.Reader
	// Readers is how many reads may run at once. Default 4.
	Readers int

	// wrap lets tests watch the statements that reach the driver, and volatile spares them
	// the waiting for the disk.
	wrap     func(driver.Connector) driver.Connector
	volatile bool
}

// SQLite is a [Repository] in one SQLite file in WAL mode. One connection writes, so
// writes are serial; several read beside it. A write is on disk when its call returns.
type SQLite struct {
	write  *sql.DB
	read   *sql.DB
	now    func() time.Time
	random io.Reader

	mu   sync.Mutex
	keys map[string]int64 // of tables, by name; guarded by mu
}

var _ Repository = (*SQLite)(nil)

// busyTimeout is how long a statement waits for another process that holds the file.
const busyTimeout = 10 * time.Second

// schemaVersion is kept in the file's user_version.
const schemaVersion = 1

// schema has one table for the rows of all sync tables, told apart by a number: names
// given by users are data. last is the newest updated_at ever given out in a table, which
// may be that of a row that has been removed since. doc comes last so that the other
// columns can be read without the pages that a long document spills to.
const schema = `
CREATE TABLE sync_table (
	key  INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	last INTEGER NOT NULL
) STRICT;
CREATE TABLE sync_row (
	tbl        INTEGER NOT NULL REFERENCES sync_table (key),
	id         TEXT NOT NULL,
	updated_at INTEGER NOT NULL,
	version    TEXT NOT NULL,
	deleted    INTEGER NOT NULL CHECK (deleted IN (0, 1)),
	doc        TEXT NOT NULL,
	PRIMARY KEY (tbl, id)
) STRICT;
CREATE UNIQUE INDEX sync_row_by_time ON sync_row (tbl, updated_at);
`

// OpenSQLite opens or creates the database file.
func OpenSQLite(ctx context.Context, options SQLiteOptions) (*SQLite, error) {
	if options.Path == "" {
		return nil, errors.New("no database file was named")
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Random == nil {
		options.Random = rand.Reader
	}
	if options.Readers < 1 {
		options.Readers = 4
	}
	s := &SQLite{now: options.Now, random: options.Random, keys: map[string]int64{}}
	// An answered write survives a power cut, which WAL with NORMAL does not promise.
	synchronous := "synchronous(full)"
	if options.volatile {
		synchronous = "synchronous(off)"
	}
	var err error
	if s.write, err = openPool(options, 1, "immediate", synchronous); err != nil {
		return nil, err
	}
	if s.read, err = openPool(options, options.Readers, "deferred", "query_only(on)"); err != nil {
		return nil, errors.Join(err, s.write.Close())
	}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", options.Path, err), s.Close())
	}
	return s, nil
}

// openPool makes a pool of at most size connections to the file.
func openPool(options SQLiteOptions, size int, lock string, pragma string) (*sql.DB, error) {
	path, err := filepath.Abs(options.Path)
	if err != nil {
		return nil, err
	}
	settings := url.Values{
		"_txlock": {lock},
		"_dqs":    {"0"},
		"_pragma": {
			"busy_timeout(" + strconv.FormatInt(busyTimeout.Milliseconds(), 10) + ")",
			"journal_mode(wal)", "foreign_keys(on)", pragma,
		},
	}
	name := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: settings.Encode()}
	connector, err := sqlite.NewConnector(name.String())
	if err != nil {
		return nil, err
	}
	if options.wrap != nil {
		connector = options.wrap(connector)
	}
	pool := sql.OpenDB(connector)
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	return pool, nil
}

// prepare creates the schema in a new file and refuses one that is not ours.
func (s *SQLite) prepare(ctx context.Context) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return classify(err)
	}
	defer tx.Rollback()
	var version, objects int
	if err := tx.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return classify(err)
	}
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_schema`).Scan(&objects); err != nil {
		return classify(err)
	}
	switch {
	case version == schemaVersion:
		return nil
	case version != 0 || objects != 0:
		return fmt.Errorf("the file is another program's database or of another version (%d, this program knows %d)",
			version, schemaVersion)
	}
	if _, err := tx.ExecContext(ctx, schema); err != nil {
		return classify(err)
	}
	// PRAGMA takes no parameters; the number is a constant of ours.
	if _, err := tx.ExecContext(ctx, `PRAGMA user_version = `+strconv.Itoa(schemaVersion)); err != nil {
		return classify(err)
	}
	return classify(tx.Commit())
}

// Ping implements [Repository].
func (s *SQLite) Ping(ctx context.Context) error {
	var one int
	return classify(s.read.QueryRowContext(ctx, `SELECT 1 FROM sync_table LIMIT 1`).Scan(&one))
}

// Close implements [Repository].
func (s *SQLite) Close() error {
	return errors.Join(s.read.Close(), s.write.Close())
}

// classify makes ErrBusy of what the database reports when it could not be reached in
// time, and passes everything else on. An absent row is not an error here.
func classify(err error) error {
	var fault *sqlite.Error
	switch {
	case err == nil || errors.Is(err, sql.ErrNoRows):
		return nil
	case errors.As(err, &fault) && (fault.Code()&0xff == sqlite3.SQLITE_BUSY || fault.Code()&0xff == sqlite3.SQLITE_LOCKED):
		return fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return err
}
