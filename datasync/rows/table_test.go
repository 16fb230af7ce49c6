package rows

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tidetable/datasync/query"
)

// model is a table as plainly as can be.
type model map[string]Record

func (m model) visible() map[string]string {
	rows := map[string]string{}
	for id, r := range m {
		if row := r.Visible(); row != nil {
			rows[id] = string(row)
		}
	}
	return rows
}

// TestTableAgreesWithAMap drives a table and a plain map of records with the same random
// pages, settles, edits, claims, reverts and removals.
func TestTableAgreesWithAMap(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	table, plain := NewTable(), model{}
	number := 0
	row := func(id string) []byte {
		number++
		return fmt.Appendf(nil, `{"id":"%s","n":%d}`, id, number)
	}
	for range 4000 {
		id := fmt.Sprint("r", random.IntN(60))
		record := plain[id]
		switch random.IntN(8) {
		case 0:
			var k Packer
			for range random.IntN(20) {
				id := fmt.Sprint("r", random.IntN(60))
				if pending := plain[id]; pending.Local.Set { // a pull leaves these alone
					continue
				}
				data := row(id)
				k.Add(id, data, 0)
				settled := Record{}
				settled.Settle(data)
				plain[id] = settled
			}
			for _, data := range k.Pages() {
				p, err := OpenPage(data)
				require.NoError(t, err)
				table.AddPage(p)
			}
			continue
		case 1:
			record.Settle(row(id))
		case 2:
			record.Settle(nil)
		case 3:
			record.Edit(row(id))
		case 4:
			record.Edit(nil)
		case 5:
			record.Claim()
		case 6:
			record.Bring(row(id))
		default:
			record.Revert()
		}
		plain[id] = record
		table.Put(id, record)
		require.Equal(t, string(record.Visible()), string(table.Visible(id)))
		require.Equal(t, string(record.Sent.Row), string(table.Record(id).Sent.Row))
		require.Equal(t, string(record.Theirs.Row), string(table.Record(id).Theirs.Row))
	}
	seen := map[string]string{}
	table.Each(func(id, row []byte) bool {
		_, twice := seen[string(id)]
		require.False(t, twice, "row %s comes twice", id)
		seen[string(id)] = string(row)
		return true
	})
	require.Equal(t, plain.visible(), seen)
	require.Positive(t, table.Resident())
}

func TestRun(t *testing.T) {
	table := NewTable()
	var k Packer
	for i := range 10 {
		id := fmt.Sprint("r", i)
		k.Add(id, fmt.Appendf(nil, `{"id":"%s","n":%d,"odd":%v}`, id, 9-i, i%2 == 1), 0)
	}
	p, err := OpenPage(k.Pages()[0])
	require.NoError(t, err)
	table.AddPage(p)
	run := func(q query.Query) []string {
		t.Helper()
		answer, err := table.Run(q)
		require.NoError(t, err)
		var rows []string
		for _, row := range answer.Rows {
			rows = append(rows, string(row))
		}
		return rows
	}
	filter, err := query.ParseFilter("odd and n lt 7")
	require.NoError(t, err)

	t.Run("filters and comes in order of id", func(t *testing.T) {
		require.Equal(t, []string{`{"id":"r3","n":6,"odd":true}`, `{"id":"r5","n":4,"odd":true}`, `{"id":"r7","n":2,"odd":true}`, `{"id":"r9","n":0,"odd":true}`},
			run(query.Query{Filter: filter}))
	})
	t.Run("sorts, skips, takes, selects and counts", func(t *testing.T) {
		q := query.Query{Filter: filter, OrderBy: []query.Order{{Member: "n"}}, Skip: 1, Take: 2, HasTake: true, Select: []string{"n"}}
		require.Equal(t, []string{`{"id":"r7","n":2}`, `{"id":"r5","n":4}`}, run(q))
		answer, err := table.Run(q)
		require.NoError(t, err)
		require.Equal(t, 4, answer.Count)
	})
	t.Run("skips beyond the end and takes none", func(t *testing.T) {
		require.Empty(t, run(query.Query{Skip: 99}))
		require.Empty(t, run(query.Query{HasTake: true}))
	})
	t.Run("select over rows of no table", func(t *testing.T) {
		answer, err := Select([][]byte{[]byte(`{"id":2,"odd":true,"n":1}`), []byte(`{"id":1,"odd":true,"n":2}`)}, query.Query{Filter: filter})
		require.NoError(t, err)
		require.Equal(t, `{"id":2,"odd":true,"n":1}`, string(answer.Rows[0]))
		require.Len(t, answer.Rows, 2)
	})
}

func BenchmarkTable(b *testing.B) {
	const rows = 10_000
	var k Packer
	for i := range rows {
		id := fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
		k.Add(id, fmt.Appendf(nil, `{"id":"%s","version":"AAAAAAAAB9E=","updatedAt":"2026-01-01T00:00:00.000Z","deleted":false,"text":"some text of a row","n":%d}`, id, i), 0)
	}
	pages := k.Pages()
	load := func() *Table {
		t := NewTable()
		for _, data := range pages {
			p, _ := OpenPage(data)
			t.AddPage(p)
		}
		return t
	}
	b.Run("load", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			load()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
	})
	t := load()
	filter, _ := query.ParseFilter("n ge 5000 and n lt 5100")
	b.Run("query for 1 %", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = t.Run(query.Query{Filter: filter})
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
	})
}
