package e2e

// The table server as any HTTP client sees it.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"
)

// row is a row as the server sends it.
type row map[string]any

// id returns the row's id.
func (r row) id() string { return r.text("id") }

// text returns a member that is a text, and "" for others.
func (r row) text(member string) string {
	text, _ := r[member].(string)
	return text
}

// with returns a copy with a member changed.
func (r row) with(member string, value any) row {
	changed := maps.Clone(r)
	changed[member] = value
	return changed
}

// table is a table of the server.
type table struct {
	t   testing.TB
	url string
}

// table returns the table of that name.
func (s *server) table(name string) *table {
	return &table{s.t, s.url + "tables/" + name}
}

// inserters is how many rows fill sends at a time.
const inserters = 8

var plainClient = &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: inserters}}

// request sends a request and returns status and body.
func (t *table) request(method, url, condition string, body []byte) (int, []byte, error) {
	request, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if condition != "" {
		request.Header.Set("If-Match", condition)
	}
	response, err := plainClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, text, err
}

// answer is a page of a list.
type answer struct {
	Items    []row
	Count    int
	NextLink string
}

func (t *table) get(query string) answer {
	t.t.Helper()
	status, text, err := t.request("GET", t.url+"?"+query, "", nil)
	var page answer
	if err == nil {
		err = json.Unmarshal(text, &page)
	}
	if status != 200 || err != nil {
		t.t.Fatalf("the list answered %d %s: %v", status, text, err)
	}
	return page
}

// count returns the number of rows.
func (t *table) count() int {
	t.t.Helper()
	return t.get("$count=true&$top=0").Count
}

// rows reads all rows, page by page.
func (t *table) rows() []row { return t.list("") }

// everything reads all rows, deleted ones included.
func (t *table) everything() []row { return t.list("__includedeleted=true") }

func (t *table) list(query string) []row {
	t.t.Helper()
	var rows []row
	for {
		page := t.get(query)
		rows = append(rows, page.Items...)
		if page.NextLink == "" {
			return rows
		}
		next, err := url.Parse(page.NextLink)
		if err != nil {
			t.t.Fatal(err)
		}
		if query = next.RawQuery; query == "" {
			query = page.NextLink
		}
	}
}

// texts returns the texts of all rows, sorted.
func (t *table) texts() []string {
	t.t.Helper()
	return textsOf(t.rows())
}

func textsOf(rows []row) []string {
	var texts []string
	for _, r := range rows {
		texts = append(texts, r.text("text"))
	}
	slices.Sort(texts)
	return texts
}

// holds waits until the table has rows with exactly these texts.
func (t *table) holds(texts ...string) {
	t.t.Helper()
	slices.Sort(texts)
	t.await(fmt.Sprintf("exactly %q", texts), func(rows []row) bool { return slices.Equal(textsOf(rows), texts) })
}

// await waits until a list of all rows is as wanted.
func (t *table) await(what string, wanted func([]row) bool) {
	t.t.Helper()
	limit := time.Now().Add(patience)
	tick := time.Tick(20 * time.Millisecond)
	for {
		found := t.rows()
		if wanted(found) {
			return
		}
		if time.Now().After(limit) {
			t.t.Fatalf("the server's rows did not become %s, they are %v", what, found)
		}
		<-tick
	}
}

// find returns the one row with this text.
func (t *table) find(text string) row {
	t.t.Helper()
	var found []row
	for _, r := range t.rows() {
		if r.text("text") == text {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		t.t.Fatalf("the server has %d rows with text %q: %v", len(found), text, found)
	}
	return found[0]
}

// put replaces a row as somebody else would: the row as it was read, with another text, under the condition that nobody
// has changed it since. It returns the row as it is now.
func (t *table) put(r row, text string) row {
	t.t.Helper()
	body, err := json.Marshal(r.with("text", text))
	if err != nil {
		t.t.Fatal(err)
	}
	status, answered, err := t.request("PUT", t.url+"/"+r.id(), `"`+r.text("version")+`"`, body)
	var changed row
	if err == nil {
		err = json.Unmarshal(answered, &changed)
	}
	if status != 200 || err != nil {
		t.t.Fatalf("PUT answered %d %s: %v", status, answered, err)
	}
	return changed
}

// fill inserts rows, several at a time.
func (t *table) fill(rows []row) {
	t.t.Helper()
	next := make(chan row)
	var workers sync.WaitGroup
	for range inserters {
		workers.Go(func() {
			for r := range next {
				body, err := json.Marshal(r)
				if err != nil {
					t.t.Error(err)
					continue
				}
				if status, text, err := t.request("POST", t.url, "", body); status != 201 || err != nil {
					t.t.Errorf("POST answered %d %s: %v", status, text, err)
				}
			}
		})
	}
	for _, r := range rows {
		next <- r
	}
	close(next)
	workers.Wait()
}
