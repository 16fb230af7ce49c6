package e2e

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// Item 5: servers come and go.

func TestNothingIsLostOrDoubledWhenTheServerRestarts(t *testing.T) {
	alongside(t)
	s := startServer(t)
	p := newBrowser(t).todo(s, "retry=500")
	p.expect(networkFailures)
	p.add("milk", "bread")
	s.table("todoitem").holds("milk", "bread")

	s.stop()
	p.add("eggs")
	p.edit("bread", "rye bread")
	p.pending(2)
	p.state("offline")
	s.start()
	p.pending(0)
	require.Equal(t, []string{"eggs", "milk", "rye bread"}, s.table("todoitem").texts())

	s.kill()
	p.add("butter")
	p.remove("milk")
	p.pending(2)
	s.start()
	p.pending(0)
	p.shows("eggs", "rye bread", "butter")
	require.Equal(t, []string{"butter", "eggs", "rye bread"}, s.table("todoitem").texts())
	require.Len(t, s.table("todoitem").everything(), 4)
}

// many is how many operations a push has that the server's end is to interrupt.
const many = 240

func TestNothingIsLostOrDoubledWhenTheServerIsKilledDuringAPush(t *testing.T) {
	alongside(t)
	s := startServer(t)
	p := newBrowser(t).script(s)
	p.expect(networkFailures, regexp.MustCompile(`responded with a status of (404|409|410|412)`)) // to what had arrived before the kill
	p.openClient(s.url, "many")

	p.call(nil, `(many) => Promise.all(Array.from({ length: many }, (_, i) => todos.insert({ text: 'item ' + i, complete: false })))`, many)
	pushThroughKills(t, s, p)
	rows := s.table("todoitem").everything()
	require.Len(t, rows, many)
	require.Len(t, distinct(rows, "text"), many)

	p.call(nil, `async () => Promise.all((await todos.read()).map(({ id }) => todos.update({ id, complete: true })))`)
	pushThroughKills(t, s, p)
	rows = s.table("todoitem").everything()
	require.Len(t, rows, many)
	require.Equal(t, map[string]int{"true": many}, distinct(rows, "complete"))

	p.call(nil, `async () => Promise.all((await todos.read()).map(({ id }) => todos.del(id)))`)
	pushThroughKills(t, s, p)
	require.Empty(t, s.table("todoitem").rows())
	require.Len(t, s.table("todoitem").everything(), many)
}

// pushThroughKills pushes the queue, which has an operation for each of many rows, and kills the server twice meanwhile.
func pushThroughKills(t *testing.T, s *server, p *page) {
	t.Helper()
	require.Equal(t, many, p.queued())
	before := many
	for range 2 {
		p.call(nil, `() => { globalThis.pushed = client.syncContext.push().catch((error) => error); }`)
		p.call(nil, `async (goal) => {
			while (await client.syncContext.pending() > goal) await new Promise((next) => setTimeout(next));
		}`, before-many/8)
		s.kill()
		var end struct{ Code, Message string }
		p.call(&end, `async () => {
			const { code = 'none', message = '' } = await pushed;
			return { code, message };
		}`)
		require.Equal(t, "push-failed", end.Code, end.Message)
		left := p.queued()
		require.Greater(t, left, 0, "the push was over before the kill")
		require.Less(t, left, before, "the kill came before anything was sent")
		before = left
		s.start()
	}
	p.call(nil, `() => client.syncContext.push()`)
	require.Zero(t, p.queued())
}

func TestNothingIsLostOrDoubledWhenAnswersDoNotArrive(t *testing.T) {
	alongside(t)
	s := startServer(t)
	p := newBrowser(t).script(s)
	p.expect(regexp.MustCompile(`responded with a status of (404|409|410|412)`)) // to what had arrived before
	p.call(nil, `async (url) => {
		const { openClient } = await import('/tidetable/index.mjs');
		const loseEachFirstAnswer = async (request, next) => {
			const response = await next(request);
			const key = request.method + request.url + request.body;
			if (request.method === 'GET' || answered.has(key)) return response;
			answered.add(key);
			lost++;
			throw new Error('the answer is lost');
		};
		const answered = new Set();
		globalThis.client = await openClient({ url, database: 'lossy', protocol: 'datasync', filters: [loseEachFirstAnswer] });
		globalThis.todos = client.getSyncTable('todoitem');
		let lost;
		globalThis.pushAll = async () => {
			lost = 0;
			while (await client.syncContext.pending() > 0) {
				await client.syncContext.push().catch((error) => { if (error.result?.reason !== 'network') throw error; });
			}
			return lost;
		};
	}`, s.url)
	todos := s.table("todoitem")

	var lost int
	p.call(&lost, `async () => {
		for (const text of ['milk', 'bread', 'eggs']) await todos.insert({ text, complete: false });
		await todos.insert({ id: 'of-mine', text: 'butter', complete: false });
		return pushAll();
	}`)
	require.GreaterOrEqual(t, lost, 4)
	require.Equal(t, []string{"bread", "butter", "eggs", "milk"}, todos.texts())

	p.call(&lost, `async () => {
		for (const { id } of await todos.read()) await todos.update({ id, complete: true });
		return pushAll();
	}`)
	require.GreaterOrEqual(t, lost, 4)
	require.Equal(t, map[string]int{"true": 4}, distinct(todos.everything(), "complete"))

	p.call(&lost, `async () => {
		for (const { id } of await todos.read()) await todos.del(id);
		return pushAll();
	}`)
	require.GreaterOrEqual(t, lost, 4)
	require.Empty(t, todos.rows())
	require.Len(t, todos.everything(), 4)
}

// distinct counts the values of a member.
func distinct(rows []row, member string) map[string]int {
	counts := map[string]int{}
	for _, r := range rows {
		counts[fmt.Sprint(r[member])]++
	}
	return counts
}
