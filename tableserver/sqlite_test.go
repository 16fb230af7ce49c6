package tableserver

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sqlite3 "modernc.org/sqlite/lib"

	"tidetable/datasync/query"
)

func TestSQLiteIsARepository(t *testing.T) {
	testRepository(t, func(t *testing.T) opener {
		path := filepath.Join(t.TempDir(), "rows.db")
		return func(now func() time.Time) Repository {
			rows, err := OpenSQLite(t.Context(), SQLiteOptions{Path: path, Now: now})
			require.NoError(t, err)
			return rows
		}
	})
}

func TestSQLiteRefusesWhatIsNotItsFile(t *testing.T) {
	dir := t.TempDir()
	foreign := filepath.Join(dir, "foreign.db")
	db, err := sql.Open("sqlite", foreign)
	require.NoError(t, err)
	_, err = db.Exec("CREATE TABLE theirs (x)")
	require.NoError(t, err)
	require.NoError(t, db.Close())
	text := filepath.Join(dir, "text.db")
	require.NoError(t, os.WriteFile(text, []byte(strings.Repeat("not a database\n", 100)), 0o600))

	for path, part := range map[string]string{foreign: "another program's", text: "not a database", "": "no database file", filepath.Join(dir, "no", "dir.db"): "no"} {
		_, err := OpenSQLite(t.Context(), SQLiteOptions{Path: path})
		require.ErrorContains(t, err, part)
	}
}

func TestSQLitePathsAreTakenAsTheyAre(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b?c#d%20e.db")
	openTemp(t, SQLiteOptions{Path: path})
	require.FileExists(t, path)
}

func TestSQLiteIsDurableAndInWALMode(t *testing.T) {
	rows, err := OpenSQLite(t.Context(), SQLiteOptions{Path: filepath.Join(t.TempDir(), "rows.db")})
	require.NoError(t, err)
	defer rows.Close()
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		var value string
		require.NoError(t, rows.write.QueryRow("PRAGMA "+pragma).Scan(&value))
		require.Equal(t, want, value, pragma)
	}
	_, err = rows.read.Exec("DELETE FROM sync_row")
	require.ErrorContains(t, err, "readonly", "readers cannot write")
}

func TestRandomSourceThatRepeatsItselfNeverRepeatsAVersion(t *testing.T) {
	rows := openTemp(t, SQLiteOptions{Random: fixed("abcdefgh")})
	_, err := rows.Write(t.Context(), "t", "x", put(`{}`))
	require.NoError(t, err)
	_, err = rows.Write(t.Context(), "t", "x", put(`{}`))
	require.ErrorContains(t, err, "repeats itself")
}

// spy is a driver that hands every statement to a listener on its way to SQLite.
type spy struct {
	driver.Connector
	heard func(statement string)
}

func (s spy) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := s.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return spyConn{conn, s.heard}, nil
}

// spyConn has the methods that database/sql uses; each is passed on.
type spyConn struct {
	driver.Conn
	heard func(string)
}

func (c spyConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	c.heard(text)
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, text, args)
}

func (c spyConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	c.heard(text)
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, text, args)
}

func (c spyConn) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	c.heard(text)
	return c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, text)
}

func (c spyConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, options)
}

func TestTextOfRequestsNeverReachesSQL(t *testing.T) {
	const mark = "zQx7"
	var mu sync.Mutex
	statements := map[string]bool{}
	rows := openTemp(t, SQLiteOptions{wrap: func(c driver.Connector) driver.Connector {
		return spy{c, func(text string) {
			mu.Lock()
			defer mu.Unlock()
			statements[text] = true
		}}
	}})
	s := newSite(t, func(o *Options) { o.Repository = rows; o.Tables = []string{mark + "_table"} })
	table := "/tables/" + mark + "_table"
	status := func(method, path, body string, header ...string) int {
		return s.do(method, path, body, header...).status
	}

	require.Equal(t, 201, status("POST", table, `{"id":"`+mark+`","`+mark+`'; DROP TABLE sync_row; --":"`+mark+`'","m`+mark+`":"v`+mark+`","`+mark+`\"":[1]}`))
	require.Equal(t, 409, status("POST", table, `{"id":"`+mark+`"}`))
	require.Equal(t, 400, status("POST", table, `{"id":"`+mark+`' OR 1=1 --"}`))
	require.Equal(t, 200, status("PUT", table+"/"+mark, `{"id":"`+mark+`","m`+mark+`":"v`+mark+`"}`, "If-Match", "*"))
	require.Equal(t, 412, status("DELETE", table+"/"+mark, "", "If-Match", `"`+mark+`' OR 1=1"`))
	require.Equal(t, 400, status("GET", table+"/"+mark+"'%20OR%201=1", ""))
	require.Equal(t, 404, status("GET", "/tables/sync_row", ""))
	require.Equal(t, 404, status("GET", table+"%22;%20DROP%20TABLE%20sync_row", ""))
	for _, filter := range []string{
		"m" + mark + " eq 'v" + mark + "'", "m" + mark + " eq 'v" + mark + "'' OR 1=1 --'", "id eq '" + mark + "'", "id in ('" + mark + "')",
		"m" + mark + " in ('" + mark + "','b') or startswith(m" + mark + ",'v" + mark + "') and contains(m" + mark + ",'''" + mark + "')",
		"not (m" + mark + ") or m" + mark + " eq null or m" + mark + " gt 5 or m" + mark + " eq true or m" + mark + " lt 2020-01-01T00:00:00Z",
		"tolower(concat(m" + mark + ",'" + mark + "')) ne 'x'", "version ne '" + mark + "'", "deleted eq false", "updatedAt gt 2020-01-01T00:00:00Z",
	} {
		require.Equal(t, 200, status("GET", table+"?"+encode("$filter="+filter+"&$orderby=m"+mark+" desc,"+mark+"&$select="+mark+",m"+mark+"&$count=true"), ""), filter)
	}
	for _, bad := range []string{"$orderby=m" + mark + ";--", "$orderby=(SELECT 1)", "$select=" + mark + "'", "$top=1;" + mark, "$filter=" + mark + "\" eq 1"} {
		require.Equal(t, 400, status("GET", table+"?"+encode(bad), ""), bad)
	}
	require.Equal(t, 204, status("DELETE", table+"/"+mark, ""))

	require.Greater(t, len(statements), 10)
	for text := range statements {
		require.NotContains(t, strings.ToLower(text), strings.ToLower(mark))
	}
}

func TestBusyDatabaseIsToldAsSuch(t *testing.T) {
	rows := openTemp(t, SQLiteOptions{})
	_, err := rows.write.Exec("PRAGMA busy_timeout = 0")
	require.NoError(t, err)
	_, err = rows.Write(t.Context(), "movies", "x", put(`{}`))
	require.NoError(t, err)
	other, err := rows.read.Conn(t.Context())
	require.NoError(t, err)
	_, err = other.ExecContext(t.Context(), "PRAGMA query_only = off; BEGIN IMMEDIATE")
	require.NoError(t, err)
	_, err = rows.Write(t.Context(), "movies", "x", put(`{}`))
	require.ErrorIs(t, err, ErrBusy)

	s := newSite(t, func(o *Options) { o.Repository = rows })
	busy := s.do("POST", "/tables/movies", `{"id":"y"}`)
	busy.requireError(http.StatusServiceUnavailable, "busy")
	require.Equal(t, "1", busy.header.Get("Retry-After"))
	_, err = other.ExecContext(t.Context(), "ROLLBACK")
	require.NoError(t, err)
	require.NoError(t, other.Close())
	s.insert(`{"id":"y"}`)
	require.Equal(t, sqlite3.SQLITE_BUSY, 5, "the code that classify looks for")
}

// TestFiltersFindWhatTheirMeaningSays compares the answers of the database with the
// filter applied to every row, for random filters over rows of all kinds of values.
func TestFiltersFindWhatTheirMeaningSays(t *testing.T) {
	const filters = 500
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	rows := openTemp(t, SQLiteOptions{Now: func() time.Time { return noon }})
	for i := range 70 {
		members := fmt.Sprintf(`{"a":%s,"b":%s,"\u0063":%s}`, pick(r, jsonValues), pick(r, jsonValues), pick(r, jsonValues))
		_, err := rows.Write(t.Context(), "t", fmt.Sprintf("r%d", i%60), func(*Row) (Change, error) {
			return Change{Members: []byte(members), Deleted: r.IntN(4) == 0}, nil
		})
		require.NoError(t, err)
	}
	stored, err := rows.Page(t.Context(), "t", everything)
	require.NoError(t, err)
	require.Len(t, stored.Rows, 60)
	exact := 0
	for range filters {
		tree := randomFilter(r, 3)
		predicate, err := query.Compile(tree)
		if err != nil {
			continue // mixes types in a way that no row can satisfy
		}
		var want []string
		for _, row := range stored.Rows {
			if predicate.Match(row.AppendJSON(nil)) {
				want = append(want, row.ID)
			}
		}
		q := query.Query{Filter: tree, IncludeDeleted: true, Count: true}
		page, err := rows.Page(t.Context(), "t", q)
		require.NoError(t, err, tree.String())
		require.Equal(t, want, ids(page), tree.String())
		require.Equal(t, len(want), page.Count)
		if narrow(tree, true).exact {
			exact++
		}
	}
	require.Greater(t, exact, filters/20, "SQL alone decides often enough to be tested")
}

// jsonValues are values on which databases and filters like to differ.
var jsonValues = []string{`null`, `true`, `false`, `0`, `1`, `-1`, `5`, `5.0`, `5.00000000000000000001`, `0.1`, `1e-320`, `1e400`, `-1e400`,
	`9007199254740992`, `9007199254740993`, `9007199254740993.5`, `9223372036854775807`, `9223372036854775808`, `123456789012345678901234567890`,
	`""`, `"a"`, `"A"`, `"ab"`, `"b"`, `"5"`, `"true"`, `"null"`, `"a\u0000b"`, `"a\u0000c"`, `"\u00e9"`, `"é"`, `"e\u0301"`, `"\ud83d\ude00"`, `"\uffff"`, `"%"`, `"a%b"`, `"it's"`,
	`"2026-05-04T12:00:00Z"`, `"2026-05-04T14:00:00+02:00"`, `"2026-05-04T12:00:00.0009Z"`, `"2026-05-04"`, `[]`, `["a"]`, `{}`, `{"a":1}`}

var filterConstants = []string{`null`, `true`, `false`, `0`, `1`, `-1`, `5`, `5.0`, `5.00000000000000000001`, `0.1`, `1e-320`, `1e400`, `9007199254740992`,
	`9007199254740993`, `9223372036854775807`, `9223372036854775808`, `''`, `'a'`, `'A'`, `'ab'`, `'b'`, `'5'`, `'true'`, "'a\x00b'", `'é'`, `'😀'`, `'%'`, `'it''s'`, `'r5'`, `'r50'`,
	`'2026-05-04T12:00:00.050Z'`, `2026-05-04T12:00:00Z`, `2026-05-04T12:00:00.050Z`, `2026-05-04T12:00:00.0501Z`, `2026-05-04T14:00:00.09%2B02:00`, `1969-12-31T23:59:59.999Z`, `cast(2026-05-04,Edm.Date)`}

var filterMembers = []string{"a", "b", "c", "missing", "id", "updatedAt", "version", "deleted"}

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

// randomFilter makes a tree of at most that depth.
func randomFilter(r *rand.Rand, depth int) *query.Expr {
	if depth > 0 && r.IntN(2) == 0 {
		a, b := randomFilter(r, depth-1), randomFilter(r, depth-1)
		return []*query.Expr{query.And(a, b), query.Or(a, b), query.Not(a)}[r.IntN(3)]
	}
	member, constant := query.Member(pick(r, filterMembers)), parseConstant(pick(r, filterConstants))
	switch r.IntN(12) {
	case 0:
		return member
	case 1:
		return query.Boolean(r.IntN(2) == 0)
	case 2:
		return query.Call(query.OpIn, member, constant, parseConstant(pick(r, filterConstants)), parseConstant(pick(r, filterConstants)))
	case 3, 4:
		op := []query.Op{query.OpStartsWith, query.OpEndsWith, query.OpContains}[r.IntN(3)]
		return query.Call(op, member, constant)
	case 5:
		return query.Compare(query.OpEq+query.Op(r.IntN(6)), query.Call(query.OpToLower, member), constant)
	case 6:
		return query.Compare(query.OpEq+query.Op(r.IntN(6)), member, query.Member(pick(r, filterMembers)))
	}
	a, b := member, constant
	if r.IntN(4) == 0 {
		a, b = b, a
	}
	return query.Compare(query.OpEq+query.Op(r.IntN(6)), a, b)
}

func parseConstant(text string) *query.Expr {
	e, err := query.ParseFilter("x eq " + strings.ReplaceAll(text, "%2B", "+"))
	if err != nil {
		panic(err)
	}
	return e.Args[1]
}

func TestHugeFiltersAreAnswered(t *testing.T) {
	s := newSite(t, func(o *Options) { o.MaxQuery = 1 << 20 })
	s.insert(`{"id":"x","n":1999}`)
	for name, filter := range map[string]string{
		"or":       strings.Repeat("n eq 7 or ", 4000) + "n eq 1999",
		"and":      strings.Repeat("n ne 7 and ", 4000) + "n eq 1999",
		"in":       "n in (" + strings.Repeat("7,", 20000) + "1999)",
		"in texts": "id in (" + strings.Repeat("'7',", 10000) + "'x')",
		"not":      strings.Repeat("not ", 98) + "(n eq 1999)",
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, []string{"x"}, s.on(t).list("$filter="+filter).ids())
		})
	}
}
