package tableserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// datasync speaks the protocol of CommunityToolkit.Datasync. The order of its checks is
// part of the protocol: media type, syntax, ids, existence, tombstone, conditions.
type datasync struct{ *Options }

// insert answers POST on a table. An id that exists is a conflict even if its row is
// soft-deleted. Conditional headers mean nothing here.
func (d datasync) insert(ctx context.Context, r *http.Request, t target) (reply, error) {
	doc, err := d.readDocument(r)
	if err != nil {
		return reply{}, err
	}
	if doc.id == "" {
		doc.id = d.NewID()
	}
	if !validID(doc.id) {
		return reply{}, badRequest("the member id cannot be used: " + idRule)
	}
	row, err := d.Repository.Write(ctx, t.table, doc.id, func(stored *Row) (Change, error) {
		if stored != nil {
			return Change{}, &conflict{http.StatusConflict, *stored}
		}
		return Change{Members: doc.members, Deleted: doc.deleted}, nil
	})
	if err != nil {
		return reply{}, err
	}
	created := itemReply(http.StatusCreated, &row)
	created.header = append(created.header, [2]string{"Location", location(r, t, row.ID)})
	return created, nil
}

// location is the address of a row as the client would spell it.
func location(r *http.Request, t target, id string) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host + t.path + "/" + url.PathEscape(id)
}

// read answers GET on a row.
func (d datasync) read(ctx context.Context, r *http.Request, t target) (reply, error) {
	conditions, withDeleted, err := guards(r)
	if err != nil {
		return reply{}, err
	}
	row, err := d.Repository.Row(ctx, t.table, t.id)
	if err != nil {
		return reply{}, err
	}
	if row == nil {
		return reply{}, noRow(t)
	}
	if row.Deleted && !withDeleted {
		return reply{}, gone(t)
	}
	switch conditions.check(row, true) {
	case failed:
		return reply{}, &conflict{http.StatusPreconditionFailed, *row}
	case unmodified:
		same := itemReply(http.StatusNotModified, row)
		same.body = nil
		return same, nil
	}
	return itemReply(http.StatusOK, row), nil
}

// replace answers PUT on a row. With __includedeleted=true it also brings a soft-deleted
// row back, or changes it: what the body says of deleted applies.
func (d datasync) replace(ctx context.Context, r *http.Request, t target) (reply, error) {
	doc, err := d.readDocument(r)
	if err != nil {
		return reply{}, err
	}
	if doc.id != t.id {
		return reply{}, badRequest(fmt.Sprintf("the body must have the id of the path: it has %q", doc.id))
	}
	conditions, withDeleted, err := guards(r)
	if err != nil {
		return reply{}, err
	}
	row, err := d.Repository.Write(ctx, t.table, t.id, func(stored *Row) (Change, error) {
		if err := changeable(stored, t, withDeleted, conditions); err != nil {
			return Change{}, err
		}
		return Change{Members: doc.members, Deleted: doc.deleted}, nil
	})
	if err != nil {
		return reply{}, err
	}
	return itemReply(http.StatusOK, &row), nil
}

// remove answers DELETE on a row. A tombstone stays unless deletes are hard.
func (d datasync) remove(ctx context.Context, r *http.Request, t target) (reply, error) {
	conditions, _, err := guards(r)
	if err != nil {
		return reply{}, err
	}
	_, err = d.Repository.Write(ctx, t.table, t.id, func(stored *Row) (Change, error) {
		if err := changeable(stored, t, d.HardDelete, conditions); err != nil {
			return Change{}, err
		}
		return Change{Members: stored.Members, Deleted: true, Remove: d.HardDelete}, nil
	})
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusNoContent}, nil
}

// changeable tells why a write may not touch the stored row.
func changeable(stored *Row, t target, evenDeleted bool, conditions conditions) error {
	switch {
	case stored == nil:
		return noRow(t)
	case stored.Deleted && !evenDeleted:
		return gone(t)
	case conditions.check(stored, false) != passed:
		return &conflict{http.StatusPreconditionFailed, *stored}
	}
	return nil
}

// guards reads what decides whether a row may be seen or changed.
func guards(r *http.Request) (c conditions, withDeleted bool, err error) {
	if c, err = parseConditions(r.Header); err != nil {
		return c, false, badRequest(err.Error())
	}
	options, err := parseOptions(r.URL.RawQuery)
	if err != nil {
		return c, false, badRequest(err.Error())
	}
	value, _ := options.value(includeDeleted)
	return c, strings.EqualFold(value, "true"), nil
}

// readDocument reads the body of a write.
func (d datasync) readDocument(r *http.Request) (document, error) {
	if err := checkMediaType(r.Header); err != nil {
		return document{}, err
	}
	body, err := io.ReadAll(r.Body)
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return document{}, &failure{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d bytes", tooLarge.Limit)}
	}
	if err != nil {
		return document{}, badRequest("the body did not arrive whole")
	}
	doc, err := parseDocument(body)
	if err != nil {
		return document{}, badRequest(err.Error())
	}
	return doc, nil
}

// checkMediaType refuses what is not plain JSON in UTF-8. It also keeps other sites' forms
// away: a page cannot send JSON across origins without asking first.
func checkMediaType(header http.Header) error {
	const expected = "send the body as Content-Type: application/json"
	mediaType, parameters, err := mime.ParseMediaType(header.Get("Content-Type"))
	switch {
	case err != nil:
		return &failure{http.StatusUnsupportedMediaType, expected}
	case mediaType != "application/json" && !(strings.HasPrefix(mediaType, "application/") && strings.HasSuffix(mediaType, "+json")):
		return &failure{http.StatusUnsupportedMediaType, expected}
	case parameters["charset"] != "" && !strings.EqualFold(parameters["charset"], "utf-8"):
		return &failure{http.StatusUnsupportedMediaType, "send the body in UTF-8"}
	case header.Get("Content-Encoding") != "" && !strings.EqualFold(header.Get("Content-Encoding"), "identity"):
		return &failure{http.StatusUnsupportedMediaType, "send the body without Content-Encoding"}
	}
	return nil
}

func noRow(t target) error {
	return notFound(fmt.Sprintf("table %q has no row %q", t.table, t.id))
}

func gone(t target) error {
	return &failure{http.StatusGone, fmt.Sprintf("row %q of table %q has been deleted", t.id, t.table)}
}
