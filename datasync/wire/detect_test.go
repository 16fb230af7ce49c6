package wire_test

// This file is about finding out what a server is.

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/query"
	"tidetable/datasync/wire"
)

var auto = wire.Options{Auto: true}

const (
	probeOf3  = "https://example.com/tables/movies?$top=1&ZUMO-API-VERSION=3.0.0"
	probeOf2  = "https://example.com/tables/movies?$top=1&ZUMO-API-VERSION=2.0.0"
	probeOf1  = "https://example.com/tables/movies?$top=1&__systemproperties=%2A"
	oldRow    = `{"id":"a","__version":"v","__updatedAt":"2014-03-06T19:15:32.5+00:00"}`
	classicV2 = `{"error":"An invalid API version was specified in the request, this request needs to specify a ZUMO-API-VERSION of 2.0.0."}`
)

var errDown = errors.New("no route to host")

func TestServersAreRecognised(t *testing.T) {
	for _, test := range []struct {
		name    string
		replies []reply
		want    query.Dialect
		asked   []string
	}{
		{"datasync", []reply{jsonReply(200, `{"items":[],"count":null,"nextLink":null}`)}, query.Datasync, []string{probeOf3}},
		{"datasync that also speaks the older protocol", []reply{jsonReply(200, `{"items":[`+storedRow+`]}`)}, query.Datasync, []string{probeOf3}},
		{"classic, Node", []reply{jsonReply(400, classicV2), jsonReply(200, `[]`)}, query.Classic, []string{probeOf3, probeOf2}},
		{"classic, .NET Framework", []reply{jsonReply(400, `{"message":"The API version is not supported."}`), jsonReply(200, `[`+storedRow+`]`)}, query.Classic, []string{probeOf3, probeOf2}},
		{"classic, with a count", []reply{reply{status: 400}, jsonReply(200, `{"results":[],"count":0}`)}, query.Classic, []string{probeOf3, probeOf2}},
		{"classic without a gate", []reply{jsonReply(200, `[`+storedRow+`]`), jsonReply(200, `[`+storedRow+`]`)}, query.Classic, []string{probeOf3, probeOf1}},
		{"classic that minds the option", []reply{jsonReply(200, `[`+storedRow+`]`), jsonReply(400, `{"error":"no"}`)}, query.Classic, []string{probeOf3, probeOf1}},
		{"legacy", []reply{jsonReply(200, `[{"id":"a"}]`), jsonReply(200, `[`+oldRow+`]`)}, query.Legacy, []string{probeOf3, probeOf1}},
		{"legacy with a count", []reply{jsonReply(200, `[]`), jsonReply(200, `{"results":[`+oldRow+`],"count":1}`)}, query.Legacy, []string{probeOf3, probeOf1}},
		{"datasync behind a gate of its own", []reply{reply{status: 400}, jsonReply(200, `{"items":[]}`)}, query.Datasync, []string{probeOf3, probeOf2}},
	} {
		t.Run(test.name, func(t *testing.T) {
			last := reply{status: 204}
			remote, s := open(t, auto, append(test.replies, last, last)...)
			_, known := remote.Detected()
			assert.False(t, known)
			for range 2 {
				a, err := deleteOp.run(remote)
				require.NoError(t, err)
				assert.Equal(t, datasync.Done, a.Verdict, a.Message)
			}
			d, known := remote.Detected()
			assert.True(t, known)
			assert.Equal(t, test.want, d)
			require.Len(t, s.requests, len(test.asked)+2, "it is found out once")
			for i, url := range test.asked {
				assert.Equal(t, "GET "+url+"\nAccept: application/json\n", onWire(s.requests[i]))
			}
			assert.Equal(t, "DELETE", s.requests[len(test.asked)].Method)
		})
	}
}

func TestTheAppsParametersGoWithTheQuestion(t *testing.T) {
	remote, s := open(t, wire.Options{Auto: true, Params: [][2]string{{"code", "k+"}}}, jsonReply(200, `{"items":[]}`), reply{status: 204})
	_, err := deleteOp.run(remote)
	require.NoError(t, err)
	assert.Equal(t, probeOf3+"&code=k%2B", s.requests[0].URL)
}

func TestAnEmptyTableLeavesOldServersOpen(t *testing.T) {
	remote, s := open(t, auto,
		jsonReply(200, `[]`), jsonReply(200, `[]`), jsonReply(201, sentRow),
		jsonReply(200, `[{"id":"a"}]`), jsonReply(200, `[`+oldRow+`]`), reply{status: 204})
	var heard []string
	remote.Learned(func(known string) { heard = append(heard, known) })
	a, err := insertOp.run(remote)
	require.NoError(t, err)
	assert.Equal(t, datasync.Done, a.Verdict)
	assert.Contains(t, s.requests[2].Header, [2]string{"ZUMO-API-VERSION", "2.0.0"}, "what is served meanwhile is classic")
	_, known := remote.Detected()
	assert.False(t, known, "and is not settled")
	assert.Empty(t, heard)
	_, err = deleteOp.run(remote)
	require.NoError(t, err)
	assert.Equal(t, []string{"legacy https://example.com"}, heard)
}

func TestFailingToFindOutIsTheFailureOfTheRequest(t *testing.T) {
	for _, test := range []struct {
		name    string
		replies []reply
		verdict datasync.Verdict
		page    datasync.Verdict
		says    string
	}{
		{"a token is wanted", []reply{reply{status: 401}}, datasync.Unauthorized, datasync.Unauthorized, ""},
		{"a token is wanted for the older protocol", []reply{reply{status: 400}, jsonReply(401, `{"message":"token expired"}`)}, datasync.Unauthorized, datasync.Unauthorized, "token expired"},
		{"access is forbidden", []reply{jsonReply(403, `{"error":"not you"}`)}, datasync.Unauthorized, datasync.Unauthorized, "not you"},
		{"the table is not there", []reply{reply{status: 404}}, datasync.Refused, datasync.Gone, ""},
		{"the table is not there, says the Node server", []reply{htmlReply(404, loginPage).with("X-ZUMO-Server-Version", "node-4.0.2")}, datasync.Refused, datasync.Gone, "no table of that name"},
		{"a list that is gone", []reply{reply{status: 410}}, datasync.NotATableServer, datasync.NotATableServer, "refusal"},
		{"neither version will do", []reply{reply{status: 400}, jsonReply(400, `{"error":"bad luck"}`)}, datasync.NotATableServer, datasync.NotATableServer, "bad luck"},
		{"another refusal", []reply{textReply(405, "not so")}, datasync.NotATableServer, datasync.NotATableServer, "not so"},
		{"a portal", []reply{htmlReply(200, loginPage)}, datasync.NotATableServer, datasync.NotATableServer, "Sign in"},
		{"JSON of somebody else", []reply{jsonReply(200, `{"value":[]}`)}, datasync.NotATableServer, datasync.NotATableServer, "JSON of another kind"},
		{"a list of no rows of ours", []reply{jsonReply(200, `[1,2]`)}, datasync.NotATableServer, datasync.NotATableServer, "JSON of another kind"},
		{"half a list", []reply{jsonReply(200, `[{"id":"a"}`)}, datasync.NotATableServer, datasync.NotATableServer, "broken JSON"},
		{"a redirect", []reply{reply{status: 302}}, datasync.NotATableServer, datasync.NotATableServer, "redirect"},
		{"a busy server", []reply{reply{status: 503, header: map[string]string{"Retry-After": "7"}}}, datasync.Unavailable, datasync.Unavailable, ""},
		{"a server that breaks at the last question", []reply{jsonReply(200, `[]`), reply{status: 500}}, datasync.Unavailable, datasync.Unavailable, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, op := range everyOp {
				remote, s := open(t, auto, test.replies...)
				a, err := op.run(remote)
				require.NoError(t, err, op.name)
				want := test.verdict
				if op.name == "page" || op.name == "insert" {
					want = test.page
				}
				assert.Equal(t, want, a.Verdict, op.name+": "+a.Message)
				assert.Contains(t, a.Message, test.says, op.name)
				assert.Nil(t, a.Row)
				for _, request := range s.requests {
					assert.Equal(t, "GET", request.Method, "nothing is sent to a server that is not known")
				}
				_, known := remote.Detected()
				assert.False(t, known)
			}
		})
	}
	t.Run("the network is down", func(t *testing.T) {
		for _, replies := range [][]reply{{{err: errDown}}, {{status: 400}, {err: errDown}}, {jsonReply(200, `[]`), {err: errDown}}} {
			remote, _ := open(t, auto, replies...)
			a, err := insertOp.run(remote)
			require.ErrorIs(t, err, errDown)
			assert.Equal(t, datasync.Answer{}, a)
		}
	})
	t.Run("and up again", func(t *testing.T) {
		remote, _ := open(t, auto, reply{err: errDown}, jsonReply(200, `{"items":[]}`), jsonReply(201, storedRow))
		_, err := insertOp.run(remote)
		require.ErrorIs(t, err, errDown)
		a, err := insertOp.run(remote)
		require.NoError(t, err)
		assert.Equal(t, datasync.Done, a.Verdict)
	})
	t.Run("a table without a name is refused here", func(t *testing.T) {
		remote, s := open(t, auto)
		a, err := remote.Insert(context.Background(), "", []byte(sentRow))
		require.NoError(t, err)
		assert.Equal(t, datasync.Refused, a.Verdict)
		assert.Empty(t, s.requests)
	})
}

func TestWhatIsRecalledIsNotAskedFor(t *testing.T) {
	t.Run("by a Remote that detects", func(t *testing.T) {
		remote, s := open(t, auto, reply{status: 204})
		remote.Learned(func(string) { t.Error("nothing was learned") })
		remote.Recall("classic https://example.com")
		_, err := deleteOp.run(remote)
		require.NoError(t, err)
		require.Len(t, s.requests, 1)
		assert.Contains(t, s.requests[0].Header, [2]string{"ZUMO-API-VERSION", "2.0.0"})
		remote.Recall("datasync https://example.com")
		d, _ := remote.Detected()
		assert.Equal(t, query.Classic, d, "what is known already stays")
	})
	t.Run("what one learned another recalls", func(t *testing.T) {
		for _, replies := range [][]reply{
			{jsonReply(200, `{"items":[]}`)}, {reply{status: 400}, jsonReply(200, `[]`)}, {jsonReply(200, `[]`), jsonReply(200, `[`+oldRow+`]`)},
		} {
			first, _ := open(t, auto, append(replies, reply{status: 204})...)
			var learned string
			first.Learned(func(known string) { learned = known })
			_, err := deleteOp.run(first)
			require.NoError(t, err)
			second, s := open(t, auto, reply{status: 204})
			second.Recall(learned)
			_, err = deleteOp.run(second)
			require.NoError(t, err)
			assert.Len(t, s.requests, 1)
			was, _ := first.Detected()
			is, _ := second.Detected()
			assert.Equal(t, was, is)
		}
	})
	t.Run("not by one that was told", func(t *testing.T) {
		remote, _ := open(t, classic)
		remote.Learned(func(string) { t.Error("nothing was learned") })
		remote.Recall("datasync https://example.com")
		d, known := remote.Detected()
		assert.True(t, known)
		assert.Equal(t, query.Classic, d)
	})
	t.Run("nor when it cannot be understood", func(t *testing.T) {
		for _, known := range []string{"", "classic", "odata https://example.com", " https://example.com", "classic https://example.com/other", "classic  https://example.com"} {
			remote, _ := open(t, auto)
			remote.Recall(known)
			_, ok := remote.Detected()
			assert.False(t, ok, known)
		}
	})
	t.Run("who asks later hears it at once", func(t *testing.T) {
		remote, _ := open(t, auto, jsonReply(200, `{"items":[]}`), reply{status: 204})
		_, err := deleteOp.run(remote)
		require.NoError(t, err)
		var heard []string
		remote.Learned(func(known string) { heard = append(heard, known) })
		assert.Equal(t, []string{"datasync https://example.com"}, heard)
		remote.Learned(nil)
	})
}

func TestTheEngineIsToldWhatDiffers(t *testing.T) {
	for name, want := range map[string]datasync.Traits{"datasync": {ReplacesRows: true}, "classic": {PageSize: 50}, "legacy": {PageSize: 50}} {
		var options wire.Options
		options.Speak(name)
		remote, _ := open(t, options)
		traits, known := remote.Traits()
		assert.True(t, known, name)
		assert.Equal(t, want, traits, name)

		detecting, _ := open(t, auto)
		traits, known = detecting.Traits()
		assert.False(t, known, name)
		assert.Zero(t, traits, name)
		detecting.Recall(name + " https://example.com")
		traits, known = detecting.Traits()
		assert.True(t, known, name)
		assert.Equal(t, want, traits, name)
	}
}

func TestAServerThatWasReplacedIsAskedAgain(t *testing.T) {
	for _, test := range []struct {
		name    string
		before  string
		op      operation
		reply   reply
		replies []reply
		want    string
	}{
		{"by its page", "classic", pageOp, jsonReply(200, `{"items":[]}`), []reply{jsonReply(200, `{"items":[]}`)}, "datasync"},
		{"by its gate", "datasync", updateOp, jsonReply(400, classicV2), []reply{jsonReply(400, classicV2), jsonReply(200, `[]`)}, "classic"},
	} {
		t.Run(test.name, func(t *testing.T) {
			replies := append([]reply{test.reply}, test.replies...)
			remote, _ := open(t, auto, append(replies, jsonReply(201, storedRow))...)
			remote.Recall(test.before + " https://example.com")
			var heard []string
			remote.Learned(func(known string) { heard = append(heard, known) })
			a, err := test.op.run(remote)
			require.NoError(t, err)
			assert.Equal(t, datasync.NotATableServer, a.Verdict)
			a, err = insertOp.run(remote)
			require.NoError(t, err)
			assert.Equal(t, datasync.Done, a.Verdict, a.Message)
			assert.Equal(t, []string{test.want + " https://example.com"}, heard)
		})
	}
	t.Run("but not for the answers of others", func(t *testing.T) {
		remote, s := open(t, auto, htmlReply(200, loginPage), jsonReply(200, `{"portal":true}`), jsonReply(400, `{"error":"bad filter"}`), reply{status: 204})
		remote.Recall("datasync https://example.com")
		for range 3 {
			_, err := pageOp.run(remote)
			require.NoError(t, err)
		}
		_, err := deleteOp.run(remote)
		require.NoError(t, err)
		assert.Len(t, s.requests, 4)
	})
}
