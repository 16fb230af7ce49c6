package jsonrow

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestInstantsAreNormalizedToUTCWithAllDigits(t *testing.T) {
	for text, want := range map[string]string{
		"2024-05-01T12:34:56Z":                      "2024-05-01T12:34:56Z",
		"2024-05-01T12:34:56.1234567Z":              "2024-05-01T12:34:56.1234567Z",
		"2024-05-01t12:34:56z":                      "2024-05-01T12:34:56Z",
		"2024-05-01T12:34:56.120+00:00":             "2024-05-01T12:34:56.120Z",
		"2024-05-01T12:34:56.1+01:30":               "2024-05-01T11:04:56.1Z",
		"2024-01-01T00:15:00+01:00":                 "2023-12-31T23:15:00Z",
		"2023-12-31T23:30:00-01:00":                 "2024-01-01T00:30:00Z",
		"2024-03-01T00:00:00+00:01":                 "2024-02-29T23:59:00Z",
		"2023-02-28T23:59:59-00:01":                 "2023-03-01T00:00:59Z",
		"0001-01-01T00:00:00+00:00":                 "0001-01-01T00:00:00Z",
		"2024-05-01T12:34:56.12345678901234567890Z": "2024-05-01T12:34:56.12345678901234567890Z",
	} {
		utc, ok := Instant([]byte(text))
		require.True(t, ok, text)
		require.Equal(t, want, string(utc), text)
	}
}

func TestWhatIsNoInstantIsRefused(t *testing.T) {
	for _, text := range []string{
		"", "2024-05-01", "2024-05-01T12:34:56", "2024-05-01T12:34Z", "2024-05-01 12:34:56Z", "2024-13-01T00:00:00Z",
		"2024-00-01T00:00:00Z", "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2024-04-31T00:00:00Z", "2024-01-00T00:00:00Z",
		"2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:60Z", "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00.1",
		"2024-01-01T00:00:00+1:00", "2024-01-01T00:00:00+0100", "2024-01-01T00:00:00+24:00", "2024-01-01T00:00:00+00:60",
		"2024-01-01T00:00:00Zx", "2024-01-01T00:00:00 00:00", "9999-12-31T23:59:59-00:01", "0000-01-01T00:00:00+00:01",
		"2024x01-01T00:00:00Z", "2024-01x01T00:00:00Z", "2024-01-01T00x00:00Z", "2024-01-01T00:00x00Z",
		"x024-01-01T00:00:00Z", "2024-01-01T00:00:00,5Z", "2024-01-01T00:00:00+xx:00",
	} {
		_, ok := Instant([]byte(text))
		require.False(t, ok, text)
	}
}

func TestInstantsAgreeWithPackageTime(t *testing.T) {
	at := rapid.Int64Range(-50_000_000_000, 250_000_000_000)
	zone := rapid.IntRange(-23*60-59, 23*60+59)
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) (time.Time, []byte) {
			tm := time.Unix(at.Draw(t, name), rapid.Int64Range(0, 999_999_999).Draw(t, name+" ns")).
				In(time.FixedZone("", 60*zone.Draw(t, name+" zone")))
			utc, ok := Instant([]byte(tm.Format("2006-01-02T15:04:05.999999999Z07:00")))
			require.True(t, ok)
			require.Equal(t, tm.UTC().Format(time.RFC3339Nano), string(utc))
			return tm, utc
		}
		x, a := draw("a")
		y, b := draw("b")
		require.Equal(t, x.Compare(y), CompareInstants(a, b))
	})
}

func TestInstantsAreComparedWithAllDigits(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"2024-01-01T00:00:00Z", "2024-01-01T00:00:00.000Z", 0},
		{"2024-01-01T00:00:00.12Z", "2024-01-01T00:00:00.120000Z", 0},
		{"2024-01-01T00:00:00.1234567Z", "2024-01-01T00:00:00.1234568Z", -1},
		{"2024-01-01T00:00:00.1234567Z", "2024-01-01T00:00:00.123Z", 1},
		{"2024-01-01T00:00:00.9Z", "2024-01-01T00:00:01Z", -1},
	} {
		require.Equal(t, c.want, CompareInstants([]byte(c.a), []byte(c.b)), "%s and %s", c.a, c.b)
		require.Equal(t, -c.want, CompareInstants([]byte(c.b), []byte(c.a)), "%s and %s", c.b, c.a)
	}
}
