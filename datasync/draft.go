package datasync

import (
	"strconv"

	"tidetable/datasync/journal"
	"tidetable/datasync/rows"
)

// maxEntry is the size in bytes from which no further decision joins a commit.
const maxEntry = 512 << 10

// draft is what one commit will write, seen on top of the state: every decision of the
// commit sees what the ones before it decided.
type draft struct {
	state   *state
	origin  uint8
	changes []journal.Change
	pages   []journal.Named
	size    int
	// sealed keeps further decisions out of the commit.
	sealed bool
	// records and ops hold what the draft has changed; an op is nil when it ended.
	records map[rowKey]rows.Record
	ops     map[uint64]*operation
	added   map[rowKey][]uint64
	next    uint64
}

func newDraft(s *state) *draft {
	return &draft{state: s, origin: madeLocal, records: map[rowKey]rows.Record{},
		ops: map[uint64]*operation{}, added: map[rowKey][]uint64{}, next: s.queue.next}
}

// Entry is what was decided so far.
func (d *draft) Entry() journal.Entry { return journal.Entry{Origin: d.origin, Changes: d.changes} }

// Pages are stored with the entry.
func (d *draft) Pages() []journal.Named { return d.pages }

// Full tells that no further decision may join the commit.
func (d *draft) Full() bool { return d.sealed || d.size >= maxEntry }

// record returns a row of a loaded table as the draft leaves it.
func (d *draft) record(table, id string) rows.Record {
	if r, ok := d.records[rowKey{table, id}]; ok {
		return r
	}
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	return d.state.tables[table].data.Record(id)
}

// row changes one row of a loaded table.
func (d *draft) row(kind uint8, table, id string, data []byte) {
	r := d.record(table, id)
	c := journal.Change{Kind: kind, Table: table, Key: id, Data: data}
	if err := applyRecord(&r, c); err != nil {
		panic("datasync: not a change of a row: " + strconv.Itoa(int(kind)))
	}
	d.records[rowKey{table, id}] = r
	d.add(c)
}

// operations returns a row's operations as the draft leaves them, in order.
func (d *draft) operations(table, id string) []*operation {
	d.state.mu.RLock()
	before := d.state.queue.of(table, id)
	d.state.mu.RUnlock()
	var ops []*operation
	for _, o := range before {
		if o = d.operation(o.seq); o != nil {
			ops = append(ops, o)
		}
	}
	for _, seq := range d.added[rowKey{table, id}] {
		if o := d.ops[seq]; o != nil {
			ops = append(ops, o)
		}
	}
	return ops
}

// operation returns an operation as the draft leaves it; nil when it has ended.
func (d *draft) operation(seq uint64) *operation {
	if o, ok := d.ops[seq]; ok {
		return o
	}
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	return d.state.queue.bySeq[seq]
}

// put adds an operation (seq zero: at the tail) or replaces it.
func (d *draft) put(o operation) {
	if o.seq == 0 {
		o.seq = d.next
		d.next++
		key := rowKey{o.table, o.id}
		d.added[key] = append(d.added[key], o.seq)
	}
	d.ops[o.seq] = &o
	d.add(journal.Change{Kind: changeOp, Table: o.table, Key: strconv.FormatUint(o.seq, 10), Data: o.encode()})
}

// end removes an operation.
func (d *draft) end(o *operation) {
	d.ops[o.seq] = nil
	d.add(journal.Change{Kind: changeOpEnd, Table: o.table, Key: strconv.FormatUint(o.seq, 10)})
}

func (d *draft) add(c journal.Change) {
	d.changes = append(d.changes, c)
	d.size += len(c.Table) + len(c.Key) + len(c.Data) + 8
}
