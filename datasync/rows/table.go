package rows

// Table is one table in memory. It is not safe for concurrent use: its owner holds a lock.
type Table struct {
	// pages by number; pages[0] is unused so that a zero ref means none.
	pages []*Page
	// live counts the rows of each page that are still the newest copy.
	live  []int
	index index
	// records holds the rows that differ from what the pages say.
	records map[string]Record
}

// NewTable makes an empty table.
func NewTable() *Table {
	return &Table{pages: make([]*Page, 1), live: make([]int, 1), records: map[string]Record{}}
}

// AddPage adds a pulled page; its rows replace the server's copies that were here.
func (t *Table) AddPage(p *Page) {
	number := uint32(len(t.pages))
	t.pages = append(t.pages, p)
	t.live = append(t.live, p.Len())
	t.index.reserve(p.Len())
	for i := 0; i < p.Len(); i++ {
		id := p.ID(i)
		if old, replaced := t.index.put(p.hash(i), ref{number, uint32(i)}, t.holds(id)); replaced {
			t.live[old.page]--
		}
		if len(t.records) == 0 {
			continue
		}
		if r, ok := t.records[string(id)]; ok {
			r.Server = Slot{}
			t.Put(string(id), r)
		}
	}
}

// Record returns everything known of a row; the zero Record when nothing is.
func (t *Table) Record(id string) Record {
	r := t.records[id]
	if !r.Server.Set {
		if row := t.paged(id); row != nil {
			r.Server = Slot{Set: true, Row: row}
		}
	}
	return r
}

// Visible returns the row as the app sees it; nil when there is none.
func (t *Table) Visible(id string) []byte { return t.Record(id).Visible() }

// Put replaces everything known of a row.
func (t *Table) Put(id string, r Record) {
	if r.Server.Set && r.Server.Row == nil {
		t.forget(id)
		r.Server = Slot{}
	}
	if r.empty() {
		delete(t.records, id)
		return
	}
	t.records[id] = r
}

// Leftover is what of a table lies outside its pages, or is wrong in them.
type Leftover struct {
	// Empty numbers, from 0 in the order they were added, the pages whose rows have all
	// been replaced.
	Empty []int
	// Removed are the ids of rows that stand in a page and are gone.
	Removed []string
	// Settled are rows that could stand in a page as they are, by id.
	Settled map[string][]byte
	// Records are all others.
	Records map[string]Record
}

// Leftover sorts what would have to be told besides the pages to make the table anew.
func (t *Table) Leftover() Leftover {
	l := Leftover{Settled: map[string][]byte{}, Records: map[string]Record{}}
	for id, r := range t.records {
		if r.Server.Set && !r.Local.Set && !r.Sent.Set && !r.Theirs.Set {
			l.Settled[id] = r.Server.Row
		} else {
			l.Records[id] = r
		}
	}
	removed := map[string]bool{}
	for number := 1; number < len(t.pages); number++ {
		p := t.pages[number]
		if t.live[number] == 0 {
			l.Empty = append(l.Empty, number-1)
			continue
		}
		if t.live[number] == p.Len() {
			continue
		}
		for i := 0; i < p.Len(); i++ {
			id := p.ID(i)
			if _, here := t.index.get(p.hash(i), t.holds(id)); !here && !removed[string(id)] {
				removed[string(id)] = true
				l.Removed = append(l.Removed, string(id))
			}
		}
	}
	return l
}

// Drop lets go of a page whose rows have all been replaced.
func (t *Table) Drop(page int) {
	t.pages[page+1] = &Page{data: emptyPage}
}

// Each calls fn for every row the app sees, in no particular order, until it returns
// false. The id and the row must not be changed or kept beyond the table's lock.
func (t *Table) Each(fn func(id, row []byte) bool) {
	for number := 1; number < len(t.pages); number++ {
		p := t.pages[number]
		if t.live[number] == 0 {
			continue
		}
		for i := 0; i < p.Len(); i++ {
			id := p.ID(i)
			if t.live[number] != p.Len() && !t.current(p, i, ref{uint32(number), uint32(i)}) {
				continue
			}
			if len(t.records) > 0 {
				if _, differs := t.records[string(id)]; differs {
					continue
				}
			}
			if !fn(id, p.Row(i)) {
				return
			}
		}
	}
	for id, r := range t.records {
		if row := t.visibleOf(id, r); row != nil && !fn([]byte(id), row) {
			return
		}
	}
}

// Resident is the number of bytes the table holds in memory, without small change.
func (t *Table) Resident() int {
	n := len(t.index.slots) * 16
	for _, p := range t.pages[1:] {
		n += p.Size()
	}
	for id, r := range t.records {
		n += len(id) + len(r.Server.Row) + len(r.Local.Row) + len(r.Sent.Row) + len(r.Theirs.Row)
	}
	return n
}

func (t *Table) visibleOf(id string, r Record) []byte {
	if r.Local.Set || r.Server.Set {
		return r.Visible()
	}
	return t.paged(id)
}

// paged returns the copy of a row in the pages.
func (t *Table) paged(id string) []byte {
	at, ok := t.index.get(hashID(id), t.holds([]byte(id)))
	if !ok {
		return nil
	}
	return t.pages[at.page].Row(int(at.row))
}

// forget drops the copy of a row in the pages.
func (t *Table) forget(id string) {
	key := []byte(id)
	hash := hashID(id)
	if at, ok := t.index.get(hash, t.holds(key)); ok {
		t.live[at.page]--
		t.index.remove(hash, t.holds(key))
	}
}

// current tells whether row i of p, which is at place, is the newest paged copy of its id.
func (t *Table) current(p *Page, i int, place ref) bool {
	_, ok := t.index.get(p.hash(i), func(at ref) bool { return at == place })
	return ok
}

func (t *Table) holds(id []byte) func(ref) bool {
	return func(at ref) bool { return string(t.pages[at.page].ID(int(at.row))) == string(id) }
}
