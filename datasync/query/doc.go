// Package query owns the one language in which rows are asked for: a [Query] with a
// filter tree. It parses OData text into the tree, renders the tree for each dialect of
// server, and evaluates it over rows that stay JSON bytes, with the answers a table
// server would give. It must not know where rows come from or how they are stored.
package query
