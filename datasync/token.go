package datasync

import (
	"tidetable/datasync/journal"
	"tidetable/datasync/jsonrow"
	"tidetable/datasync/query"
	"time"
)

// overlap is how far back a pull looks again while its newest row is younger than that:
// rows whose transaction was committed late appear behind rows already seen.
const overlap = 10 * time.Second

// instant is a time on the wire: milliseconds since 1970.
type instant int64

// token is how far a query id has been pulled.
type token struct {
	// time is the newest updatedAt seen, cut to milliseconds.
	time instant
	// seen is when, on this device's clock, it was first seen.
	seen instant
	// from is the time from which the next pull has to ask: nothing older can still appear.
	// It lies behind time once the overlap window has passed and was read once more.
	from instant
	// query identifies the filter the token belongs to.
	query string
}

func (t token) encode() []byte {
	b := journal.AppendUint(nil, uint64(t.time))
	b = journal.AppendUint(b, uint64(t.seen))
	b = journal.AppendUint(b, uint64(t.from))
	return journal.AppendString(b, t.query)
}

// decodeToken reads a token back; none gives the zero token.
func decodeToken(data []byte) token {
	if len(data) == 0 {
		return token{}
	}
	d := journal.NewDecoder(data)
	t := token{time: instant(d.Uint()), seen: instant(d.Uint()), from: instant(d.Uint()), query: d.String()}
	if d.Err() != nil {
		return token{} // pulling from the start is always right
	}
	return t
}

// reached is the token once everything from from on up to newest was read, by a pull that
// began at start and had the last page at now. Its first page was made by a server whose
// clock stood at most now-start before newest, and did not show the rows that were
// committed after it: so far back they may still appear, wherever the walk is by now.
func (t token) reached(newest, start, now instant) token {
	if newest <= t.time {
		return t
	}
	back := instant(overlap.Milliseconds()) + max(now-start, 0)
	t.time, t.seen, t.from = newest, now, max(t.from, newest-back)
	return t
}

// ended is the token once a pull that began at start has read everything.
func (t token) ended(start instant) token {
	if t.time > 0 && start-t.seen > instant(overlap.Milliseconds()) {
		t.from = t.time + 1
	}
	return t
}

// text is the instant as a table server writes it.
func (i instant) text() string {
	return time.UnixMilli(int64(i)).UTC().Format("2006-01-02T15:04:05.000Z")
}

// instantOf reads a server's time, cut to milliseconds; ok is false when it is none.
func instantOf(text string) (i instant, ok bool) {
	utc, ok := jsonrow.Instant([]byte(text))
	if !ok {
		return 0, false
	}
	t, err := time.Parse(time.RFC3339Nano, string(utc))
	if err != nil {
		return 0, false
	}
	return instant(t.UnixMilli()), true
}

// timeOf is a row's updatedAt in milliseconds, zero when it has none.
func timeOf(row []byte) int64 {
	system, _ := jsonrow.Scan(row)
	time, _ := instantOf(system.UpdatedAt)
	return int64(time)
}

// laterTime tells whether a is a later time than b, all digits considered.
func laterTime(a, b string) bool {
	x, okX := jsonrow.Instant([]byte(a))
	y, okY := jsonrow.Instant([]byte(b))
	return okX && (!okY || jsonrow.CompareInstants(x, y) > 0)
}

// firstRow asks whether a table is there at all.
var firstRow = query.Query{Take: 1, HasTake: true}
