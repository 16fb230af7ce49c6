package datasync

// Pending counts the operations waiting in the queue.
func (c *Client) Pending() int {
	c.state.mu.RLock()
	defer c.state.mu.RUnlock()
	return c.state.queue.pending("")
}

// pendingOf counts the operations of one table.
func (c *Client) pendingOf(table string) int {
	c.state.mu.RLock()
	defer c.state.mu.RUnlock()
	return c.state.queue.pending(table)
}

// Operations lists what waits in the queue, in order.
func (c *Client) Operations() []Operation {
	c.state.mu.RLock()
	defer c.state.mu.RUnlock()
	ops := c.state.queue.all()
	list := make([]Operation, len(ops))
	for i, o := range ops {
		list[i] = o.public()
	}
	return list
}
