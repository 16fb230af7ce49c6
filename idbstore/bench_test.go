//go:build js && wasm

package idbstore

// This file races awaited appends against hand-written IndexedDB code that stores the
// same change the usual way: a row and an outbox entry in one transaction over two
// object stores.

import (
	"context"
	"slices"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"tidetable/datasync/journal"
	"tidetable/internal/jsbridge"
)

// rawSource runs n awaited transactions in JavaScript and returns the milliseconds.
const rawSource = `(() => {
	const promised = (request) => new Promise((resolve, reject) => {
		request.onsuccess = () => resolve(request.result);
		request.onerror = () => reject(request.error);
	});
	let db, next = 0;
	return {
		async open(name) {
			const request = indexedDB.open(name, 1);
			request.onupgradeneeded = () => {
				request.result.createObjectStore('rows', { keyPath: 'id' }).createIndex('updatedAt', 'updatedAt');
				request.result.createObjectStore('outbox', { autoIncrement: true });
			};
			db = await promised(request);
		},
		async run(n, durability, text) {
			const start = performance.now();
			for (let i = 0; i < n; i++) {
				const row = { id: 'row-' + next++, text, complete: false, updatedAt: '2026-01-01T00:00:00.000Z', version: 'AAAAAAAAB9E=' };
				await new Promise((resolve, reject) => {
					const tx = db.transaction(['rows', 'outbox'], 'readwrite', { durability });
					tx.oncomplete = resolve;
					tx.onabort = () => reject(tx.error);
					tx.objectStore('rows').put(row);
					tx.objectStore('outbox').add({ table: 'todoitem', id: row.id, action: 'insert', item: row });
					tx.commit();
				});
			}
			return performance.now() - start;
		},
		close() { db.close(); },
	};
})()`

// A round is a thousand appends and as many transactions of the raw code, taken in turns
// of a hundred, so that whatever else the machine does meets both.
const turns, perTurn = 10, 100

// BenchmarkAppendAgainstRaw reports the medians of the rounds, and of the ratios of the
// turns.
func BenchmarkAppendAgainstRaw(b *testing.B) {
	for _, d := range []struct {
		name       string
		durability journal.Durability
	}{{"relaxed", journal.Relaxed}, {"strict", journal.Strict}} {
		b.Run(d.name, func(b *testing.B) { race(b, d.name, d.durability) })
	}
}

func race(b *testing.B, name string, durability journal.Durability) {
	ctx := context.Background()
	raw := js.Global().Call("eval", rawSource)
	if _, err := jsbridge.Await(ctx, raw.Call("open", freshName(b))); err != nil {
		b.Fatal(err)
	}
	defer raw.Call("close")
	store := openStore(b, freshName(b))
	entry := []byte(strings.Repeat("x", 300))
	base := journal.Position(0)
	appends := func() float64 {
		start := time.Now()
		for range perTurn {
			if err := store.Append(ctx, journal.Append{Base: base, Entry: entry, Durability: durability}); err != nil {
				b.Fatal(err)
			}
			base++
		}
		return float64(time.Since(start).Microseconds()) / 1000
	}
	rawCode := func() float64 {
		ms, err := jsbridge.Await(ctx, raw.Call("run", perTurn, name, strings.Repeat("x", 80)))
		if err != nil {
			b.Fatal(err)
		}
		return ms.Float()
	}
	var ours, theirs, ratios []float64
	round := func() {
		var o, t float64
		for turn := range turns {
			var a, r float64
			if turn%2 == 0 {
				a, r = appends(), rawCode()
			} else {
				r, a = rawCode(), appends()
			}
			o, t, ratios = o+a, t+r, append(ratios, a/r)
		}
		ours, theirs = append(ours, o), append(theirs, t)
	}
	round()
	ours, theirs, ratios = nil, nil, nil
	b.ResetTimer()
	for range b.N {
		round()
	}
	b.ReportMetric(median(ours), "ms/1000-appends")
	b.ReportMetric(median(theirs), "ms/1000-raw")
	b.ReportMetric(median(ratios), "x-raw")
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}
