package query

import "strconv"

// Error says what is wrong and at which byte, counted from 0.
func (e *Error) Error() string {
	if e.Text == "" {
		return "query: " + e.Msg
	}
	return "query: " + e.Msg + " at position " + strconv.Itoa(e.Pos) + " of: " + excerpt(e.Text, e.Pos)
}

// excerpt cuts a long text down to what is around a position.
func excerpt(text string, pos int) string {
	const around = 60
	from, to := max(0, min(pos, len(text))-around), min(len(text), pos+around)
	for from > 0 && !startsRune(text[from]) {
		from--
	}
	for to < len(text) && !startsRune(text[to]) {
		to++
	}
	cut := text[from:to]
	if from > 0 {
		cut = "…" + cut
	}
	if to < len(text) {
		cut += "…"
	}
	return cut
}

func startsRune(c byte) bool {
	return c&0xC0 != 0x80
}

// refuse is the error for a node of a tree.
func refuse(e *Expr, msg string) error {
	pos := 0
	if e != nil {
		pos = e.Pos
	}
	return &Error{Pos: pos, Msg: msg}
}
