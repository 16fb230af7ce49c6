package wire

// This file decides what an answer means: whether it is a table server's at all, and
// then which verdict it gets.

import (
	"strconv"
	"strings"

	"tidetable/datasync"
	"tidetable/datasync/jsonrow"
)

// expected is what a request wants to hear on success.
type expected uint8

const (
	expectRow expected = iota
	expectDeleted
	expectPage
)

func (e expected) String() string {
	return [...]string{"a row", "the outcome of a delete", "a page of rows"}[e]
}

// question is what an answer is held against.
type question struct {
	expected expected
	// id of the row that a write concerns, and the body that was sent.
	id   string
	sent []byte
	// toTable is set when the address was the table's and not a row's.
	toTable bool
	// filtered is set when the answer depends on a filter.
	filtered bool
}

// noTable is said when the server has no explanation of its own.
const noTable = "the server has no table of that name"

// judge gives an answer its verdict. For pages Done only means that the status and the
// media type are right.
func (s *speaker) judge(q question, resp Response) datasync.Answer {
	a := datasync.Answer{Status: resp.Status}
	if len(resp.Body) > MaxBody {
		return tooLarge(resp.Status)
	}
	c := contentOf(resp)
	switch status := resp.Status; {
	case status >= 300 && status < 400, resp.Redirected && status == 0:
		return foreign(a, q, "a redirect to another address")
	case resp.Redirected:
		return foreign(a, q, "from another address, after a redirect")
	case status >= 200 && status < 300:
		return s.success(a, q, c, resp)
	case status == 401:
		a.Verdict = datasync.Unauthorized
		a.Message = s.reason(c, status)
	case status == 408, status == 425, status == 429, status >= 500 && status < 600:
		return s.failure(a, q, c, resp)
	case status == 404, status == 410, (status == 409 || status == 412) && q.expected != expectPage:
		return s.rowMatter(a, q, c, resp)
	case status >= 400 && status < 500:
		return s.refusal(a, q, c)
	default:
		return foreign(a, q, c.describe())
	}
	return a
}

// success checks that a 2xx really is about what was asked.
func (s *speaker) success(a datasync.Answer, q question, c content, resp Response) datasync.Answer {
	switch {
	case q.expected == expectDeleted && a.Status == 204 && c.form == formEmpty:
		return a
	case c.form != formJSON:
		return foreign(a, q, c.describe())
	case q.expected == expectPage:
		return a
	}
	row := s.dialect.normal(c.body)
	system, err := jsonrow.Scan(row)
	switch {
	case err != nil:
		return foreign(a, q, c.describe())
	case system.ID == "":
		return foreign(a, q, "JSON without an id")
	case system.ID != q.id:
		return foreign(a, q, "about the row '"+plainText(system.ID, 80)+"'")
	}
	// A deleted row is of no use: what matters is that the server named it.
	if q.expected == expectRow {
		a.Row = withVersion(row, system, resp)
	}
	return a
}

// failure reads the answers of a server that cannot serve now. One server answers so to
// filters that it does not understand, and would do so for ever.
func (s *speaker) failure(a datasync.Answer, q question, c content, resp Response) datasync.Answer {
	a.Message = s.reason(c, a.Status)
	if a.Status == 500 && q.filtered && c.form == formJSON && s.dialect.wrongQuery(a.Message) {
		a.Verdict = datasync.Refused
		return a
	}
	a.Verdict = datasync.Unavailable
	a.RetryAfter = retryAfter(header(resp, "Retry-After"), s.now())
	return a
}

// rowMatter reads the answers that say how the row stands on the server. They decide over
// rows, so nothing but JSON or an empty body is believed.
func (s *speaker) rowMatter(a datasync.Answer, q question, c content, resp Response) datasync.Answer {
	if c.form == formHTML && a.Status == 404 && header(resp, "X-ZUMO-Server-Version") != "" {
		return unrouted(a, q)
	}
	if c.form != formEmpty && !c.valid() {
		return foreign(a, q, c.describe())
	}
	a.Verdict = datasync.Gone
	if a.Status == 409 || a.Status == 412 {
		a.Verdict = datasync.Mismatch
		a.Row = s.serverRow(q, c, resp)
	}
	if a.Row == nil && c.form == formJSON {
		a.Message = explanationOf(c.body)
	}
	return a
}

// unrouted reads the page that the classic Node server sends where it has no table. It
// is known by a header that nobody else sends. That says something about the table, and
// nothing about a row of it.
func unrouted(a datasync.Answer, q question) datasync.Answer {
	a.Verdict = datasync.Refused
	if q.toTable {
		a.Verdict = datasync.Gone
	}
	a.Message = noTable
	return a
}

// serverRow is the row that came with a conflict, nil when there is none: some servers
// send a message, and one sends the request's own row back. A row of the server has its
// system columns, which the rows we send have not.
func (s *speaker) serverRow(q question, c content, resp Response) []byte {
	row := s.dialect.normal(c.body)
	system, err := jsonrow.Scan(row)
	if err != nil || system.ID != q.id || !s.dialect.stored(row, system) || jsonrow.Equal(row, q.sent) {
		return nil
	}
	row = withVersion(row, system, resp)
	if version, _ := jsonrow.Get(row, "version"); len(version) <= len(`""`) {
		return nil
	}
	return row
}

// withVersion takes the version from the entity tag for a row that has none.
func withVersion(row []byte, system jsonrow.System, resp Response) []byte {
	if system.Version != "" {
		return row
	}
	version, ok := versionOf(header(resp, "ETag"))
	if !ok {
		return row
	}
	return jsonrow.Set(row, "version", jsonrow.AppendText(nil, version))
}

// refusal reads the other 4xx. Their bodies come in every form, and believing one loses
// nothing: the operation stays and waits. Pages are the exception, they are what a
// portal, a firewall or a stopped app sends, unless the request was just too large for
// a proxy.
func (s *speaker) refusal(a datasync.Answer, q question, c content) datasync.Answer {
	large := a.Status == 413 || a.Status == 414 || a.Status == 431
	if c.form == formHTML && !large {
		return foreign(a, q, c.describe())
	}
	a.Verdict = datasync.Refused
	a.Message = s.reason(c, a.Status)
	if a.Status == 400 && namesVersion(a.Message) {
		if s.mistaken != nil {
			s.mistaken()
		}
		a.Verdict = datasync.NotATableServer
		a.Message = "the server speaks another version of the protocol; set protocol to 'auto' or to the one it speaks. It says: " + a.Message
	}
	return a
}

// namesVersion tells whether a refusal is about the version of the protocol. It concerns
// every request alike, so it must not be taken for a verdict on one row.
func namesVersion(message string) bool {
	return strings.Contains(strings.ToUpper(message), versionName)
}

// reason is the server's explanation, or what there is in its place.
func (s *speaker) reason(c content, status int) string {
	said := ""
	switch c.form {
	case formJSON:
		said = explanationOf(c.body)
	case formText:
		said = plainText(string(head(c.body, 8*maxMessage)), maxMessage)
	case formHTML:
		said = "the answer is " + c.describe()
	}
	if said == "" {
		return "the server gave no reason for its status " + strconv.Itoa(status)
	}
	return said
}

// foreign is the verdict for whatever a table server does not say.
func foreign(a datasync.Answer, q question, what string) datasync.Answer {
	a.Verdict = datasync.NotATableServer
	a.Row = nil
	a.Message = "the answer (status " + strconv.Itoa(a.Status) + ") is " + what +
		", not " + q.expected.String() + " from a table server; check the URL, and whether this network wants a sign-in first"
	return a
}

func tooLarge(status int) datasync.Answer {
	return datasync.Answer{Verdict: datasync.Refused, Status: status,
		Message: ErrTooLarge.Error() + "; ask for smaller pages"}
}
