package datasync

import "tidetable/datasync/jsonrow"

// policyFor is what a table's named policy makes of a conflict; ResolveLater when it
// leaves it to the app.
func (c *Client) policyFor(o *operation) Resolution {
	switch c.options.Tables[o.table].Conflict {
	case PolicyClient:
		return Resolution{Kind: KeepClient}
	case PolicyServer:
		return Resolution{Kind: KeepServer}
	case PolicyMerge:
		c.state.mu.RLock()
		defer c.state.mu.RUnlock()
		r := c.state.tables[o.table].data.Record(o.id)
		if merged := mergeDisjoint(r.Server.Row, r.Visible(), r.Theirs.Row); merged != nil {
			return Resolution{Kind: MergeRow, Row: merged}
		}
	}
	return Resolution{Kind: ResolveLater}
}

// mergeDisjoint merges what changed on each side since base when no member changed on
// both in different ways; otherwise, and when a side deleted the row, it returns nil.
func mergeDisjoint(base, local, theirs []byte) []byte {
	if local == nil || theirs == nil {
		return nil
	}
	ours, both := changedMembers(base, local), changedMembers(base, theirs)
	for name := range ours {
		if !both[name] {
			continue
		}
		here, stays := jsonrow.Get(local, name)
		there, stayed := jsonrow.Get(theirs, name)
		if stays != stayed || stays && !jsonrow.Same(here, there) {
			return nil
		}
	}
	return jsonrow.Remove(merge3(base, local, theirs), systemColumns...)
}

// changedMembers names the members that differ between two copies of a row.
func changedMembers(from, to []byte) map[string]bool {
	changed := map[string]bool{}
	note := func(row, other []byte) {
		_ = jsonrow.Each(row, func(name, value []byte) bool {
			old, had := jsonrow.Get(other, string(name))
			if !isSystem(string(name)) && (!had || !jsonrow.Same(old, value)) {
				changed[string(name)] = true
			}
			return true
		})
	}
	note(to, from)
	if from != nil {
		note(from, to)
	}
	return changed
}
