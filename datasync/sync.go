package datasync

import (
	"context"
	"errors"
	"slices"
)

// Sync pushes the queue and then runs the configured pulls. Single operations that fail
// do not stop the pulls; a server that cannot be reached does. The result is filled as
// far as it got, also with an error.
func (c *Client) Sync(ctx context.Context) (SyncResult, error) {
	return c.sync(ctx, PushOptions{})
}

// PullAll pulls several tables in order. PushAll pushes once before all of them, when one
// of the tables has operations pending. Single operations that fail in the push do not
// stop it; a pull that fails does. The results so far are returned.
func (c *Client) PullAll(ctx context.Context, pulls []SyncPull, push PushScope) ([]PullResult, error) {
	results := make([]PullResult, 0, len(pulls))
	var failed *Error
	var sum PullResult
	if push == PushAll || push == "" {
		push = PushNone
		if slices.ContainsFunc(pulls, func(p SyncPull) bool { return c.pendingOf(p.Table) > 0 }) {
			pushed, err := c.Push(ctx, PushOptions{})
			failed, _ = errors.AsType[*Error](err)
			if failed != nil && pushed.Reason != PushComplete {
				return results, failed.of("pull", nil)
			}
		}
	}
	for _, p := range pulls {
		t, err := c.Table(p.Table)
		if err != nil {
			return results, wrap(err, "pull", p.Table, "")
		}
		result, err := t.Pull(ctx, PullOptions{Query: p.Query, QueryID: p.QueryID, Push: push})
		if e, ok := errors.AsType[*Error](err); ok && e.Pull != nil {
			failed = e
		} else if err != nil {
			return results, err
		}
		results = append(results, result)
		sum.Add(result)
	}
	if failed != nil {
		return results, failed.of("pull", &sum)
	}
	return results, nil
}

// sync is Sync, with the options of its push.
func (c *Client) sync(ctx context.Context, o PushOptions) (SyncResult, error) {
	var result SyncResult
	err := c.syncInto(ctx, o, &result)
	err = wrap(err, "sync", "", "")
	c.finished(err)
	return result, err
}

func (c *Client) syncInto(ctx context.Context, o PushOptions, result *SyncResult) error {
	pushed, failed := c.push(ctx, o)
	result.Push = pushed
	if failed != nil && pushed.Reason != PushComplete {
		return failed
	}
	for _, p := range c.options.SyncPulls {
		t, err := c.Table(p.Table)
		if err != nil {
			return err
		}
		pulled, err := t.pull(ctx, PullOptions{Query: p.Query, QueryID: p.QueryID, Push: PushNone})
		result.Pull.Add(pulled)
		if err != nil {
			return wrap(err, "sync", p.Table, "")
		}
	}
	if e, ok := errors.AsType[*Error](failed); ok {
		return e.of("sync", &result.Pull)
	}
	return failed
}
