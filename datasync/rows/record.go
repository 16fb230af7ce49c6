package rows

// Slot is one of a record's four places for a row.
type Slot struct {
	// Set tells whether the slot says anything at all.
	Set bool
	// Row is the JSON text; nil says that there is no such row (absent or deleted).
	Row []byte
}

// at makes a set slot; an empty row counts as none.
func at(row []byte) Slot {
	if len(row) == 0 {
		return Slot{Set: true}
	}
	return Slot{Set: true, Row: row}
}

// Record is everything known of one row: the four copies that let an edit, a lost answer
// and another user's change meet without any of them being lost.
type Record struct {
	// Server is the server's copy that the pending edit started from (the base); its
	// version is what the server is asked to match. Only the answer to our own push, the
	// resolution of a conflict, or a pull while nothing is pending changes it.
	Server Slot
	// Local is the app's view while an operation is pending.
	Local Slot
	// Sent is what the last attempt carried, kept until its outcome is known.
	Sent Slot
	// Theirs is a newer server copy that arrived while an operation was pending.
	Theirs Slot
}

// Visible returns the row as the app sees it; nil when there is none.
func (r Record) Visible() []byte {
	if r.Local.Set {
		return r.Local.Row
	}
	return r.Server.Row
}

// empty tells whether nothing is known.
func (r Record) empty() bool {
	return !r.Server.Set && !r.Local.Set && !r.Sent.Set && !r.Theirs.Set
}

// Edit sets what the app sees; nil deletes the row locally.
func (r *Record) Edit(row []byte) { r.Local = at(row) }

// Claim notes that the present local row may be on its way to the server.
func (r *Record) Claim() { r.Sent = r.Local }

// Settle ends all that was pending: the row is now as the server has it.
func (r *Record) Settle(row []byte) { *r = Record{Server: at(row)} }

// Rebase moves the pending edit onto a newer server copy.
func (r *Record) Rebase(row []byte) { *r = Record{Server: at(row), Local: r.Local} }

// Bring notes a newer server copy beside a pending edit.
func (r *Record) Bring(row []byte) { r.Theirs = at(row) }

// Revert drops the pending edit and shows the newest server copy known.
func (r *Record) Revert() {
	if r.Theirs.Set {
		r.Server = r.Theirs
	}
	*r = Record{Server: r.Server}
}
