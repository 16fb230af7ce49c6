package jsonrow

import "testing"

// benchRow is like the rows of an app: a few texts, numbers and the system columns.
var benchRow = []byte(`{"id":"0f8fad5b-d9cb-469f-a165-70867728950e","text":"Buy milk, bread and a café crème","complete":false,` +
	`"count":12345,"price":12.50,"tags":["home","food"],"place":{"lat":52.1,"lon":null},"note":"two bags",` +
	`"createdAt":"2024-05-01T12:34:56.789Z","updatedAt":"2024-05-01T12:34:56.789Z","version":"AAAAAAAAB9E=","deleted":false}`)

func bench(b *testing.B, run func() bool) {
	b.ReportAllocs()
	b.SetBytes(int64(len(benchRow)))
	for b.Loop() {
		if !run() {
			b.Fatal("the row was refused")
		}
	}
}

func BenchmarkScan(b *testing.B) {
	bench(b, func() bool { s, err := Scan(benchRow); return err == nil && s.HasVersion })
}

func BenchmarkCheck(b *testing.B) {
	bench(b, func() bool { return Check(benchRow) == nil })
}

func BenchmarkEach(b *testing.B) {
	bench(b, func() bool {
		n := 0
		return Each(benchRow, func(_, _ []byte) bool { n++; return true }) == nil && n == 12
	})
}

func BenchmarkMembers(b *testing.B) {
	bench(b, func() bool {
		n := 0
		Members(benchRow, func(_, _ []byte) bool { n++; return true })
		return n == 12
	})
}

func BenchmarkGet(b *testing.B) {
	bench(b, func() bool { _, ok := Get(benchRow, "price"); return ok })
}

func BenchmarkSet(b *testing.B) {
	value := []byte("true")
	bench(b, func() bool { return len(Set(benchRow, "complete", value)) == len(benchRow)-1 })
}

func BenchmarkSame(b *testing.B) {
	other := Set(benchRow, "count", []byte("12345.0"))
	bench(b, func() bool { return Same(benchRow, other) })
}
