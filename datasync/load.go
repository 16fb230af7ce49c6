package datasync

import (
	"context"

	"tidetable/datasync/journal"
	"tidetable/datasync/rows"
)

// load brings a table into memory on its first use. Pages are read a few at a time, so
// that the writers of other contexts never wait long for it.
func (s *state) load(ctx context.Context, name string) error {
	pages := map[string][]byte{}
	for {
		missing, done, err := s.install(name, pages)
		if done || err != nil {
			return err
		}
		payloads, err := s.log.ReadPages(ctx, missing)
		if err != nil {
			return err
		}
		for i, page := range missing {
			if payloads[i] == nil {
				return journal.ErrBehind
			}
			pages[page] = payloads[i]
		}
	}
}

// install makes the table from its history when all its pages were read; otherwise it
// says which are missing, among them those that came meanwhile.
func (s *state) install(name string, pages map[string][]byte) (missing []string, done bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.table(name)
	if t.data != nil {
		return nil, true, nil
	}
	for _, c := range t.history {
		if c.Kind == changePage && pages[c.Key] == nil {
			missing = append(missing, c.Key)
		}
	}
	if len(missing) > 0 {
		return missing, false, nil
	}
	loaded := &table{data: rows.NewTable()}
	for _, c := range t.history {
		if err := loaded.apply(c, pages); err != nil {
			return nil, false, err
		}
	}
	s.tables[name] = loaded
	return nil, true, nil
}
