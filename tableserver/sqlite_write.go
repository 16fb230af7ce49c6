package tableserver

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"time"
)

// versionBytes is how many random bytes make a version: enough that a version is not
// seen twice in the life of a row.
const versionBytes = 8

const (
	selectRow = `SELECT id, updated_at, version, deleted, doc FROM sync_row WHERE tbl = ? AND id = ?`
	// stampTable gives out the next updated_at of a table: the clock, or one millisecond
	// after the last one when the clock is not past that.
	stampTable = `UPDATE sync_table SET last = max(last + 1, ?) WHERE key = ? RETURNING last`
	upsertRow  = `INSERT INTO sync_row (tbl, id, updated_at, version, deleted, doc) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (tbl, id) DO UPDATE SET updated_at = excluded.updated_at,
		version = excluded.version, deleted = excluded.deleted, doc = excluded.doc`
	removeRow = `DELETE FROM sync_row WHERE tbl = ? AND id = ?`
)

// Write implements [Repository].
func (s *SQLite) Write(ctx context.Context, table, id string, decide func(stored *Row) (Change, error)) (Row, error) {
	key, err := s.tableKey(ctx, table, true)
	if err != nil {
		return Row{}, err
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return Row{}, classify(err)
	}
	defer tx.Rollback()
	stored, err := readRow(tx.QueryRowContext(ctx, selectRow, key, id))
	if err != nil {
		return Row{}, err
	}
	change, err := decide(stored)
	if err != nil {
		return Row{}, err
	}
	row, err := s.apply(ctx, tx, key, id, stored, change)
	if err != nil {
		return Row{}, classify(err)
	}
	return row, classify(tx.Commit())
}

// apply stores change under a new stamp and version.
func (s *SQLite) apply(ctx context.Context, tx *sql.Tx, key int64, id string, stored *Row, change Change) (Row, error) {
	var stamp int64
	if err := tx.QueryRowContext(ctx, stampTable, s.now().UnixMilli(), key).Scan(&stamp); err != nil {
		return Row{}, err
	}
	if change.Remove {
		_, err := tx.ExecContext(ctx, removeRow, key, id)
		return Row{}, err
	}
	version, err := s.newVersion(stored)
	if err != nil {
		return Row{}, err
	}
	row := Row{ID: id, UpdatedAt: time.UnixMilli(stamp).UTC(), Version: version, Deleted: change.Deleted, Members: change.Members}
	_, err = tx.ExecContext(ctx, upsertRow, key, id, stamp, version, change.Deleted, string(change.Members))
	return row, err
}

// newVersion makes a version that the stored row does not have. It runs inside a write
// transaction, so only one goroutine reads the random source.
func (s *SQLite) newVersion(stored *Row) (string, error) {
	// A sound source never repeats itself; the bound is for one that does.
	for range 10 {
		var raw [versionBytes]byte
		if _, err := io.ReadFull(s.random, raw[:]); err != nil {
			return "", fmt.Errorf("read random bytes for a version: %w", err)
		}
		version := base64.StdEncoding.EncodeToString(raw[:])
		if stored == nil || stored.Version != version {
			return version, nil
		}
	}
	return "", errors.New("the random source repeats itself: no new version")
}

// tableKey returns the number of a table; 0 when it has none yet and create is false.
func (s *SQLite) tableKey(ctx context.Context, table string, create bool) (int64, error) {
	s.mu.Lock()
	key := s.keys[table]
	s.mu.Unlock()
	if key != 0 {
		return key, nil
	}
	if create {
		_, err := s.write.ExecContext(ctx, `INSERT INTO sync_table (name, last) VALUES (?, 0) ON CONFLICT (name) DO NOTHING`, table)
		if err != nil {
			return 0, classify(err)
		}
	}
	err := s.read.QueryRowContext(ctx, `SELECT key FROM sync_table WHERE name = ?`, table).Scan(&key)
	if err := classify(err); err != nil || key == 0 {
		return 0, err
	}
	s.mu.Lock()
	s.keys[table] = key
	s.mu.Unlock()
	return key, nil
}

// scanner is what a row can be read from.
type scanner interface{ Scan(...any) error }

// readRow reads the columns of selectRow; nil when there is no row.
func readRow(from scanner) (*Row, error) {
	var row Row
	var stamp int64
	var doc string
	err := from.Scan(&row.ID, &stamp, &row.Version, &row.Deleted, &doc)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, classify(err)
	}
	row.UpdatedAt = time.UnixMilli(stamp).UTC()
	row.Members = []byte(doc)
	return &row, nil
}
