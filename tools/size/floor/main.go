//go:build js && wasm

// Command floor is the yardstick of the size budget: the smallest program that really uses
// what the wasm cannot do without, an IndexedDB transaction and a random id. It is built
// exactly like the wasm and is never run. It must not grow: a feature added here would
// hide the same growth in the product.
package main

import (
	"context"
	"syscall/js"

	"github.com/google/uuid"
	"github.com/hack-pad/go-indexeddb/idb"
)

func main() {
	if err := storeOne(context.Background()); err != nil {
		panic(err)
	}
}

// storeOne puts one record under a new id. Importing the packages would not be enough: the
// linker drops what nothing calls.
func storeOne(ctx context.Context) error {
	request, err := idb.Global().Open(ctx, "floor", 1, func(db *idb.Database, _, _ uint) error {
		_, err := db.CreateObjectStore("rows", idb.ObjectStoreOptions{})
		return err
	})
	if err != nil {
		return err
	}
	db, err := request.Await(ctx)
	if err != nil {
		return err
	}
	tx, err := db.Transaction(idb.TransactionReadWrite, "rows")
	if err != nil {
		return err
	}
	rows, err := tx.ObjectStore("rows")
	if err != nil {
		return err
	}
	if _, err := rows.PutKey(js.ValueOf(uuid.NewString()), js.ValueOf(true)); err != nil {
		return err
	}
	return tx.Await(ctx)
}
