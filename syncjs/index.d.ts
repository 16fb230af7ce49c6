// The types of Tidetable's JavaScript API, and its reference: each member says what it resolves with and with which
// codes it rejects. docs/error-codes.md explains the codes.

/**
 * Names and columns of the tables of a database, without the system columns:
 *
 * ```ts
 * type Schema = { todoitem: { text: string; complete: boolean } };
 * const client = await openClient<Schema>({ url: 'https://example.com' });
 * ```
 *
 * Columns may be left out when a row is inserted. Declare with `?` those that may be missing when it is read.
 */
export type Tables<Schema> = { [Name in keyof Schema]: object };

/** A schema that allows every table and column; it is used when none is given. */
export interface AnySchema {
  [table: string]: { [column: string]: any };
}

/** What every row has. The server sets the columns that are read-only; they are missing until it has the row. */
export interface SystemColumns {
  /** 1–127 characters: a letter or digit, then letters, digits and `_ . | : -`. Compared exactly. */
  readonly id: string;
  /** Changes with every change of the row on the server. */
  readonly version?: string;
  /** When the row was last changed on the server: RFC 3339 text with all digits the server sent. */
  readonly updatedAt?: string;
  /** When the row was inserted on the server, where the server tells. */
  readonly createdAt?: string;
  /** Whether the row is deleted on the server. Such rows are not shown. */
  readonly deleted?: boolean;
}

/** A row as it is read. */
export type Row<Columns> = Readonly<SystemColumns> & Columns;

/** A row to insert: the id is made when there is none. Members that are `undefined` are left out. */
export type NewRow<Columns> = { id?: string } & Partial<Columns>;

/** Members to change in the row with that id. Members that are `undefined` are left out. */
export type Patch<Columns> = { id: string } & Partial<Columns>;

/** Rows of a query; `totalCount` is there when the query has {@link Query.includeTotalCount}. */
export type Rows<T> = T[] & { totalCount?: number };

/** What calls that wait can be given. */
export interface CallOptions {
  /**
   * Ends the waiting. A local write is stopped only as long as it has not been handed to the store; after that the
   * promise tells what happened.
   */
  signal?: AbortSignal;
}

/** A condition as an object: each member equals the value, or one of the values of an array. */
export type Condition<Columns> = {
  [Column in keyof Row<Columns>]?: Value<Row<Columns>[Column]> | readonly Value<Row<Columns>[Column]>[];
};
type Value<T> = T | null | (T extends string ? Date : never);

/** A value for a `?` in OData text. A Date is compared as an instant. */
export type Argument = string | number | boolean | Date | null;

/** The name of a column of a row. */
export type Column<Columns> = keyof Row<Columns> & string;

/**
 * Asks for rows of one table. Queries are immutable: each call returns a new one. Nothing is checked before a query is
 * used, so that mistakes reject the call that uses it, with `invalid-query`.
 */
export interface Query<Columns, Shown = Row<Columns>> {
  /**
   * Keeps the rows that match; several conditions must all hold. Either an object, or OData text in which each `?`
   * stands for one of `values`:
   *
   * ```ts
   * todos.where({ complete: false })
   * todos.where('complete eq false and startswith(text, ?)', 'Buy')
   * ```
   */
  where(condition: Condition<Columns>): Query<Columns, Shown>;
  where(condition: string, ...values: Argument[]): Query<Columns, Shown>;
  /** Sorts by columns, ascending. Later calls decide ties; what is left is in order of id. */
  orderBy(...columns: Column<Columns>[]): Query<Columns, Shown>;
  /** Sorts by columns, descending. */
  orderByDescending(...columns: Column<Columns>[]): Query<Columns, Shown>;
  /** Keeps only these columns of each row, and the `id`. */
  select<Name extends Column<Columns>>(...columns: Name[]): Query<Columns, Pick<Row<Columns>, Name | 'id'>>;
  /** Leaves out that many rows from the start. */
  skip(count: number): Query<Columns, Shown>;
  /** Returns that many rows at most. */
  take(count: number): Query<Columns, Shown>;
  /** Asks for the number of rows that match, whatever skip and take say: `totalCount` of the rows. */
  includeTotalCount(wanted?: boolean): Query<Columns, Shown>;

  /**
   * Resolves with the rows that are here now. It never asks the server.
   *
   * Rejects with `invalid-query`, `unknown-table`, `store`, `cancelled`, `closed`, `internal`.
   */
  read(options?: CallOptions): Promise<Rows<Shown>>;

  /**
   * Calls `listener` with the rows, first as they are now and then after every change of them, until the function
   * returned is called. A row that did not change is the same object as before. The rows are frozen, the array is not.
   *
   * When the rows cannot be read, `onError` is called instead, with `invalid-query`, `unknown-table`, `store`,
   * `closed` or `internal`; without it the error is reported as an uncaught one. Throws `invalid-options` when
   * `listener` is not a function.
   */
  subscribe(listener: (rows: Rows<Readonly<Shown>>, change: Change<Shown>) => void, options?: SubscribeOptions): () => void;
}

/** Asks for rows of a system table, like a {@link Query} that cannot be watched. */
export interface SystemQuery<Columns, Shown = Readonly<Columns>> {
  where(condition: { [Name in keyof Columns]?: Argument | readonly Argument[] }): SystemQuery<Columns, Shown>;
  where(condition: string, ...values: Argument[]): SystemQuery<Columns, Shown>;
  orderBy(...columns: (keyof Columns & string)[]): SystemQuery<Columns, Shown>;
  orderByDescending(...columns: (keyof Columns & string)[]): SystemQuery<Columns, Shown>;
  select<Name extends keyof Columns>(...columns: Name[]): SystemQuery<Columns, Pick<Readonly<Columns>, Name | ('id' & keyof Columns)>>;
  skip(count: number): SystemQuery<Columns, Shown>;
  take(count: number): SystemQuery<Columns, Shown>;
  includeTotalCount(wanted?: boolean): SystemQuery<Columns, Shown>;
  /**
   * Resolves with the rows as they are now.
   *
   * Rejects with `unknown-table` (there is no such system table), `invalid-query`, `cancelled`, `closed`, `internal`.
   */
  read(options?: CallOptions): Promise<Rows<Shown>>;
}

/** A row of the system table `operations`, or `MS_TableOperations`: one change that waits to be pushed. */
export interface OperationRow {
  /** Its place in the queue, as {@link Operation.seq}. */
  id: number;
  table: string;
  /** The id of the row that it changes. */
  itemId: string;
  /** 0: a table of rows. */
  tableKind: number;
  action: Operation['action'];
  state: Operation['state'];
  tries: number;
  /** `revision` counts the local edits that went into it. */
  properties: { revision: number };
}

/** A row of the system table `errors`, or `MS_TableOperationErrors`: why an operation failed last. */
export interface ErrorRow {
  id: string;
  /** The `id` of the operation. */
  operationId: number;
  tableKind: number;
  properties: { code: ErrorCode; status: number; message: string; table: string; itemId: string };
}

/** A row of the system table `config`, or `MS_TableConfig`: how far a query was pulled. */
export interface ConfigRow {
  id: string;
  table: string;
  /** The query id. */
  key: string;
  keyType: string;
  /** The time up to which rows are here: RFC 3339 text. */
  value: string;
}

export interface SubscribeOptions {
  /** Ends the subscription, like the function that subscribe returns. */
  signal?: AbortSignal;
  /** Called when the rows cannot be read. */
  onError?: (error: TidetableError) => void;
}

/** How the rows of a subscription differ from those told before. */
export interface Change<Shown> {
  /** What made it: the first answer, a local write, the answer to a push, a pull, or another tab or worker. */
  origin: 'initial' | 'local' | 'push' | 'pull' | 'other';
  /** Rows that were not there before. */
  added: Readonly<Shown>[];
  /** Rows that are no longer there, as they were. */
  removed: Readonly<Shown>[];
  /** Rows that are no longer the same, as they are now. */
  updated: Readonly<Shown>[];
  /** The fewest rows that have to change places among those that stayed. */
  moved: Readonly<Shown>[];
}

/**
 * A table that reads and writes locally at once, online or not. What is written waits in the operations queue for a
 * push. As a query it asks for all rows.
 */
export interface SyncTable<Columns> extends Query<Columns> {
  readonly name: string;

  /**
   * Stores a new row and queues it. Resolves with the row as it is stored, id included, once it is safe on this device.
   *
   * Rejects with `invalid-row` (not an object, refers to itself, holds what JSON cannot), `invalid-id`, `exists`,
   * `row-too-large`, `unknown-table`, `quota`, `store`, `update-required`, `cancelled`, `closed`, `internal`.
   */
  insert(row: NewRow<Columns>, options?: CallOptions): Promise<Row<Columns>>;

  /**
   * Changes the given members of a row; the others stay. Resolves with the whole row. A member that is given as it was
   * read is left alone: numbers that JavaScript cannot hold exactly survive.
   *
   * Rejects with `not-found`, `deleted` and the codes of {@link insert}, except `exists`.
   */
  update(row: Patch<Columns>, options?: CallOptions): Promise<Row<Columns>>;

  /**
   * Sets the whole row: members that are not given are gone. Resolves with the row.
   *
   * Rejects with the codes of {@link update}.
   */
  replace(row: Patch<Columns>, options?: CallOptions): Promise<Row<Columns>>;

  /**
   * Deletes a row, given by its id or itself.
   *
   * Rejects with `invalid-id`, `not-found`, `unknown-table`, `quota`, `store`, `update-required`, `cancelled`, `closed`,
   * `internal`.
   */
  del(row: string | { readonly id: string }, options?: CallOptions): Promise<void>;

  /**
   * Resolves with the row that is here under this id.
   *
   * Rejects with `not-found`, `invalid-id`, `unknown-table`, `store`, `cancelled`, `closed`, `internal`.
   */
  lookup(id: string, options?: CallOptions): Promise<Row<Columns>>;

  /**
   * Stores rows that the app has from elsewhere and queues them as inserts: all of them or, when it rejects, none.
   * Resolves with their number. When they are pushed, a row that the server already holds with the same members is
   * done, and one that differs is a conflict.
   *
   * Rejects with the codes of {@link insert}; the message says which row.
   */
  importRows(rows: readonly NewRow<Columns>[], options?: CallOptions): Promise<number>;

  /**
   * Brings what changed on the server. Rows with pending operations are left alone.
   *
   * With a `queryId` it is remembered how far this query was pulled, and the next pull brings only what changed since;
   * the query then has nothing but conditions. Without one every match is fetched each time. Pending operations of this
   * table are pushed first. What was pulled before a pull ended early is here; with a `queryId` the next one goes on from there.
   *
   * Rejects with `push-failed` (`error.result` tells what the push did; `error.pulled` what was pulled all the same),
   * `network`, `auth`, `server`, `not-a-table-server`, `table-not-found`, `refused`, `pull-stuck`, `invalid-query`,
   * `invalid-options`, `unknown-table`, `quota`, `store`, `cancelled`, `closed`, `internal`.
   */
  pull(query?: Query<Columns> | null, queryId?: string | null, options?: PullOptions): Promise<PullResult>;

  /**
   * Reads the table anew: forgets how far it was pulled, under every query id, then pulls with `compare`. Operations
   * that are still pending, and their rows, stay. For a table that is in doubt, such as after the server's database was
   * restored. Codes as {@link pull}.
   */
  resync(query?: Query<Columns> | null, queryId?: string | null, options?: ResyncOptions): Promise<PullResult>;

  /**
   * Removes rows from this device only, the server keeps them: those of a query that has nothing but conditions, or all.
   * Resolves with their number. It removes all of them or, when it rejects, none.
   *
   * `purge(query, true)` is the classic form of `{ force: true }`.
   *
   * Rejects with `pending-operations` (rows to remove have operations pending, and `force` is not set), `push-failed`,
   * `invalid-query`, `invalid-options`, `unknown-table`, `quota`, `store`, `update-required`, `cancelled`, `closed`,
   * `internal`.
   */
  purge(query?: Query<Columns> | null, options?: PurgeOptions | boolean): Promise<number>;
}

export interface ResyncOptions extends CallOptions {
  /** How many rows to ask for at a time. When absent: the server's own size, or 50 where it has none. */
  pageSize?: number;
  /** What to push first when the table has pending operations: everything (default), this table's, or nothing. */
  push?: 'all' | 'table' | 'none';
}

export interface PullOptions extends ResyncOptions {
  /**
   * Reads every match, whatever was pulled before, and removes the rows here that match and were not among them: those
   * that the server has deleted for good, or shows this user no more. Rows with pending operations stay. A query with
   * skip or take rejects with `invalid-query`.
   */
  compare?: boolean;
}

export interface PurgeOptions extends CallOptions {
  /** Removes rows with pending operations, too, and drops these operations. */
  force?: boolean;
  /**
   * Goes on remembering how far the table was pulled: what is removed comes back when it changes on the server.
   * Otherwise the next pull brings it again.
   */
  keepTokens?: boolean;
  /** Pushes the whole queue first. If that does not send everything, nothing is removed. */
  push?: boolean;
}

/** One of the pulls of {@link Client.pull}. */
export type TablePull<Schema> = {
  [Name in keyof Schema & string]: {
    table: Name;
    /** A query of this table with nothing but conditions; all rows when absent. */
    query?: Query<Schema[Name]> | null;
    /** As for {@link SyncTable.pull}. */
    queryId?: string | null;
  };
}[keyof Schema & string];

export interface PullResult {
  /** Rows in the server's answers, also those that were here already. */
  received: number;
  inserted: number;
  updated: number;
  deleted: number;
  /** Rows left alone because of pending operations. */
  skipped: number;
  pages: number;
  requests: number;
  /** Whether another query was pulled under this query id before, so that every match was read, as with `compare`. */
  restarted: boolean;
  /** The time up to which rows are here; '' without a query id. */
  token: string;
}

/** One change that waits to be pushed. */
export interface Operation {
  /** Its place in the queue; never reused. */
  readonly seq: number;
  readonly table: string;
  /** The id of the row. */
  readonly id: string;
  readonly action: 'insert' | 'update' | 'delete';
  /**
   * `pending`: not sent yet. `sent`: a request may have left. `attempted`: it failed and is sent again. `parked`: the
   * server refused it; edit its row, retry or discard it. `conflict`: the server's row is another one; decide.
   */
  readonly state: 'pending' | 'sent' | 'attempted' | 'parked' | 'conflict';
  /** How many requests may have left. */
  readonly tries: number;
  /** Why the last try failed; null when it has not. `status` is 0 when there was no answer. */
  readonly error: { readonly code: ErrorCode; readonly status: number; readonly message: string } | null;
}

/**
 * An operation that failed, with the records to decide about it. It speaks the classic client's words, too: calling one
 * of those that return `Promise<void>` decides. A second decision about what was decided is an error, `already-decided`,
 * that names both.
 */
export interface Failure extends Operation {
  /** The same as `table`. */
  readonly tableName: string;
  /** The same as `id`. */
  readonly itemId: string;
  /** The code of `error`. `held`: it waits for another row's operation, which failed. */
  readonly code: ErrorCode | null;
  /** The HTTP status of `error`; 0 when there was no answer. */
  readonly status: number;
  /** The message of `error`. */
  readonly message: string;
  /** The row as it is here; null when it is deleted here. */
  readonly client: Row<any> | null;
  /** The row as the server has it; null when it is deleted there, or not known. */
  readonly server: Row<any> | null;

  /** Whether it waits for a decision about a conflict; the same as `state === 'conflict'`. A function, as it was in the classic client. */
  isConflict(): boolean;
  /**
   * Whether it was decided. A handler that sets it to true and decides nothing has an operation that was refused sent
   * again; a conflict stays, as the flag does not say which row is to win. Setting it to false takes a call back.
   */
  isHandled: boolean;
  getTableName(): string;
  getAction(): 'insert' | 'update' | 'delete';
  /** A copy of `server`. */
  getServerRecord(): any;
  /** A copy of `client`. */
  getClientRecord(): any;
  /** Why it failed; with `status`, and `request.status` as it was in the classic client. */
  getError(): TidetableError;

  /** Drops the operation and makes this the local row, without sending it. Codes as {@link SyncContext.resolve}. */
  cancelAndUpdate(row: object): Promise<void>;
  /** Drops the operation and the local change: the newest known server row is shown, or none. Codes as {@link SyncContext.resolve}. */
  cancelAndDiscard(): Promise<void>;
  /** Drops the operation and leaves the local row as it is. Codes as {@link SyncContext.resolve}. */
  cancel(): Promise<void>;
  /** Makes this the local row and sends it, on top of the server's. Codes as {@link SyncContext.resolve}. */
  update(row: object): Promise<void>;
  /**
   * Has another action sent, with this row if one is given. It has to be given when the row was deleted here. Codes as
   * {@link SyncContext.resolve}.
   */
  changeAction(action: 'insert' | 'update', row?: object): Promise<void>;
  changeAction(action: 'delete' | 'del'): Promise<void>;
}

/**
 * What is to become of an operation that failed. `client`: send the local row, on top of the server's; `server` and
 * `discard`: drop the local change; `merge`: send this row instead; `forget`: drop the operation, and leave the local
 * row or show this one; `change`: send another action; `cancelPush`: leave it as it is and end the push.
 */
export type Decision =
  | { readonly kind: 'client' | 'server' | 'discard' | 'cancelPush' }
  | { readonly kind: 'merge'; readonly row: object }
  | { readonly kind: 'forget'; readonly row?: object }
  | { readonly kind: 'change'; readonly action: 'insert' | 'update' | 'delete'; readonly row?: object };

/**
 * What a push handler is asked about. It decides by returning what one of the five calls below returns, or by a call
 * with a classic name, the last of which counts. Both at once is an error: see {@link PushHandler}.
 *
 * Once the handler has returned without a decision, or `signal` has aborted, every call carries out its decision at once,
 * as those of {@link FailedOperation} do.
 */
export interface PushError extends Failure {
  /** The server's row that the local change started from; null for an insert. */
  readonly base: Row<any> | null;
  /** Aborts when nobody waits for the decision any more: the push was cancelled or the client closed. Close the dialog. */
  readonly signal: AbortSignal;
  /** Sends the local row again, on top of the server's. */
  keepClient(): Decision;
  /** Takes the server's row and drops the local change. */
  keepServer(): Decision;
  /** Makes this the local row and sends it, on top of the server's. */
  merge(row: object): Decision;
  /** Drops the local change. */
  discard(): Decision;
  /** Leaves the operation as it is and ends the push. */
  cancelPush(): Decision;
}

/**
 * An operation that a push could not finish. What is decided is carried out at once, and sent with the next push. When the
 * server has shown another row since, nothing is done and the call rejects with `conflict`: look at the conflict again.
 */
export interface FailedOperation extends Failure {
  /** Sends the local row again, on top of the server's. Codes as {@link SyncContext.resolve}. */
  keepClient(): Promise<void>;
  /** Takes the server's row and drops the operation. Codes as {@link SyncContext.resolve}. */
  keepServer(): Promise<void>;
  /** Makes this the local row and sends it. Codes as {@link SyncContext.resolve}. */
  merge(row: object): Promise<void>;
  /** Drops the operation, failed or not; the newest known server row is shown. Codes as {@link SyncContext.discard}. */
  discard(): Promise<void>;
}

/** A conflict that waits for a decision. */
export interface OpenConflict extends FailedOperation {
  /** The server's row that the local change started from; null for an insert. */
  readonly base: Row<any> | null;
}

export interface PushResult {
  /** `complete`: every operation has an outcome, though some may have failed. Otherwise what stopped the push. */
  reason: 'complete' | 'network' | 'auth' | 'cancelled' | 'server' | 'store';
  /** How many operations the server now has. */
  sent: number;
  /** The operations that failed, or wait for one that did, and are still queued. */
  errors: FailedOperation[];
  /** How many milliseconds the server asked to wait; 0 when it did not. */
  retryAfter: number;
}

export interface SyncResult {
  push: PushResult;
  pull: PullResult;
}

/** An operation in the hands of {@link PushHandler.onOperation}. */
export interface OutgoingOperation {
  /** Its place in the queue, as {@link Operation.seq}. */
  readonly id: number;
  readonly tableName: string;
  readonly itemId: string;
  readonly action: 'insert' | 'update' | 'delete';
  /** How many requests may have left before. */
  readonly tries: number;
  /**
   * A copy of the local row; null for a delete. Change it, or set another one with the same id, before `send`: that
   * becomes the local row and is what is sent. A row that may have been sent already goes out as it was.
   */
  item: any;
  /** Aborts when the push was cancelled or the client closed. */
  readonly signal: AbortSignal;
  /** Ends the push once the operations that are on their way are answered. This one can still be sent. */
  cancelPush(): void;
}

/**
 * An app's own steps in a push; each may be absent. Which of them there are is looked up when the handler is set.
 *
 * Handlers may take as long as they like: nothing else waits for `onConflict` and `onError`, and local reads and writes
 * wait for none. A push that waits for one ends when its signal is aborted, or the client closed. What `onConflict`,
 * `onError` or `onPushComplete` throws is reported as an uncaught error; the operation stays queued with its own error.
 * So does one that was answered twice, by a classic call and by a decision that was returned (`already-decided`).
 */
export interface PushHandler {
  /**
   * Called for each operation in place of sending it, for up to `parallel` rows of one table at a time. `send` resolves
   * with the row as the server has it now, null after a delete; or rejects with the code of the operation's error,
   * `invalid-row`, `invalid-id`, `not-found` (discarded meanwhile) or `invalid-options` (the handler has returned).
   * After a conflict the error has the server's row as `server`.
   *
   * `send` may be called again, also after a failure. Then a changed `op.item` is the decision about a conflict: it is
   * sent on top of the server's row. An unchanged one is in conflict as before.
   *
   * What the handler returns is ignored. An operation that it does not send stays queued. When it throws, or `send`
   * rejects and it does not catch that, the push rejects with `push-failed` and has the operation among its errors; the
   * code is that of the error, or `handler-failed`. Do not wait for another push, pull or sync in it: they come after.
   */
  onOperation?(op: OutgoingOperation, send: () => Promise<any>): void | Promise<unknown>;

  /**
   * Called for each conflict that the policy of the table leaves open, one at a time. Without a decision the conflict
   * stays for later: see {@link SyncContext.conflicts}. It is called again, without limit, when the server's row has
   * changed once more. A decision about a row that was edited here meanwhile does not count.
   */
  onConflict?(error: PushError): Decision | undefined | null | void | Promise<Decision | undefined | null | void>;

  /**
   * Called for each operation that the server refused, one at a time: at most five times for one operation until push,
   * sync or pull is called again. That the server cannot be reached is no operation's error; the result of the push says so.
   */
  onError?(error: PushError): Decision | undefined | null | void | Promise<Decision | undefined | null | void>;

  /** Called when a push has ended, whoever started it and however it ended. push() resolves or rejects after it. */
  onPushComplete?(result: PushResult): void | Promise<void>;
}

export interface PushOptions extends CallOptions {
  /** The tables whose operations are sent; all when absent. */
  tables?: string[];
  /**
   * Whether push() waits until onConflict and onError have decided, and sends what they did. Default: true. Otherwise
   * they are asked all the same, and what they decide is sent with the next push.
   */
  waitForHandlers?: boolean;
}

/** The operations queue. */
export interface SyncContext {
  /**
   * Who takes part in pushes; null: nobody, conflicts stay for later. It may be set or replaced at any time; set it
   * right after opening to be asked from the start. Throws `invalid-options` when it is no object, or a step no function.
   */
  pushHandler: PushHandler | null;

  /**
   * Sends the queue. Resolves when the server has taken everything.
   *
   * Rejects with `push-failed` otherwise; `error.result` is the same object as a success resolves with. Nothing is
   * lost: what was not taken stays queued. Rejects with `invalid-options`, `cancelled`, `closed`, `internal` too.
   */
  push(options?: PushOptions): Promise<PushResult>;

  /**
   * Resolves with the number of operations in the queue, of all tables or of one. Rejects with `invalid-options`,
   * `unknown-table`, `closed`, `internal`.
   */
  pending(table?: string): Promise<number>;

  /**
   * Resolves with the operations in the queue, in order, of all tables or of one. Rejects with `invalid-options`,
   * `unknown-table`, `closed`, `internal`.
   */
  operations(table?: string): Promise<Operation[]>;

  /** Resolves with the conflicts that wait for a decision. Rejects with `store`, `closed`, `internal`. */
  conflicts(): Promise<OpenConflict[]>;

  /**
   * Decides about an operation that is in conflict or was refused; `seq` is its number. Nothing happens when it is
   * solved already. The decision is sent with the next push.
   *
   * Rejects with `invalid-options` (it has not failed, or that is no decision), `invalid-row`, `invalid-id`, `quota`,
   * `store`, `closed`, `internal`.
   */
  resolve(seq: number, decision: Decision): Promise<void>;

  /**
   * Makes operations that are parked or in conflict be sent with the next push; without numbers, all of them.
   *
   * Rejects with `invalid-options`, `quota`, `store`, `closed`, `internal`.
   */
  retry(...seqs: number[]): Promise<void>;

  /**
   * Drops operations for good, those given by their numbers or, with 'all', the whole queue. Their rows are shown as
   * the server has them, as far as that is known.
   *
   * Rejects with `not-found` (one of them is not there; none was dropped), `invalid-options`, `quota`, `store`, `closed`,
   * `internal`.
   */
  discard(...seqs: number[]): Promise<void>;
  discard(all: 'all'): Promise<void>;

  /** The same as {@link discard}: back to what the server has. */
  revert(...seqs: number[]): Promise<void>;
  revert(all: 'all'): Promise<void>;
}

/** What a client is doing. */
export interface Status {
  readonly phase: 'idle' | 'pushing' | 'pulling';
  /** The table that is being pulled; '' when none is. */
  readonly table: string;
  /** Whether the last request got an answer; what the browser says about the network is only a hint. */
  readonly online: boolean;
  /** The number of operations in the queue. */
  readonly pending: number;
  /**
   * How many operations the push under way, or the last one, has sent, and of how many; or how many rows the pull under
   * way has received, and of how many, as far as the server tells.
   */
  readonly done: number;
  readonly total: number;
  /**
   * The tables that are declared, or were used since the client was opened. `lastPulled` is when a pull of the table last
   * ended well, in any tab; null: never, so that it may have no rows because nobody has asked for them. A pull that
   * brought nothing is known until the client is closed.
   */
  readonly tables: { readonly [name: string]: { readonly lastPulled: Date | null } };
  /** When a push, pull or sync last ended well; null when none did since the client was opened. */
  readonly lastSuccess: Date | null;
  /** Why the last one failed; null when it ended well. */
  readonly lastError: TidetableError | null;
  /** When auto-sync tries next after a failure; null when nothing is planned. */
  readonly nextRetry: Date | null;
}

/** What starts a sync without being asked. Members that are absent are on. */
export interface AutoSync {
  /** When the client opens. */
  start?: boolean;
  /** When the browser reports a network. */
  online?: boolean;
  /** When the page is shown again. */
  visible?: boolean;
  /** After local writes, that many milliseconds later; `true` is 200. */
  writes?: boolean | number;
  /** Every so many milliseconds; `true` is 60,000. After failures it starts with a few seconds and goes up to this. */
  timer?: boolean | number;
}

/** A request on its way to the server. Filters get a copy: change it by passing on another one. */
export interface TableRequest {
  readonly method: string;
  /** Absolute. */
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  /** JSON; null when there is none. */
  readonly body: string | null;
}

/**
 * Stands around every request. It passes the request on, changed or not, and returns the response, or one of its own:
 *
 * ```ts
 * const log = async (request, next) => {
 *   const response = await next(request);
 *   console.log(request.method, request.url, response.status);
 *   return response;
 * };
 * ```
 *
 * When it rejects, the request counts as one that got no answer.
 */
export type Filter = (request: TableRequest, next: (request: TableRequest) => Promise<Response>) => Response | Promise<Response>;

/** A column's type. It is a declaration for readers and tools; rows may have other members too, which are kept. */
export type ColumnType = 'string' | 'number' | 'boolean' | 'date' | 'object' | 'array';

export interface TableOptions {
  /** The columns and their types. */
  columns?: { [column: string]: ColumnType };
  /**
   * What happens when a row was changed both here and on the server. `fail` (default) asks the push handler, and keeps
   * the operation until it is decided; `client` sends the local row on top; `server` takes the server's; `merge` sends
   * what changed here on top of what changed there, and is `fail` where both changed the same column or one deleted the
   * row; `none` does not look: the last write wins.
   */
  conflict?: 'fail' | 'client' | 'server' | 'merge' | 'none';
  /**
   * Columns that hold ids of rows of other declared tables, and those tables: `{ orderId: 'orders' }`. What refers to a
   * row is sent after its insert, and a delete after what is queued for the rows that refer to it. When that fails they wait
   * and are among the push's errors, with `held`. Rows of a table that refers to itself are sent one after the other.
   */
  references?: { [column: string]: string };
  /**
   * The only columns to pull and to send, besides the system columns. The server must update rows column by column, as
   * those of `classic` and `legacy` do: where updates replace whole rows, writes and pulls of the table reject with
   * `invalid-options`.
   */
  partial?: string[];
}

export interface PullAllOptions extends CallOptions {
  /** What to push first, as for {@link SyncTable.pull}: everything (default), each table's own before its pull, or nothing. */
  push?: 'all' | 'table' | 'none';
}

/** A pull that client.sync() makes. */
export interface SyncPull<Schema> {
  table: keyof Schema & string;
  /** Remembers how far it was pulled, so that only what changed since is fetched; null or absent: every match. */
  queryId?: string | null;
  /** Keeps the rows to pull, as {@link Query.where}. */
  where?: string | { [column: string]: Argument | Argument[] };
}

export interface ClientOptions<Schema> extends CallOptions {
  /** Where the server is; tables are at `<url>/tables/<name>`. It need not be reachable. */
  url: string;
  /** The name of the local database. Default: 'tidetable'. Clients of one database share rows, queue and tokens. */
  database?: string;
  /**
   * How the server speaks: 'datasync' (Datasync Community Toolkit, or Azure Mobile Apps 6 and later), 'classic' (Azure
   * Mobile Apps before that) or 'legacy' (Azure Mobile Services). 'auto', the default, asks it with the first request,
   * once for the database.
   */
  protocol?: 'auto' | 'datasync' | 'classic' | 'legacy';
  /** The application key of Azure Mobile Services (X-ZUMO-APPLICATION). It makes the protocol 'legacy'. */
  applicationKey?: string;
  /** Headers for every request. */
  headers?: { [name: string]: string };
  /** Query parameters for every request. */
  params?: { [name: string]: string };
  /** Tells the server which installation this is (X-ZUMO-INSTALLATION-ID). */
  installationId?: string;
  /**
   * Tells the server what each request makes use of and the version of Tidetable, for its logs (X-ZUMO-FEATURES,
   * X-ZUMO-VERSION). A server of another origin has to allow these headers. Default: false.
   */
  features?: boolean;
  /** How long to wait for an answer, in milliseconds. Default: 60,000. */
  timeout?: number;
  /** Stand around every request, the first one outermost. */
  filters?: Filter[];
  /** The tables of the database. When absent, every name can be used. */
  tables?: { [Name in keyof Schema & string]?: TableOptions };
  /**
   * Gives the token of the signed-in user, or nothing. Called before each request, and once more with
   * `refresh: true` when the server answers 401. Tokens are never stored. It has 30 seconds.
   */
  auth?: (request: { refresh: boolean }) => string | null | undefined | Promise<string | null | undefined>;
  /** The header that carries the token. Default: 'Authorization', as `Bearer <token>`; any other holds the token alone. */
  authHeader?: string;
  /** When to sync, and what client.sync() pulls. When absent, nothing is sent until push, pull or sync is called. */
  sync?: {
    /** Syncs without being asked: all triggers, or those that are not turned off. */
    auto?: boolean | AutoSync;
    /** The pulls of a sync, in order. */
    pull?: SyncPull<Schema>[];
  };
  /** Where the engine runs. This version runs it on the page. */
  worker?: false | 'auto';
  /**
   * What a write waits for: 'strict' until it is on the disk (default for local writes), 'relaxed' until the operating
   * system has it (default for what was pulled, which can be pulled again).
   */
  durability?: { writes?: 'strict' | 'relaxed'; pulls?: 'strict' | 'relaxed' };
  /**
   * How many operations of one table a push sends at the same time, 1 to 16. Default: 6, as many as browsers have
   * connections to one HTTP/1.1 server. With 1 every request waits for the answer to the one before.
   */
  parallel?: number;
}

/** Something that stops nothing but should be known. */
export interface Warning {
  /**
   * `no-version`: rows of this table carry no version, so that conflicts cannot be found. `no-time`: they carry no
   * `updatedAt`, so that every pull reads the whole table.
   */
  readonly code: ErrorCode;
  readonly table: string;
  readonly message: string;
}

/** The events of a client. */
export interface ClientEvents {
  /** The status changed; `detail` is the new one. */
  status: CustomEvent<Status>;
  /** Told once for each table and code. */
  warning: CustomEvent<Warning>;
}

/** A database and its server. Opened by {@link openClient}. */
export interface Client<Schema = AnySchema> extends EventTarget {
  readonly url: string;
  readonly database: string;
  /** The version of Tidetable. */
  readonly version: string;
  /** Where the engine runs. */
  readonly mode: 'page';
  /** How the data is kept. */
  readonly storage: { readonly mode: 'indexeddb' };
  /** What the client is doing, as of the last event. */
  readonly status: Status;
  /** The operations queue. */
  readonly syncContext: SyncContext;

  /** The sync table of that name. Calls of a table that was not declared reject with `unknown-table`. */
  getSyncTable<Name extends keyof Schema & string>(name: Name): SyncTable<Schema[Name]>;

  /** A table about the queue or the pulls, to be read. */
  getSystemTable(name: 'operations' | 'MS_TableOperations'): SystemQuery<OperationRow>;
  getSystemTable(name: 'errors' | 'MS_TableOperationErrors'): SystemQuery<ErrorRow>;
  getSystemTable(name: 'config' | 'MS_TableConfig'): SystemQuery<ConfigRow>;

  /**
   * Pulls several tables, or several queries of one, in order, after one push. Resolves with a result for each. A table's
   * rows are here as soon as its pull has ended.
   *
   * Rejects with the codes of {@link SyncTable.pull}. `error.results` has the results of the pulls that ended before it
   * did, in order; with `push-failed` and single operations that failed, those of all.
   */
  pull(pulls: readonly TablePull<Schema>[], options?: PullAllOptions): Promise<PullResult[]>;

  /**
   * Pushes, then makes the configured pulls. Operations that fail do not stop the pulls. Resolves with both results;
   * look at `push.errors`.
   *
   * Rejects when the server cannot be reached or does not serve: with `push-failed` (`error.result` tells why), or with
   * a code of {@link SyncTable.pull}.
   */
  sync(options?: CallOptions): Promise<SyncResult>;

  /**
   * Turns auto-sync off or on, with the triggers given here or last time. Resolves when it is done.
   *
   * Rejects with `invalid-options`, `closed`, `internal`.
   */
  autoSync(wanted: boolean | AutoSync): Promise<void>;

  /**
   * Ends what is under way and releases the database. Other calls reject with `closed`; a write that was under way may
   * be there. Closing twice is allowed. Rejects with `store`, `internal`.
   */
  close(): Promise<void>;

  addEventListener<Type extends keyof ClientEvents>(
    type: Type, listener: (event: ClientEvents[Type]) => void, options?: boolean | AddEventListenerOptions): void;
  addEventListener(
    type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<Type extends keyof ClientEvents>(
    type: Type, listener: (event: ClientEvents[Type]) => void, options?: boolean | EventListenerOptions): void;
  removeEventListener(
    type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;
}

/**
 * Opens a database. Works without a network and with a server that cannot be reached.
 *
 * Rejects with `invalid-options` (the message names the option), `invalid-query`, `store`, `quota`, `update-required`,
 * `wasm-not-loaded`, `wasm-blocked`, `stale-build`, `cancelled`, `internal`.
 */
export function openClient<Schema extends Tables<Schema> = AnySchema>(options: ClientOptions<Schema>): Promise<Client<Schema>>;

/** The version of Tidetable. */
export const version: string;

/** The kinds of failures. docs/error-codes.md says for each what happened and what to do. */
export type ErrorCode =
  | 'invalid-options' | 'invalid-id' | 'invalid-row' | 'invalid-query' | 'unknown-table'
  | 'exists' | 'not-found' | 'deleted' | 'row-too-large'
  | 'closed' | 'cancelled' | 'store' | 'quota' | 'update-required' | 'internal'
  | 'network' | 'auth' | 'server' | 'not-a-table-server' | 'table-not-found' | 'refused' | 'conflict' | 'held'
  | 'handler-failed' | 'already-decided' | 'no-version' | 'no-time'
  | 'push-failed' | 'pending-operations' | 'pull-stuck'
  | 'wasm-not-loaded' | 'wasm-blocked' | 'stale-build';

/** What every call rejects with. */
export class TidetableError extends Error {
  readonly name: 'TidetableError';
  /** The kind of failure; codes are stable. */
  readonly code: ErrorCode;
  /** What is behind it; with `cancelled` the reason of the signal. */
  readonly cause?: unknown;
  /** The table, when it concerns one. */
  readonly table?: string;
  /** The id of the row, when it concerns one. */
  readonly id?: string;
  /** What the push did, with `push-failed` (and `cancelled`, when a push was). */
  readonly result?: PushResult;
  /** What was pulled all the same, with `push-failed`. */
  readonly pulled?: PullResult;
  /** What was pulled all the same, with errors of {@link Client.pull}. */
  readonly results?: PullResult[];
  /** The HTTP status, with the errors of {@link PushHandler.onOperation}'s `send` and {@link Failure.getError}. */
  readonly status?: number;
  /** The same in the classic client's place, with {@link Failure.getError}. */
  readonly request?: { readonly status: number };
  /** The server's row, with a `conflict` of `send`; null when it is deleted there. */
  readonly server?: Row<any> | null;
}
