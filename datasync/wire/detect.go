package wire

// This file finds out which dialect a server speaks, by asking it for one row. Requests
// that come meanwhile wait for the answer.

import (
	"context"
	"sync"

	"tidetable/datasync"
	"tidetable/datasync/jsonrow"
	"tidetable/datasync/query"
)

// detection is what is known about the server's dialect.
type detection struct {
	mu sync.Mutex
	// known speaks the dialect, nil while it is not known.
	known *speaker
	// asked tells that the server was asked; otherwise what is known is recalled.
	asked bool
	// flight is the attempt under way, nil when there is none.
	flight *attempt
	tell   func(known string)
}

// attempt is one round of asking. Its results may be read once done is closed.
type attempt struct {
	done chan struct{}
	// speaker is nil when the attempt failed: then answer or err says how.
	speaker *speaker
	answer  datasync.Answer
	err     error
	// shared tells that the result holds for whoever waited, too.
	shared bool
}

func (d *detection) dialect() (name query.Dialect, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == nil {
		return 0, false
	}
	return d.known.name, true
}

func (d *detection) recall(s *speaker) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == nil {
		d.known = s
	}
}

func (d *detection) listen(tell func(known string)) {
	d.mu.Lock()
	d.tell = tell
	known, asked := d.known, d.asked
	d.mu.Unlock()
	if known != nil && asked && tell != nil {
		tell(known.learned())
	}
}

// forget has the next request ask again.
func (d *detection) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known, d.asked = nil, false
}

// join returns what is known, or else the attempt to wait for; mine tells that the caller
// is the one to make it.
func (d *detection) join() (known *speaker, a *attempt, mine bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.known != nil:
		return d.known, nil, false
	case d.flight != nil:
		return nil, d.flight, false
	}
	d.flight = &attempt{done: make(chan struct{})}
	return nil, d.flight, true
}

// land ends an attempt. What is not certain serves those who waited and is not kept.
func (d *detection) land(a *attempt, certain bool) {
	d.mu.Lock()
	d.flight = nil
	var tell func(known string)
	if a.speaker != nil && certain {
		d.known, d.asked = a.speaker, true
		tell = d.tell
	}
	d.mu.Unlock()
	if tell != nil {
		tell(a.speaker.learned())
	}
	close(a.done)
}

// learned is what [Remote.Recall] understands.
func (s *speaker) learned() string { return protocols[s.name] + " " + s.base }

// speaker returns who speaks with the server. When nobody can, it is nil, and the answer
// or the error is that of the request that it was wanted for.
func (r *Remote) speaker(ctx context.Context, table string) (*speaker, datasync.Answer, error) {
	if r.auto == nil {
		return &r.fixed, datasync.Answer{}, nil
	}
	if problem := segmentProblem(table); problem != "" {
		return nil, refusedHere("the table's name " + problem), nil
	}
	for {
		known, a, mine := r.auto.join()
		if known != nil {
			return known, datasync.Answer{}, nil
		}
		if mine {
			r.ask(ctx, table, a)
			return a.speaker, a.answer, a.err
		}
		select {
		case <-ctx.Done():
			return nil, datasync.Answer{}, ctx.Err()
		case <-a.done:
			if a.shared {
				return a.speaker, a.answer, a.err
			}
		}
	}
}

// ask makes an attempt. It fails as the request would that it is made for: with an error
// when no answer came, else with the answer.
func (r *Remote) ask(ctx context.Context, table string, a *attempt) {
	certain := false
	defer func() { r.auto.land(a, certain) }()
	p := prober{speaker: r.fixed.speaking(query.Classic), table: table}
	name, certain := p.detect(ctx)
	a.answer, a.err = p.answer, p.err
	if a.err == nil && a.answer.Verdict == datasync.Done {
		a.speaker, a.answer = r.fixed.speaking(name), datasync.Answer{}
	}
	// Who waited has another table, another token and a time limit of its own.
	switch {
	case a.err != nil:
		a.shared = ctx.Err() == nil
	default:
		a.shared = a.speaker != nil || a.answer.Verdict == datasync.Unavailable
	}
}

// prober asks a server what it is. Its requests carry no header but Accept, so that a
// browser sends them to another origin without asking first whether it may, and they are
// GET, because one server fails over HEAD.
type prober struct {
	speaker *speaker
	table   string
	// answer and err are those of the last request.
	answer datasync.Answer
	err    error
}

// detect returns the dialect, which means nothing unless the last answer is Done;
// certain is false when an empty table left it open.
func (p *prober) detect(ctx context.Context) (name query.Dialect, certain bool) {
	switch body := p.get(ctx, versionName, "3.0.0"); {
	case p.err != nil:
		return 0, false
	case shapeOf(body) == shapeItems:
		return query.Datasync, true
	case shapeOf(body) == shapeList:
		return p.detectUngated(ctx)
	case p.answer.Status != 400:
		return 0, false
	}
	if shapeOf(p.get(ctx, versionName, "2.0.0")) == shapeItems {
		return query.Datasync, true
	}
	return query.Classic, true
}

// detectUngated tells the two dialects apart whose lists are arrays, where the server
// does not mind the version. Only rows show it.
func (p *prober) detectUngated(ctx context.Context) (name query.Dialect, certain bool) {
	body := p.get(ctx, systemProperties, "*")
	switch {
	case p.err != nil:
		return 0, false
	case p.answer.Status == 400: // it does not know the option that legacy servers have
		p.answer = datasync.Answer{}
		return query.Classic, true
	case p.answer.Verdict != datasync.Done:
		return 0, false
	}
	list, _, _ := readList(body)
	rows, _ := readRows(list)
	if len(rows) == 0 {
		return query.Classic, false
	}
	if _, legacy := jsonrow.Get(rows[0], "__version"); legacy {
		return query.Legacy, true
	}
	return query.Classic, true
}

// get asks for one row and returns the body of an answer that is a list.
func (p *prober) get(ctx context.Context, param, value string) []byte {
	s := p.speaker
	url := s.address(call{table: p.table, params: [][2]string{{"$top", "1"}, {param, value}}})
	request := Request{Method: "GET", URL: url, Header: [][2]string{{"Accept", "application/json"}}}
	var resp Response
	if resp, p.err = s.transport.Do(ctx, request); p.err != nil {
		p.answer = datasync.Answer{}
		return nil
	}
	q := question{expected: expectPage, toTable: true}
	p.answer = s.judge(q, resp)
	body := contentOf(resp).body
	if p.answer.Verdict == datasync.Done && shapeOf(body) == shapeOther {
		p.answer = foreign(p.answer, q, contentOf(resp).describe())
	}
	p.answer = undetected(p.answer, q)
	if p.answer.Verdict != datasync.Done {
		return nil
	}
	return body
}

// undetected is what a refusal of the question means for the request behind it. None may
// be taken for a verdict on that request, which has not been sent.
func undetected(a datasync.Answer, q question) datasync.Answer {
	switch {
	case a.Status == 403 && a.Verdict == datasync.Refused:
		a.Verdict = datasync.Unauthorized
	case a.Verdict == datasync.Refused, a.Verdict == datasync.Gone && a.Status != 404:
		a = foreign(a, q, "a refusal ('"+a.Message+"')")
	}
	return a
}

// shape is the kind of a list answer, by which dialects are told apart.
type shape uint8

const (
	// shapeOther is everything else.
	shapeOther shape = iota
	// shapeItems is an object with items: datasync.
	shapeItems
	// shapeList is an array, or an object with results: classic and legacy.
	shapeList
)

func shapeOf(body []byte) shape {
	if jsonrow.Check(body) != nil {
		return shapeOther
	}
	if _, problem := (datasyncDialect{}).readPage(body, Response{}); problem == "" {
		return shapeItems
	}
	if list, _, problem := readList(body); problem == "" {
		if _, problem = readRows(list); problem == "" {
			return shapeList
		}
	}
	return shapeOther
}
