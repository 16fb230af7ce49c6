package wire

// This file is the dialect of Azure Mobile Services: that of its successor, classic,
// with system columns that begin with two underscores and have to be asked for.

import (
	"slices"
	"strings"

	"tidetable/datasync/jsonrow"
	"tidetable/datasync/query"
)

type legacyDialect struct {
	classicDialect
	// key is the application key, empty when the server wants none.
	key string
	// unversioned are the tables whose versions are not asked for.
	unversioned map[string]bool
}

// systemProperties names the option that asks for system columns.
const systemProperties = "__systemproperties"

// header has the application key; there is no version of the protocol yet.
func (d legacyDialect) header() [][2]string {
	if d.key == "" {
		return nil
	}
	return [][2]string{{"X-ZUMO-APPLICATION", d.key}}
}

// plain keeps what the documented requests show unencoded.
func (legacyDialect) plain() string { return "()':" }

func (d legacyDialect) insert(table string, row []byte) (call, string) {
	c, _ := d.classicDialect.insert(table, row)
	return d.asking(c), reservedProblem(row)
}

func (d legacyDialect) update(table, id string, row []byte, version string) (call, string) {
	c, _ := d.classicDialect.update(table, id, row, version)
	return d.asking(c), reservedProblem(row)
}

func (d legacyDialect) undelete(table, id string, row []byte, version string) (call, string) {
	c := call{method: "POST", table: table, id: id, version: version,
		next: contentFor(row, func(version string) (call, string) { return d.update(table, id, row, version) })}
	return d.asking(c), reservedProblem(row)
}

// asking has a write answered with the row's version.
func (d legacyDialect) asking(c call) call {
	if !d.unversioned[c.table] {
		c.params = [][2]string{{systemProperties, "__version"}}
	}
	return c
}

// reservedProblem refuses what the server takes for a system column.
func reservedProblem(row []byte) string {
	problem := ""
	jsonrow.Members(row, func(name, _ []byte) bool {
		if strings.HasPrefix(string(name), "__") {
			problem = "the row has the member '" + string(name) + "', and this kind of server keeps names with two underscores for itself"
		}
		return problem == ""
	})
	return problem
}

func (d legacyDialect) lookup(table, id string) (call, error) {
	params, err := query.Legacy.Options(lookupOf(id))
	return call{method: "GET", table: table, params: append(params, d.columns(table))}, err
}

// list keeps to the documented requests: the first one of a pull begins with the epoch
// and does not ask for the count.
func (d legacyDialect) list(table string, q query.Query) (call, error) {
	c := call{method: "GET", table: table, incremental: byTime(q)}
	switch {
	case len(q.OrderBy) == 0:
		q.OrderBy = []query.Order{{Member: "id"}}
	case c.incremental && q.Filter == nil && q.Skip == 0:
		q.Filter = query.Compare(query.OpGe, query.Member("updatedAt"), query.At("1970-01-01T00:00:00Z"))
		q.Count = q.Count && q.HasTake && q.Take == 0
	}
	// System columns have an option of their own.
	q.Select = slices.DeleteFunc(slices.Clone(q.Select), func(name string) bool {
		return slices.Contains(serverColumns, name)
	})
	q, c.countOnly = sized(q)
	params, err := query.Legacy.Options(q)
	c.params = append(params, d.columns(table))
	return c, err
}

// columns asks for the system columns that a pull needs.
func (d legacyDialect) columns(table string) [2]string {
	names := "__updatedAt,__deleted"
	if !d.unversioned[table] {
		names += ",__version"
	}
	return [2]string{systemProperties, names}
}

func (d legacyDialect) readPage(body []byte, resp Response) (page, string) {
	p, problem := d.classicDialect.readPage(body, resp)
	for i, row := range p.rows {
		p.rows[i] = d.normal(row)
	}
	return p, problem
}

// normal takes the underscores off. A column of the app's own with such a name gives way
// to the system's.
func (legacyDialect) normal(row []byte) []byte {
	var system []byte
	err := jsonrow.Each(row, func(name, value []byte) bool {
		if plain, ok := systemName(string(name)); ok {
			system = append(jsonrow.AppendText(append(system, ','), plain), ':')
			system = append(system, value...)
		}
		return true
	})
	if err != nil || system == nil {
		return row
	}
	system[0] = '{'
	return jsonrow.Merge(jsonrow.Remove(row, "__createdAt", "__updatedAt", "__version", "__deleted"), append(system, '}'))
}

func systemName(name string) (plain string, ok bool) {
	plain, ok = strings.CutPrefix(name, "__")
	switch plain {
	case "createdAt", "updatedAt", "version", "deleted":
		return plain, ok
	}
	return "", false
}

// stored goes by the version: an answer to a write has no other system column.
func (legacyDialect) stored(row []byte, system jsonrow.System) bool {
	return system.HasVersion || hasSystemColumns(row, system)
}
