//go:build js && wasm

package syncjs_test

// This file loads the modules as a page does and runs the scripts in testdata on them. The
// engine they talk to is this test program: its store is memory, its server a script.

import (
	"context"
	"embed"
	"path"
	"regexp"
	"strings"
	"sync"
	"syscall/js"
	"testing"
	"time"

	"tidetable/datasync"
	"tidetable/datasync/journal"
	"tidetable/datasync/memstore"
	"tidetable/datasync/wire"
	"tidetable/internal/fetch"
	"tidetable/internal/jsbridge"
	"tidetable/syncjs"
)

//go:embed *.mjs testdata/*.mjs testdata/starting/*.mjs
var scripts embed.FS

// limit bounds every wait for a promise.
const limit = 20 * time.Second

// page gives every module an address of its own, with those of what it imports put in.
type page struct {
	// replaced holds texts that stand for files.
	replaced  map[string]string
	addresses map[string]string
}

var imports = regexp.MustCompile(`(\bfrom|\bimport) '(\.[^']+)'`)

func (p *page) address(t testing.TB, file string) string {
	if address, ok := p.addresses[file]; ok {
		return address
	}
	text, ok := p.replaced[file]
	if !ok {
		data, err := scripts.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text = string(data)
	}
	text = imports.ReplaceAllStringFunc(text, func(statement string) string {
		part := imports.FindStringSubmatch(statement)
		return part[1] + " '" + p.address(t, path.Join(path.Dir(file), part[2])) + "'"
	})
	blob := js.Global().Get("Blob").New([]any{text}, map[string]any{"type": "text/javascript"})
	p.addresses[file] = js.Global().Get("URL").Call("createObjectURL", blob).String()
	return p.addresses[file]
}

// load imports a module.
func (p *page) load(t testing.TB, file string) js.Value {
	t.Helper()
	load := js.Global().Get("Function").New("address", "return import(address)")
	return await(t, load.Invoke(p.address(t, file)))
}

func await(t testing.TB, promise js.Value) js.Value {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	value, err := jsbridge.Await(ctx, promise)
	if err != nil {
		text := err.Error()
		if e, ok := err.(*jsbridge.Error); ok && e.Value.Type() == js.TypeObject && e.Value.Get("stack").Truthy() {
			text = e.Value.Get("stack").String()
		}
		t.Fatal(text)
	}
	return value
}

// starter stands for start.mjs: the wasm of the page is this program.
const starter = `export async function start(host) {
	globalThis.tidetableTest.host = host;
	globalThis.tidetableTest.start(host);
}`

// disks holds the databases by name.
var disks struct {
	sync.Mutex
	byName map[string]*memstore.Database
}

func disk(name string) *memstore.Database {
	disks.Lock()
	defer disks.Unlock()
	if disks.byName == nil {
		disks.byName = map[string]*memstore.Database{}
	}
	if disks.byName[name] == nil {
		disks.byName[name] = memstore.NewDatabase()
	}
	return disks.byName[name]
}

// connect opens a database in memory. A name that begins with "panic" or "broken" does
// what it says.
func connect(_ context.Context, settings syncjs.Settings, options *datasync.Options) (string, error) {
	if strings.HasPrefix(settings.Database, "panic") {
		panic("a test asked for it")
	}
	if strings.HasPrefix(settings.Database, "broken") {
		return "", context.DeadlineExceeded
	}
	speech := wire.Options{
		BaseURL: settings.URL, Params: settings.Params, ApplicationKey: settings.ApplicationKey,
		InstallationID: settings.InstallationID, Features: settings.Features,
	}
	speech.Speak(settings.Protocol)
	remote, err := wire.New(fetch.New(settings.Send), speech)
	if err != nil {
		return "", err
	}
	options.Remote, options.Store = remote, disk(settings.Database).Open()
	options.Writes = journal.Strict
	return "memory", nil
}

// install puts what the scripts need of Go into a global; remove takes it away.
func install() (remove func()) {
	var funcs []*jsbridge.Func
	var engines []*syncjs.Engine
	add := func(fn func(args []js.Value) any) js.Value {
		f := jsbridge.NewFunc(func(_ js.Value, args []js.Value) any { return fn(args) })
		funcs = append(funcs, f)
		return f.Value()
	}
	js.Global().Set("tidetableTest", map[string]any{
		"start": add(func(args []js.Value) any {
			engines = append(engines, syncjs.Serve(args[0], connect))
			return nil
		}),
		// hold makes a disk slow until the function it returns is called.
		"hold": add(func(args []js.Value) any {
			release := disk(args[0].String()).Hold()
			return add(func([]js.Value) any {
				go release()
				return nil
			})
		}),
		"full": add(func(args []js.Value) any {
			disk(args[0].String()).FailNext(journal.ErrQuota)
			return nil
		}),
		"live": add(func([]js.Value) any { return jsbridge.Funcs().Live() }),
	})
	return func() {
		js.Global().Delete("tidetableTest")
		for _, e := range engines {
			e.Stop()
		}
		for _, f := range funcs {
			f.Release()
		}
	}
}
