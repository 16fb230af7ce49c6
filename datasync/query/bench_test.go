package query

import "testing"

var benchRow = []byte(`{"id":"0f8fad5b-d9cb-469f-a165-70867728950e","text":"Buy milk, bread and a café crème","complete":false,` +
	`"count":12345,"price":12.50,"tags":["home","food"],"place":{"lat":52.1,"lon":null},"note":"two bags",` +
	`"createdAt":"2024-05-01T12:34:56.789Z","updatedAt":"2024-05-01T12:34:56.789Z","version":"AAAAAAAAB9E=","deleted":false}`)

func BenchmarkMatch(b *testing.B) {
	for name, filter := range map[string]string{
		"bool":    "complete eq false",
		"number":  "count gt 12000 and count le 13000",
		"text":    "note eq 'two bags'",
		"instant": "updatedAt ge 2024-05-01T00:00:00Z",
		"part":    "contains(tolower(text),'café')",
		"sum":     "count add 1 eq 12346",
	} {
		b.Run(name, func(b *testing.B) {
			e, err := ParseFilter(filter)
			if err != nil {
				b.Fatal(err)
			}
			p, err := Compile(e)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if !p.Match(benchRow) {
					b.Fatal("the row was dropped")
				}
			}
		})
	}
}

func BenchmarkParseFilter(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseFilter("complete eq false and (updatedAt ge 2024-05-01T00:00:00Z or contains(text,'x'))"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSortKey(b *testing.B) {
	s := NewSorter([]Order{{Member: "text"}})
	b.ReportAllocs()
	for b.Loop() {
		if key := s.Key(benchRow, "a"); s.Less(key, key) {
			b.Fatal("a row before itself")
		}
	}
}
