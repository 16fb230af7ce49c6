package tableserver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tidetable/datasync/jsonrow"
	"tidetable/datasync/query"
)

// options are the query options of a request, in the order they were given.
type options []option

type option struct{ name, value string }

// includeDeleted is the option that shows tombstones.
const includeDeleted = "__includedeleted"

// systemOptions are the options that begin with $ and are understood.
var systemOptions = []string{"filter", "orderby", "skip", "top", "select", "count"}

// key is the name of an option without its case and its optional $.
func key(name string) string {
	return strings.TrimPrefix(strings.ToLower(name), "$")
}

// parseOptions splits a query string. An option of the protocol may be given once.
func parseOptions(rawQuery string) (options, error) {
	var all options
	given := map[string]bool{}
	for pair := range strings.SplitSeq(rawQuery, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		value, err2 := url.QueryUnescape(rawValue)
		if errors.Join(err, err2) != nil || !utf8.ValidString(name) || !utf8.ValidString(value) {
			return nil, errors.New("the query is not percent-encoded text in UTF-8")
		}
		known := slices.Contains(systemOptions, key(name)) || key(name) == includeDeleted
		if known && given[key(name)] {
			return nil, fmt.Errorf("the query option %s is given twice", name)
		}
		if !known && strings.HasPrefix(name, "$") {
			return nil, fmt.Errorf("there is no query option %s; known are $%s", name, strings.Join(systemOptions, ", $"))
		}
		given[key(name)] = true
		all = append(all, option{name, value})
	}
	return all, nil
}

// value finds an option by its name, with or without $ and in any case.
func (o options) value(name string) (string, bool) {
	for _, option := range o {
		if key(option.name) == key(name) {
			return option.value, true
		}
	}
	return "", false
}

// list answers GET on a table.
func (d datasync) list(ctx context.Context, r *http.Request, t target) (reply, error) {
	options, err := parseOptions(r.URL.RawQuery)
	if err != nil {
		return reply{}, badRequest(err.Error())
	}
	q, err := query.ParseOptions(options.value, query.Datasync)
	if err != nil {
		return reply{}, badRequest(err.Error())
	}
	if err := q.Validate(); err != nil {
		return reply{}, badRequest(err.Error())
	}
	if q.HasTake && q.Take > d.MaxTop {
		return reply{}, badRequest(fmt.Sprintf("$top may be at most %d", d.MaxTop))
	}
	top, hasTop := q.Take, q.HasTake
	if !q.HasTake || q.Take > d.PageSize {
		q.Take, q.HasTake = d.PageSize, true
	}
	page, err := d.Repository.Page(ctx, t.table, q)
	if err != nil {
		return reply{}, err
	}
	next := ""
	if left := top - len(page.Rows); page.More && (!hasTop || left > 0) {
		next = nextLink(options, q.Skip+len(page.Rows), left, hasTop)
	}
	return reply{status: http.StatusOK, body: appendPage(nil, &q, &page, next)}, nil
}

// nextLink is the query string of the next page: the options of this one with $skip and
// $top moved on. Clients put it in place of the query they sent.
func nextLink(given options, skip, top int, hasTop bool) string {
	var next []string
	for _, option := range given {
		if k := key(option.name); k != "skip" && k != "top" {
			next = append(next, escape(option.name)+"="+escape(option.value))
		}
	}
	next = append(next, "$skip="+strconv.Itoa(skip))
	if hasTop {
		next = append(next, "$top="+strconv.Itoa(top))
	}
	return strings.Join(next, "&")
}

// escape percent-encodes text for a query, a space as %20 and with the $ of names kept.
func escape(text string) string {
	text = strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
	if rest, ok := strings.CutPrefix(text, "%24"); ok {
		return "$" + rest
	}
	return text
}

// appendPage appends the body of a list answer. count is null unless it was asked for.
func appendPage(dst []byte, q *query.Query, page *Page, next string) []byte {
	dst = append(dst, `{"items":[`...)
	var whole []byte
	for i := range page.Rows {
		if i > 0 {
			dst = append(dst, ',')
		}
		if len(q.Select) == 0 {
			dst = page.Rows[i].AppendJSON(dst)
			continue
		}
		whole = page.Rows[i].AppendJSON(whole[:0])
		dst = appendSelected(dst, whole, q.Select)
	}
	dst = append(dst, `],"count":`...)
	if q.Count {
		dst = strconv.AppendInt(dst, int64(page.Count), 10)
	} else {
		dst = append(dst, "null"...)
	}
	dst = append(dst, `,"nextLink":`...)
	if next == "" {
		return append(dst, "null}"...)
	}
	return append(jsonrow.AppendText(dst, next), '}')
}

// appendSelected appends a row with only the named members. One that the row does not have
// stays absent: tables have no fixed columns.
func appendSelected(dst, row []byte, names []string) []byte {
	dst = append(dst, '{')
	start := len(dst)
	jsonrow.Members(row, func(name, value []byte) bool {
		if slices.Contains(names, string(name)) {
			if len(dst) > start {
				dst = append(dst, ',')
			}
			dst = append(jsonrow.AppendText(dst, string(name)), ':')
			dst = append(dst, value...)
		}
		return true
	})
	return append(dst, '}')
}
