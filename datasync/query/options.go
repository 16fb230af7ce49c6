package query

import (
	"math"
	"strconv"
	"strings"
)

// Options returns the URL options of a list request for q as pairs of name and value, in
// the order in which the dialect's own clients send them and not percent-encoded. What
// the dialect cannot say is an *[Error].
func (d Dialect) Options(q Query) ([][2]string, error) {
	if err := q.checkParts(); err != nil {
		return nil, err
	}
	var options [][2]string
	add := func(name, value string) {
		options = append(options, [2]string{name, value})
	}
	if q.Filter != nil {
		filter, err := d.Filter(q.Filter)
		if err != nil {
			return nil, err
		}
		if d == Legacy {
			filter = "(" + filter + ")"
		}
		add("$filter", filter)
	}
	if len(q.OrderBy) > 0 {
		add("$orderby", d.orderBy(q.OrderBy))
	}
	// The documented requests of the legacy dialect name the start with every page.
	if q.Skip > 0 || d == Legacy && q.HasTake {
		add("$skip", strconv.Itoa(q.Skip))
	}
	if q.HasTake {
		add("$top", strconv.Itoa(q.Take))
	}
	if len(q.Select) > 0 {
		add("$select", d.names(q.Select))
	}
	if q.Count {
		if d == Datasync {
			add("$count", "true")
		} else {
			add("$inlinecount", "allpages")
		}
	}
	if q.IncludeDeleted {
		if d == Datasync {
			add("__includedeleted", "true")
		} else {
			add("__includeDeleted", "true")
		}
	}
	return options, nil
}

func (d Dialect) name(member string) string {
	if d == Legacy && isSystem(member) {
		return "__" + member
	}
	return member
}

func (d Dialect) names(members []string) string {
	out := make([]string, len(members))
	for i, member := range members {
		out[i] = d.name(member)
	}
	return strings.Join(out, ",")
}

func (d Dialect) orderBy(orders []Order) string {
	out := make([]string, len(orders))
	for i, order := range orders {
		out[i] = d.name(order.Member)
		if order.Descending {
			out[i] += " desc"
		}
	}
	return strings.Join(out, ",")
}

// ParseOptions reads the URL options of a list request, on the server's side. values
// returns the decoded value of an option and whether it is there. For Datasync, whose
// option names are written in any case and with or without the $, it is asked with lower
// case names and has to ignore case; a name with $ goes before one without. Errors are
// *[Error].
func ParseOptions(values func(name string) (string, bool), d Dialect) (Query, error) {
	get := func(name string) (string, bool) {
		value, ok := values(name)
		if !ok && d == Datasync {
			value, ok = values(strings.TrimPrefix(name, "$"))
		}
		return value, ok
	}
	var q Query
	for _, option := range []struct {
		name string
		read func(text string) error
	}{
		{"$filter", func(text string) (err error) { q.Filter, err = ParseFilter(text); return err }},
		{"$orderby", func(text string) (err error) { q.OrderBy, err = ParseOrderBy(text); return err }},
		{"$select", func(text string) (err error) { q.Select, err = ParseSelect(text); return err }},
		{"$skip", func(text string) (err error) { q.Skip, err = parseCount("$skip", text); return err }},
		{"$top", func(text string) (err error) { q.Take, err = parseCount("$top", text); q.HasTake = true; return err }},
	} {
		if text, ok := get(option.name); ok {
			if err := option.read(text); err != nil {
				return Query{}, err
			}
		}
	}
	var err error
	if q.Count, err = parseWantsCount(get, d); err != nil {
		return Query{}, err
	}
	includeDeleted := "__includeDeleted"
	if d == Datasync {
		includeDeleted = "__includedeleted"
	}
	text, _ := get(includeDeleted)
	q.IncludeDeleted = strings.EqualFold(text, "true")
	return q, nil
}

// parseWantsCount reads $count or $inlinecount, whichever the dialect has.
func parseWantsCount(get func(name string) (string, bool), d Dialect) (bool, error) {
	name, yes, no := "$inlinecount", "allpages", "none"
	if d == Datasync {
		name, yes, no = "$count", "true", "false"
	}
	text, ok := get(name)
	switch {
	case !ok || strings.EqualFold(text, no):
		return false, nil
	case strings.EqualFold(text, yes):
		return true, nil
	}
	return false, &Error{Text: text, Msg: name + " has to be " + yes + " or " + no}
}

func parseCount(name, text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n > math.MaxInt32 {
		return 0, &Error{Text: text, Msg: name + " has to be a whole number from 0 to 2147483647"}
	}
	return int(n), nil
}
