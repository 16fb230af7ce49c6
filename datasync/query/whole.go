package query

import (
	"strconv"
	"strings"
)

// String returns the query as canonical text, for identity: two queries with the same
// text ask for the same rows. It is empty for the zero Query.
func (q Query) String() string {
	var parts []string
	add := func(name, value string) {
		parts = append(parts, name+"="+value)
	}
	if len(q.OrderBy) > 0 {
		add("$orderby", Datasync.orderBy(q.OrderBy))
	}
	if len(q.Select) > 0 {
		add("$select", Datasync.names(q.Select))
	}
	if q.Skip > 0 {
		add("$skip", strconv.Itoa(q.Skip))
	}
	if q.HasTake {
		add("$top", strconv.Itoa(q.Take))
	}
	if q.Count {
		add("$count", "true")
	}
	if q.IncludeDeleted {
		add("__includedeleted", "true")
	}
	// The filter is the only part that may hold any character, so it comes last.
	if q.Filter != nil {
		add("$filter", q.Filter.String())
	}
	return strings.Join(parts, "&")
}

// Validate refuses a query that no table could answer: names that are none, negative
// numbers, and a filter that [Compile] refuses. Errors are *[Error].
func (q Query) Validate() error {
	if err := q.checkParts(); err != nil {
		return err
	}
	_, err := Compile(q.Filter)
	return err
}

// checkParts validates everything but the filter.
func (q Query) checkParts() error {
	for _, order := range q.OrderBy {
		if !isMember(order.Member) {
			return refuse(nil, "cannot order by '"+order.Member+"': it is no name of a member")
		}
	}
	for _, name := range q.Select {
		if !isMember(name) {
			return refuse(nil, "cannot select '"+name+"': it is no name of a member")
		}
	}
	if q.Skip < 0 {
		return refuse(nil, "skip is negative")
	}
	if q.HasTake && q.Take < 0 {
		return refuse(nil, "take is negative")
	}
	return nil
}
