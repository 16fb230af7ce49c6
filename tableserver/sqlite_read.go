package tableserver

import (
	"context"
	"database/sql"
	"strings"

	"tidetable/datasync/query"
)

// Row implements [Repository].
func (s *SQLite) Row(ctx context.Context, table, id string) (*Row, error) {
	key, err := s.tableKey(ctx, table, false)
	if err != nil || key == 0 {
		return nil, err
	}
	return readRow(s.read.QueryRowContext(ctx, selectRow, key, id))
}

// Page implements [Repository]. SQL narrows the table down to the rows that may match,
// and where it cannot tell exactly, the filter itself decides on each of them.
func (s *SQLite) Page(ctx context.Context, table string, q query.Query) (Page, error) {
	key, err := s.tableKey(ctx, table, false)
	if err != nil || key == 0 {
		return Page{}, err
	}
	search := newSearch(key, &q)
	var predicate *query.Predicate
	if !search.exact {
		if predicate, err = query.Compile(q.Filter); err != nil {
			return Page{}, err
		}
	}
	// One transaction, so that the count is that of the rows.
	tx, err := s.read.BeginTx(ctx, nil)
	if err != nil {
		return Page{}, classify(err)
	}
	defer tx.Rollback()
	if search.exact {
		return search.run(ctx, tx, &q)
	}
	return search.sift(ctx, tx, &q, predicate)
}

// search is a query as SQL over sync_row. Its text is made of constants of this package
// alone; all that comes from the request is in arguments.
type search struct {
	where strings.Builder
	order strings.Builder
	// whereArgs and orderArgs are the values of their question marks.
	whereArgs, orderArgs []any
	// exact tells that the rows found are those that match, not just some that may.
	exact bool
}

func newSearch(key int64, q *query.Query) *search {
	s := &search{exact: true}
	s.where.WriteString("tbl = ?")
	s.whereArgs = append(s.whereArgs, key)
	if !q.IncludeDeleted {
		s.where.WriteString(" AND deleted = 0")
	}
	if q.Filter != nil {
		condition := narrow(q.Filter, true)
		s.where.WriteString(" AND ")
		s.where.WriteString(condition.text)
		s.whereArgs = append(s.whereArgs, condition.args...)
		s.exact = condition.exact
	}
	for _, order := range q.OrderBy {
		s.addOrder(order)
	}
	s.order.WriteString("id")
	return s
}

// rows starts the query for rows in order.
func (s *search) rows(ctx context.Context, tx *sql.Tx, tail string, tailArgs ...any) (*sql.Rows, error) {
	args := append(append(append([]any{}, s.whereArgs...), s.orderArgs...), tailArgs...)
	rows, err := tx.QueryContext(ctx, "SELECT id, updated_at, version, deleted, doc FROM sync_row WHERE "+
		s.where.String()+" ORDER BY "+s.order.String()+tail, args...)
	return rows, classify(err)
}

// run answers a query that SQL can answer alone.
func (s *search) run(ctx context.Context, tx *sql.Tx, q *query.Query) (page Page, err error) {
	if q.Count {
		count := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM sync_row WHERE "+s.where.String(), s.whereArgs...)
		if err := count.Scan(&page.Count); err != nil {
			return Page{}, classify(err)
		}
	}
	limit := -1 // none
	if q.HasTake {
		limit = q.Take + 1 // one more tells whether there is more
	}
	rows, err := s.rows(ctx, tx, " LIMIT ? OFFSET ?", limit, q.Skip)
	if err != nil {
		return Page{}, err
	}
	defer rows.Close()
	for rows.Next() {
		if q.HasTake && len(page.Rows) == q.Take {
			page.More = true
			break
		}
		row, err := readRow(rows)
		if err != nil {
			return Page{}, err
		}
		page.Rows = append(page.Rows, *row)
	}
	return page, classify(rows.Err())
}

// sift answers a query by asking the filter about each row that may match.
func (s *search) sift(ctx context.Context, tx *sql.Tx, q *query.Query, predicate *query.Predicate) (page Page, err error) {
	rows, err := s.rows(ctx, tx, "")
	if err != nil {
		return Page{}, err
	}
	defer rows.Close()
	var text []byte
	for rows.Next() {
		row, err := readRow(rows)
		if err != nil {
			return Page{}, err
		}
		if text = row.AppendJSON(text[:0]); !predicate.Match(text) {
			continue
		}
		page.Count++
		switch {
		case page.Count <= q.Skip:
		case !q.HasTake || len(page.Rows) < q.Take:
			page.Rows = append(page.Rows, *row)
		default:
			page.More = true
			if !q.Count {
				return page, nil
			}
		}
	}
	if !q.Count {
		page.Count = 0
	}
	return page, classify(rows.Err())
}

// columns are the members that are columns of sync_row.
var columns = map[string]string{"id": "id", "updatedAt": "updated_at", "version": "version", "deleted": "deleted"}

// memberPath is the path of a member within a document. Names that can stand in a query
// are letters, digits, _ and @, which need no escapes within the quotes.
func memberPath(name string) string { return `$."` + name + `"` }

// addOrder adds a key to sort by. Members of any kind sort as everywhere in the project:
// null and absent, false, true, numbers, texts by code point, all else. Numbers that are
// not integers of 64 bits compare as doubles here; those that are the same double are in
// order of the next key.
func (s *search) addOrder(order query.Order) {
	direction := ", "
	if order.Descending {
		direction = " DESC, "
	}
	if column, ok := columns[order.Member]; ok {
		s.order.WriteString(column + direction)
		return
	}
	path := memberPath(order.Member)
	s.order.WriteString(`CASE json_type(doc, ?) WHEN 'false' THEN 1 WHEN 'true' THEN 2 WHEN 'integer' THEN 3 WHEN 'real' THEN 3` +
		` WHEN 'text' THEN 4 WHEN 'array' THEN 5 WHEN 'object' THEN 5 ELSE 0 END` + direction)
	s.order.WriteString(`CASE WHEN json_type(doc, ?) IN ('integer', 'real', 'text') THEN json_extract(doc, ?) END` + direction)
	s.orderArgs = append(s.orderArgs, path, path, path)
}
