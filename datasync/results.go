package datasync

import "time"

// Action is what an operation does to its row on the server.
type Action uint8

// The actions.
const (
	Insert Action = iota + 1
	Update
	Delete
)

// String gives the action's name in the JS API and on the wire.
func (a Action) String() string {
	switch a {
	case Insert:
		return "insert"
	case Update:
		return "update"
	case Delete:
		return "delete"
	}
	return "invalid"
}

// OpState is how far an operation got.
type OpState uint8

// The states of an operation.
const (
	// Pending: never sent since it was made or last edited.
	Pending OpState = iota + 1
	// Sent: a request may have left; its outcome is not known yet.
	Sent
	// Attempted: it was sent and failed; it will be sent again.
	Attempted
	// Parked: the server refused it; it waits for an edit, a retry or a discard.
	Parked
	// Conflicted: the server's row is another one; it waits for a resolution.
	Conflicted
)

// String gives the state's name in the JS API.
func (s OpState) String() string {
	switch s {
	case Pending:
		return "pending"
	case Sent:
		return "sent"
	case Attempted:
		return "attempted"
	case Parked:
		return "parked"
	case Conflicted:
		return "conflict"
	}
	return "invalid"
}

// Operation is one change waiting to be pushed.
type Operation struct {
	// Seq is its place in the queue; never reused.
	Seq uint64
	// Table and ID name the row.
	Table, ID string
	Action    Action
	State     OpState
	// Tries counts the requests that may have left.
	Tries int
	// Error is why the last try failed, nil when it has not.
	Error *OperationError
}

// OperationError is why an operation is parked, in conflict or was stopped.
type OperationError struct {
	Code Code
	// Status is the HTTP status, 0 when no answer came.
	Status int
	// Message is the server's explanation or ours.
	Message string
}

// PushReason says how a push ended.
type PushReason string

// The reasons.
const (
	// PushComplete: every operation got an outcome; some may be parked or in conflict.
	PushComplete  PushReason = "complete"
	PushNetwork   PushReason = "network"
	PushAuth      PushReason = "auth"
	PushCancelled PushReason = "cancelled"
	PushServer    PushReason = "server"
	PushStore     PushReason = "store"
)

// PushResult tells what a push did.
type PushResult struct {
	Reason PushReason
	// Sent counts the operations that the server now has.
	Sent int
	// Errors has one entry for each operation that failed and is still queued.
	Errors []PushError
	// RetryAfter is how long the server asked to wait, zero when it did not.
	RetryAfter time.Duration
}

// PushError is one operation that a push could not finish, with both records.
type PushError struct {
	Operation Operation
	// Client is the local row, nil when it is deleted here.
	Client []byte
	// Server is the server's row, nil when it has none or it is not known.
	Server []byte
}

// PullResult tells what a pull did.
type PullResult struct {
	// Received counts rows in answers, also those already known.
	Received int
	Inserted int
	Updated  int
	Deleted  int
	// Skipped counts rows that have a pending operation here.
	Skipped  int
	Pages    int
	Requests int
	// Restarted tells that another filter was pulled under the query id before, so that
	// everything was read and compared.
	Restarted bool
	// Token is the time up to which rows are here, "" without a query id.
	Token string
}

// Add counts another pull's rows in.
func (r *PullResult) Add(o PullResult) {
	r.Received += o.Received
	r.Inserted += o.Inserted
	r.Updated += o.Updated
	r.Deleted += o.Deleted
	r.Skipped += o.Skipped
	r.Pages += o.Pages
	r.Requests += o.Requests
	r.Restarted = r.Restarted || o.Restarted
	r.Token = o.Token
}

// SyncResult tells what a sync did: a push and the configured pulls.
type SyncResult struct {
	Push PushResult
	Pull PullResult
}

// Phase is what the client is doing.
type Phase string

// The phases.
const (
	PhaseIdle    Phase = "idle"
	PhasePushing Phase = "pushing"
	PhasePulling Phase = "pulling"
)

// Status is the state of a client at one moment.
type Status struct {
	Phase Phase
	// Table is the one being pulled.
	Table string
	// Done and Total count the operations of the push, or the rows of the pull, under way.
	Done, Total int
	// Online tells whether the last request got an answer.
	Online bool
	// Pending counts the operations waiting in the queue.
	Pending int
	// LastSuccess is when the last sync, push or pull ended well; zero when none did.
	LastSuccess time.Time
	// LastError is the failure of the last one, nil when it ended well.
	LastError error
	// NextRetry is when auto-sync tries next; zero when nothing is planned.
	NextRetry time.Time
}

// Origin says where a change of a live query's rows came from.
type Origin string

// The origins.
const (
	// OriginInitial is the first answer of a subscription.
	OriginInitial Origin = "initial"
	OriginLocal   Origin = "local"
	OriginPush    Origin = "push"
	OriginPull    Origin = "pull"
	// OriginOther: another tab or worker made it.
	OriginOther Origin = "other"
)

// ChangeSet is the difference between two answers of a live query. The app's view is
// IDs in order; Rows holds the JSON of those rows that are new or changed.
type ChangeSet struct {
	Origin Origin
	// IDs of all rows of the answer, in order.
	IDs []string
	// Rows of the answer that are not byte for byte the same as in the last one, in
	// order of IDs.
	Rows [][]byte
	// Count is the number of matches when the query asked for it, else -1.
	Count int
	// Err ends the subscription's answer when the query could not be run.
	Err error
}

// Result is the answer of a local read.
type Result struct {
	Rows [][]byte
	// Count is the number of matches when the query asked for it, else -1.
	Count int
}
