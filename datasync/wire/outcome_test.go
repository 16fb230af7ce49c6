package wire_test

// This file holds every verdict against the answers that lead to it.

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

const loginPage = "<!DOCTYPE html>\n<html><head><title>\n  Sign in &amp; go\n</title></head><body>Welcome</body></html>"

func TestWritesAreDoneWhenTheServerSendsTheRow(t *testing.T) {
	for _, op := range rowWrites {
		for name, r := range map[string]reply{
			"201":                   jsonReply(201, storedRow),
			"200":                   jsonReply(200, storedRow),
			"with space around":     jsonReply(200, "\n  "+storedRow+"\r\n"),
			"with a byte order":     jsonReply(200, "\ufeff"+storedRow),
			"without a media type":  {status: 200, body: storedRow},
			"as a kind of JSON":     {status: 200, body: storedRow, header: map[string]string{"content-type": "application/vnd.x+json"}},
			"with a tag as well":    jsonReply(200, storedRow).with("ETag", `"another"`),
			"with a weak tag aside": jsonReply(200, storedRow).with("ETag", `W/"c3-abc"`),
		} {
			t.Run(op.name+" "+name, func(t *testing.T) {
				a := answerTo(t, op, r)
				assert.Equal(t, datasync.Done, a.Verdict, a.Message)
				assert.Equal(t, r.status, a.Status)
				assert.Equal(t, storedRow, string(a.Row))
				assert.Empty(t, a.Message)
			})
		}
	}
}

func TestDeletesAreDone(t *testing.T) {
	for name, r := range map[string]reply{
		"by an empty 204":      {status: 204},
		"by the deleted row":   jsonReply(200, storedRow),
		"whatever 204 claims":  {status: 204, header: map[string]string{"Content-Type": "text/html"}},
		"by a 204 of one line": {status: 204, body: "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			a := answerTo(t, deleteOp, r)
			assert.Equal(t, datasync.Done, a.Verdict, a.Message)
			assert.Nil(t, a.Row)
		})
	}
}

func TestAVersionIsTakenFromAStrongTagWhenTheRowHasNone(t *testing.T) {
	const bare = `{"id":"id-001","text":"milk"}`
	for _, test := range []struct{ name, tag, row, want string }{
		{"strong", `"dGVzdA=="`, bare, `{"id":"id-001","text":"milk","version":"dGVzdA=="}`},
		{"escaped", `"versi\"on"`, bare, `{"id":"id-001","text":"milk","version":"versi\"on"}`},
		{"null version", `"v"`, `{"id":"id-001","version":null}`, `{"id":"id-001","version":"v"}`},
		{"weak", `W/"dGVzdA=="`, bare, bare},
		{"unquoted", `dGVzdA==`, bare, bare},
		{"empty", `""`, bare, bare},
		{"half", `"`, bare, bare},
		{"none", "", bare, bare},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := answerTo(t, updateOp, jsonReply(200, test.row).with("ETag", test.tag))
			require.Equal(t, datasync.Done, a.Verdict)
			assert.Equal(t, test.want, string(a.Row))
		})
	}
}

func TestConflictsCarryTheServersRow(t *testing.T) {
	const bare = `{"id":"id-001","updatedAt":"2024-08-23T20:22:54.291Z","text":"milk"}`
	for _, op := range writes {
		for _, status := range []int{409, 412} {
			t.Run(op.name, func(t *testing.T) {
				a := answerTo(t, op, jsonReply(status, storedRow))
				assert.Equal(t, datasync.Mismatch, a.Verdict)
				assert.Equal(t, status, a.Status)
				assert.Equal(t, storedRow, string(a.Row))
				a = answerTo(t, op, jsonReply(status, bare).with("ETag", `"v9"`))
				assert.Equal(t, bare[:len(bare)-1]+`,"version":"v9"}`, string(a.Row))
			})
		}
	}
}

func TestConflictsWithoutARowOfTheServerHaveNone(t *testing.T) {
	for name, r := range map[string]reply{
		"the request's own row":         jsonReply(409, `{"text":"milk","id":"id-001"}`).with("ETag", `W/"1d-x"`),
		"the same with a strong tag":    jsonReply(409, sentRow).with("ETag", `"v"`),
		"no system column":              jsonReply(409, `{"id":"id-001","version":"djE="}`),
		"no version":                    jsonReply(409, `{"id":"id-001","updatedAt":"2024-08-23T20:22:54.291Z","deleted":false}`),
		"a weak tag only":               jsonReply(412, `{"id":"id-001","deleted":false}`).with("ETag", `W/"v"`),
		"an empty version":              jsonReply(412, `{"id":"id-001","deleted":false,"version":""}`),
		"another row":                   jsonReply(409, `{"id":"ID-001","version":"djE=","deleted":false}`),
		"an id that is no text":         jsonReply(409, `{"id":1,"version":"djE=","deleted":false}`),
		"a version that is no text":     jsonReply(409, `{"id":"id-001","version":1,"deleted":false}`),
		"a list":                        jsonReply(412, `[`+storedRow+`]`),
		"nothing":                       {status: 412},
		"nothing, as some say with 409": {status: 409},
	} {
		t.Run(name, func(t *testing.T) {
			for _, op := range writes {
				a := answerTo(t, op, r)
				assert.Equal(t, datasync.Mismatch, a.Verdict, op.name)
				assert.Nil(t, a.Row, op.name)
			}
		})
	}
	t.Run("a message is handed on", func(t *testing.T) {
		a := answerTo(t, insertOp, jsonReply(409, `{"message":"The item exists."}`))
		assert.Equal(t, "The item exists.", a.Message)
	})
	t.Run("an undelete sent back", func(t *testing.T) {
		a := answerTo(t, undeleteOp, jsonReply(409, `{"id":"id-001","text":"milk","deleted":false}`).with("ETag", `"v"`))
		assert.Equal(t, datasync.Mismatch, a.Verdict)
		assert.Nil(t, a.Row)
	})
}

func TestMissingRowsAreGone(t *testing.T) {
	for _, op := range append(writes, pageOp) {
		for _, status := range []int{404, 410} {
			if op.name == "undelete" && status == 410 {
				continue // asks once more; see TestD22
			}
			t.Run(op.name, func(t *testing.T) {
				a := answerTo(t, op, reply{status: status})
				assert.Equal(t, datasync.Gone, a.Verdict)
				assert.Equal(t, status, a.Status)
				assert.Nil(t, a.Row)
				a = answerTo(t, op, jsonReply(status, `{"error":"The item does not exist"}`))
				assert.Equal(t, datasync.Gone, a.Verdict)
				assert.Equal(t, "The item does not exist", a.Message)
				a = answerTo(t, op, reply{status: status, body: `{"title":"Not Found","status":404}`,
					header: map[string]string{"Content-Type": "application/problem+json"}})
				assert.Equal(t, datasync.Gone, a.Verdict)
				assert.Equal(t, "Not Found", a.Message)
			})
		}
	}
}

func TestOther4xxAreRefused(t *testing.T) {
	for _, op := range everyOp {
		for _, status := range []int{400, 402, 403, 405, 406, 411, 413, 414, 415, 417, 421, 422, 424, 428, 431, 451, 499} {
			for name, r := range map[string]reply{
				"JSON": jsonReply(status, `{"error":"not this one"}`), "text": textReply(status, "not this one"),
			} {
				a := answerTo(t, op, r)
				assert.Equal(t, datasync.Refused, a.Verdict, "%s %d %s", op.name, status, name)
				assert.Equal(t, "not this one", a.Message)
				assert.Nil(t, a.Row)
			}
			a := answerTo(t, op, reply{status: status})
			assert.Equal(t, datasync.Refused, a.Verdict, "%s %d empty", op.name, status)
			assert.Contains(t, a.Message, "gave no reason")
		}
	}
	t.Run("reads know no conflict", func(t *testing.T) {
		for _, op := range reads {
			assert.Equal(t, datasync.Refused, answerTo(t, op, jsonReply(409, `{}`)).Verdict)
			assert.Equal(t, datasync.Refused, answerTo(t, op, jsonReply(412, `{}`)).Verdict)
		}
	})
	t.Run("a proxy's page about the size of the request", func(t *testing.T) {
		a := answerTo(t, insertOp, htmlReply(413, "<html><head><title>413 Request Entity Too Large</title></head></html>"))
		assert.Equal(t, datasync.Refused, a.Verdict)
		assert.Equal(t, "the answer is an HTML page titled '413 Request Entity Too Large'", a.Message)
	})
}

func Test401IsUnauthorized(t *testing.T) {
	for _, op := range everyOp {
		for _, r := range []reply{{status: 401}, jsonReply(401, `{}`), textReply(401, "no"), htmlReply(401, loginPage)} {
			assert.Equal(t, datasync.Unauthorized, answerTo(t, op, r).Verdict, op.name)
		}
	}
	assert.Equal(t, "token expired", answerTo(t, pageOp, jsonReply(401, `{"name":"JsonWebTokenError","message":"token expired"}`)).Message)
}

func TestServersThatServeNobodyAreUnavailable(t *testing.T) {
	for _, op := range everyOp {
		for _, status := range []int{408, 425, 429, 500, 501, 502, 503, 504, 507, 511, 599} {
			for _, r := range []reply{{status: status}, jsonReply(status, `{"error":"x"}`), textReply(status, "x"), htmlReply(status, loginPage), jsonReply(status, `{"er`)} {
				a := answerTo(t, op, r)
				assert.Equal(t, datasync.Unavailable, a.Verdict, "%s %d", op.name, status)
				assert.Zero(t, a.RetryAfter)
				assert.NotEmpty(t, a.Message)
			}
		}
	}
}

func TestRetryAfterIsReadAndBounded(t *testing.T) {
	now := time.Date(2024, 2, 28, 23, 59, 30, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                                 0,
		"0":                                0,
		"120":                              2 * time.Minute,
		" 7 ":                              7 * time.Second,
		"86400":                            24 * time.Hour,
		"86401":                            24 * time.Hour,
		"99999999999999999999999999":       24 * time.Hour,
		"-1":                               0,
		"1.5":                              0,
		"soon":                             0,
		"Thu, 29 Feb 2024 00:00:00 GMT":    30 * time.Second,
		"Thursday, 29-Feb-24 00:01:00 GMT": 90 * time.Second,
		"Thu Feb 29 00:02:00 2024":         150 * time.Second,
		"Wed, 28 Feb 2024 23:59:29 GMT":    0,
		"Fri, 28 Feb 2025 00:00:00 GMT":    24 * time.Hour,
		"Thu, 29 Feb 2024 00:00:00 +0100":  0,
	} {
		t.Run(value, func(t *testing.T) {
			remote, _ := open(t, wire.Options{Now: func() time.Time { return now }},
				reply{status: 503, header: map[string]string{"retry-after": value}})
			a, err := insertOp.run(remote)
			require.NoError(t, err)
			assert.Equal(t, want, a.RetryAfter)
		})
	}
}
