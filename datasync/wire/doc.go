// Package wire speaks the table protocol of Azure Mobile Services, Azure Mobile Apps and
// Datasync servers over a [Transport]: it renders requests per dialect, recognises a
// table server's answers and classifies them for the engine. It must not know how bytes
// travel, and it takes no decision about rows: it reports what the server said.
//
// A dialect is one file (datasync.go, classic.go, legacy.go): it renders the requests of
// that family and takes its lists apart. What an answer means (outcome.go) is the same for
// all of them. Which dialect a server speaks can be found out (detect.go).
package wire
