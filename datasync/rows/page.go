package rows

import (
	"bytes"
	"encoding/binary"
	"errors"

	"tidetable/datasync/jsonrow"
)

// A page is a packed run of rows:
//
//	count   uint32
//	entries count × {rowOffset uint32, idOffset uint32, idLength uint16, flags uint16, idHash uint64, time int64}
//	bytes   the rows' JSON texts one behind the other, then ids that contain escapes
//
// All integers are little-endian; offsets count from the start of the bytes; time is
// updatedAt in milliseconds. A row ends where the next one begins, the last one at the
// offset in the extra final entry's rowOffset.

const (
	pageHeader = 4
	entrySize  = 28
	// MaxPagePayload leaves room for the record header below journal.MaxRecord.
	MaxPagePayload = 47 << 10
	// largeRow is the size from which a row gets a page of its own.
	largeRow = 32 << 10
)

// emptyPage has no rows.
var emptyPage = make([]byte, pageHeader+entrySize)

// errPage says that bytes are not a page.
var errPage = errors.New("rows: damaged page")

// Page is a readable packed page. It never changes.
type Page struct {
	data  []byte
	count int
}

// OpenPage reads a page's directory. It scans no JSON.
func OpenPage(data []byte) (*Page, error) {
	if len(data) < pageHeader {
		return nil, errPage
	}
	count := int(binary.LittleEndian.Uint32(data))
	if count < 0 || count > len(data)/entrySize || pageHeader+(count+1)*entrySize > len(data) {
		return nil, errPage
	}
	p := &Page{data: data, count: count}
	size := uint32(len(p.bytes()))
	last := uint32(0)
	for i := 0; i <= count; i++ {
		e := p.entry(i)
		row, id, n := binary.LittleEndian.Uint32(e), binary.LittleEndian.Uint32(e[4:]), uint32(binary.LittleEndian.Uint16(e[8:]))
		if row < last || row > size || id > size || id+n > size {
			return nil, errPage
		}
		last = row
	}
	return p, nil
}

// Len is the number of rows.
func (p *Page) Len() int { return p.count }

// Size is the number of bytes the page holds in memory.
func (p *Page) Size() int { return len(p.data) }

// Row returns the JSON text of row i. It must not be changed.
func (p *Page) Row(i int) []byte {
	from := binary.LittleEndian.Uint32(p.entry(i))
	to := binary.LittleEndian.Uint32(p.entry(i + 1))
	return p.bytes()[from:to:to]
}

// ID returns the id of row i as bytes. They must not be changed.
func (p *Page) ID(i int) []byte {
	e := p.entry(i)
	from := binary.LittleEndian.Uint32(e[4:])
	to := from + uint32(binary.LittleEndian.Uint16(e[8:]))
	return p.bytes()[from:to:to]
}

func (p *Page) hash(i int) uint64 { return binary.LittleEndian.Uint64(p.entry(i)[12:]) }

func (p *Page) entry(i int) []byte { return p.data[pageHeader+i*entrySize:] }

func (p *Page) bytes() []byte { return p.data[pageHeader+(p.count+1)*entrySize:] }

// Packer packs rows into pages.
type Packer struct {
	pages   [][]byte
	entries []byte
	bytes   []byte
	extra   []extraID
	count   int
	extraN  int
}

// extraID is an id whose JSON text has escapes, to be stored behind the rows.
type extraID struct {
	entry int
	id    string
}

// Add packs one row; milliseconds is its updatedAt. The row is copied.
func (k *Packer) Add(id string, row []byte, milliseconds int64) {
	need := entrySize + len(row) + len(id)
	if k.count > 0 && (len(row) > largeRow || k.size()+need > MaxPagePayload) {
		k.flush()
	}
	start := uint32(len(k.bytes))
	var e [entrySize]byte
	binary.LittleEndian.PutUint32(e[0:], start)
	binary.LittleEndian.PutUint16(e[8:], uint16(len(id)))
	binary.LittleEndian.PutUint64(e[12:], hashID(id))
	binary.LittleEndian.PutUint64(e[20:], uint64(milliseconds))
	if offset, ok := plainID(row, id); ok {
		binary.LittleEndian.PutUint32(e[4:], start+uint32(offset))
	} else {
		k.extra = append(k.extra, extraID{entry: k.count, id: id})
		k.extraN += len(id)
	}
	k.entries = append(k.entries, e[:]...)
	k.bytes = append(k.bytes, row...)
	k.count++
	if len(row) > largeRow {
		k.flush()
	}
}

// Pages returns the packed pages, each one at most MaxPagePayload bytes unless it holds
// a single larger row.
func (k *Packer) Pages() [][]byte {
	k.flush()
	return k.pages
}

func (k *Packer) size() int {
	return pageHeader + (k.count+1)*entrySize + len(k.bytes) + k.extraN
}

func (k *Packer) flush() {
	if k.count == 0 {
		return
	}
	var last [entrySize]byte
	binary.LittleEndian.PutUint32(last[0:], uint32(len(k.bytes)))
	for _, x := range k.extra {
		binary.LittleEndian.PutUint32(k.entries[x.entry*entrySize+4:], uint32(len(k.bytes)))
		k.bytes = append(k.bytes, x.id...)
	}
	page := make([]byte, pageHeader, pageHeader+len(k.entries)+entrySize+len(k.bytes))
	binary.LittleEndian.PutUint32(page, uint32(k.count))
	page = append(page, k.entries...)
	page = append(page, last[:]...)
	page = append(page, k.bytes...)
	k.pages = append(k.pages, page)
	k.entries, k.bytes, k.extra, k.count, k.extraN = k.entries[:0], k.bytes[:0], k.extra[:0], 0, 0
}

// plainID finds where in the row's text the id stands without escapes. Any place with
// those bytes will do.
func plainID(row []byte, id string) (offset int, ok bool) {
	value, ok := jsonrow.Get(row, "id")
	if !ok || len(value) != len(id)+2 || string(value[1:len(value)-1]) != id {
		return 0, false
	}
	return bytes.Index(row, value) + 1, true
}

// hashID is FNV-1a, 64 bits: part of the page format.
func hashID[T string | []byte](id T) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(id); i++ {
		h = (h ^ uint64(id[i])) * 1099511628211
	}
	return h
}
