package wire

// This file carries out the six operations in one dialect: it sends their requests and
// hands the answers back.

import (
	"context"
	"errors"
	"strings"
	"time"

	"tidetable/datasync"
	"tidetable/datasync/jsonrow"
	"tidetable/datasync/query"
)

// speaker speaks one dialect with one server. It is never changed once made.
type speaker struct {
	transport Transport
	name      query.Dialect
	dialect   dialect
	base      string
	params    [][2]string
	telemetry telemetry
	// key and unversioned are what the legacy dialect is made with.
	key         string
	unversioned map[string]bool
	now         func() time.Time
	// wide are the tables whose rows are read whole.
	wide *tableSet
	// mistaken is called when the server turns out to speak another dialect; nil when
	// that changes nothing.
	mistaken func()
}

// speaking is the same speaker in another dialect.
func (s speaker) speaking(d query.Dialect) *speaker {
	s.name, s.dialect = d, s.dialectOf(d)
	return &s
}

func (s *speaker) insert(ctx context.Context, table string, row []byte) (datasync.Answer, error) {
	system, err := jsonrow.Scan(row)
	if err != nil {
		return refusedHere("the row is not valid: " + err.Error()), nil
	}
	c, problem := s.dialect.insert(table, row)
	if problem != "" {
		return refusedHere(problem), nil
	}
	return s.write(ctx, c, system.ID, expectRow)
}

func (s *speaker) update(ctx context.Context, table, id string, row []byte, version string) (datasync.Answer, error) {
	if problem := rowOfAnother(row, id); problem != "" {
		return refusedHere(problem), nil
	}
	c, problem := s.dialect.update(table, id, row, version)
	switch {
	case problem != "":
		return refusedHere(problem), nil
	case c.nothing:
		return s.unchanged(ctx, table, id, version)
	}
	return s.write(ctx, c, id, expectRow)
}

// unchanged answers an update that says nothing, which some servers fail over: it only
// looks whether the row is still the one it was.
func (s *speaker) unchanged(ctx context.Context, table, id, version string) (datasync.Answer, error) {
	a, err := s.lookup(ctx, table, id)
	if err != nil || a.Verdict != datasync.Done {
		return a, err
	}
	system, err := jsonrow.Scan(a.Row)
	switch {
	case err != nil:
		return foreign(a, question{expected: expectRow}, "JSON of another kind"), nil
	case system.Deleted:
		a.Verdict, a.Row = datasync.Gone, nil
	case version != "" && system.Version != version:
		a.Verdict = datasync.Mismatch
	}
	return a, nil
}

func (s *speaker) undelete(ctx context.Context, table, id string, row []byte, version string) (datasync.Answer, error) {
	if problem := rowOfAnother(row, id); problem != "" {
		return refusedHere(problem), nil
	}
	c, problem := s.dialect.undelete(table, id, row, version)
	if problem != "" {
		return refusedHere(problem), nil
	}
	a, err := s.write(ctx, c, id, expectRow)
	for more := c.next != nil; more && err == nil; more = more && c.next != nil {
		if c, more = c.next(a); more {
			a, err = s.write(ctx, c, id, expectRow)
		}
	}
	return a, err
}

// rowOfAnother says what is wrong with a row that is to be sent under an id.
func rowOfAnother(row []byte, id string) string {
	system, err := jsonrow.Scan(row)
	switch {
	case err != nil:
		return "the row is not valid: " + err.Error()
	case system.ID != id:
		return "the row has the id '" + system.ID + "' and not that of the operation"
	}
	return ""
}

func (s *speaker) lookup(ctx context.Context, table, id string) (datasync.Answer, error) {
	if problem := segmentProblem(id); problem != "" {
		return refusedHere("the id " + problem), nil
	}
	c, err := s.dialect.lookup(table, id)
	if err != nil {
		return datasync.Answer{}, err
	}
	answer, err := s.list(ctx, c)
	if err != nil || answer.Verdict != datasync.Done {
		return notHere(answer.Answer), err
	}
	return pick(answer.Answer, answer.Rows, id), nil
}

// notHere turns what a list says about its table into what may be said about a row.
func notHere(a datasync.Answer) datasync.Answer {
	if a.Verdict == datasync.Gone {
		a.Verdict = datasync.Refused
		if a.Message == "" {
			a.Message = noTable
		}
	}
	return a
}

// pick finds the row that was looked up among those that came.
func pick(a datasync.Answer, rows [][]byte, id string) datasync.Answer {
	if len(rows) == 0 {
		a.Verdict = datasync.Gone
		return a
	}
	var found string
	for _, row := range rows {
		value, _ := jsonrow.Get(row, "id")
		if found, _ = jsonrow.Text(value); found == id {
			a.Row = row
			return a
		}
	}
	if !strings.EqualFold(found, id) {
		return foreign(a, question{expected: expectPage}, "about the row '"+plainText(found, 80)+"'")
	}
	// Some databases compare texts without case. The row that is there stands in the way
	// of ours, and is not ours.
	a.Verdict = datasync.Refused
	a.Message = "the server has the row as '" + found + "': its ids ignore case"
	return a
}

// list sends a request for a page and takes the answer apart.
func (s *speaker) list(ctx context.Context, c call) (datasync.PageAnswer, error) {
	answer := datasync.PageAnswer{Count: -1}
	q := question{expected: expectPage, toTable: true, filtered: c.filtered()}
	resp, a, err := s.send(ctx, c, q)
	answer.Answer = a
	if err != nil || a.Verdict != datasync.Done {
		return answer, err
	}
	body := contentOf(resp).body
	p, problem := s.dialect.readPage(body, resp)
	if problem != "" {
		answer.Answer = foreign(a, q, problem)
		if shapeOf(body) != shapeOther && s.mistaken != nil {
			s.mistaken()
		}
		return answer, nil
	}
	answer.Rows, answer.Count, answer.More, answer.Known = p.rows, p.count, p.more, p.known
	if c.countOnly {
		answer.Rows, answer.More, answer.Known = nil, false, false
	}
	return answer, nil
}

// write sends a request that concerns one row.
func (s *speaker) write(ctx context.Context, c call, id string, e expected) (datasync.Answer, error) {
	if problem := segmentProblem(id); problem != "" {
		return refusedHere("the id " + problem), nil
	}
	if !fitsHeader(c.version) {
		return refusedHere("the row's version has characters that cannot be sent"), nil
	}
	_, a, err := s.send(ctx, c, question{expected: e, id: id, sent: c.body, toTable: c.id == ""})
	return a, err
}

// send carries a call over the transport and judges what comes back.
func (s *speaker) send(ctx context.Context, c call, q question) (Response, datasync.Answer, error) {
	if problem := segmentProblem(c.table); problem != "" {
		return Response{}, refusedHere("the table's name " + problem), nil
	}
	resp, err := s.transport.Do(ctx, s.request(c))
	switch {
	case errors.Is(err, ErrTooLarge):
		return resp, tooLarge(resp.Status), nil
	case err != nil:
		return Response{}, datasync.Answer{}, err
	}
	return resp, s.judge(q, resp), nil
}

// request puts base, headers and parameters to a call.
func (s *speaker) request(c call) Request {
	h := append(make([][2]string, 0, 8), [2]string{"Accept", "application/json"})
	h = append(h, s.dialect.header()...)
	h = append(h, s.telemetry.header(c, len(s.params) > 0)...)
	if c.version != "" {
		h = append(h, [2]string{"If-Match", tagOf(c.version)})
	}
	if c.body != nil {
		// Without it a browser sends text/plain, which table servers refuse.
		h = append(h, [2]string{"Content-Type", "application/json"})
	}
	return Request{Method: c.method, URL: s.address(c), Header: h, Body: c.body}
}

// refusedHere is the answer to what cannot be sent at all: the same as if the server had
// refused it, since trying again would not help.
func refusedHere(why string) datasync.Answer {
	return datasync.Answer{Verdict: datasync.Refused, Message: why}
}
