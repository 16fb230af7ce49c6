//go:build js && wasm

// Command wasm is the composition root: it gives the JavaScript API its store (IndexedDB)
// and its server (the table protocol over the page's fetch). It must not decide anything
// else.
package main

import (
	"context"
	"os"
	"syscall/js"

	"tidetable/datasync"
	"tidetable/datasync/journal"
	"tidetable/datasync/wire"
	"tidetable/idbstore"
	"tidetable/internal/fetch"
	"tidetable/syncjs"
)

func main() {
	// The page leaves its side of the line in a global and gives the name as an argument.
	name := os.Args[1]
	host := js.Global().Get(name)
	js.Global().Delete(name)
	syncjs.Serve(host, connect)
	select {}
}

func connect(ctx context.Context, settings syncjs.Settings, options *datasync.Options) (mode string, err error) {
	options.Remote, err = remote(settings, options.Tables)
	if err != nil {
		return "", err
	}
	options.Store, err = idbstore.Open(ctx, settings.Database)
	if err != nil {
		return "", err
	}
	options.Writes = durability(settings.Writes, journal.Strict)
	options.Pulls = durability(settings.Pulls, journal.Relaxed)
	return "indexeddb", nil
}

func remote(settings syncjs.Settings, tables map[string]datasync.TableOptions) (datasync.Remote, error) {
	o := wire.Options{
		BaseURL: settings.URL, Params: settings.Params, ApplicationKey: settings.ApplicationKey,
		InstallationID: settings.InstallationID, Features: settings.Features, Unversioned: map[string]bool{},
	}
	if settings.Features {
		o.ClientVersion = syncjs.Version
	}
	for name, table := range tables {
		o.Unversioned[name] = table.Conflict == datasync.PolicyNone
	}
	if !o.Speak(settings.Protocol) {
		return nil, &datasync.Error{Code: datasync.CodeInvalidOptions, Op: "open", Msg: "there is no protocol '" + settings.Protocol + "'"}
	}
	return wire.New(fetch.New(settings.Send), o)
}

func durability(name string, usual journal.Durability) journal.Durability {
	switch name {
	case "strict":
		return journal.Strict
	case "relaxed":
		return journal.Relaxed
	}
	return usual
}
