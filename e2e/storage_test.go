package e2e

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// Item 8: rows are stored as pages.

func TestTenThousandPulledRowsAreFewerThanAThousandRecords(t *testing.T) {
	alongside(t)
	const wanted = 10_000
	s := startServer(t, "-page-size", "1000")
	rows := make([]row, wanted)
	for i := range rows {
		rows[i] = row{"id": fmt.Sprintf("row-%05d", i), "text": fmt.Sprintf("item %d", i), "complete": i%3 == 0, "position": i}
	}
	s.table("todoitem").fill(rows)

	p := newBrowser(t).script(s)
	p.openClient(s.url, "stored")
	var pulled struct{ Inserted, Pages int }
	p.call(&pulled, `() => todos.pull(null, 'all')`)
	require.Equal(t, wanted, pulled.Inserted)
	p.call(nil, `() => client.close()`)

	var stores map[string]int
	p.call(&stores, countRecords)
	total := 0
	for _, count := range stores {
		total += count
	}
	t.Logf("%d rows in %d pages are %d records: %v", wanted, pulled.Pages, total, stores)
	require.Less(t, total, 1000)
	require.NotZero(t, total)

	p.openClient("https://sitename.example.fail", "stored")
	var read int
	p.call(&read, `async () => (await todos.read()).filter((row, i) => row.text === 'item ' + row.position).length`)
	require.Equal(t, wanted, read, "they are all there")
}

// countRecords counts the records of each object store of each database of the origin, without the API.
const countRecords = `async () => {
	const answer = (request) => new Promise((resolve, reject) => {
		request.onsuccess = () => resolve(request.result);
		request.onerror = () => reject(request.error);
	});
	const counts = {};
	for (const { name } of await indexedDB.databases()) {
		const database = await answer(indexedDB.open(name));
		for (const store of database.objectStoreNames) {
			counts[name + '/' + store] = await answer(database.transaction(store).objectStore(store).count());
		}
		database.close();
	}
	return counts;
}`
