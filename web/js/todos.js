// The model: the list as the page sees it. It alone talks to the sync client; views call its methods and listen to its events.

import { TABLE, triggers } from './client.js';

const READ_PAUSE = 100; // between two readings of the operations queue, in milliseconds

const FILTERS = {
  all: () => true,
  active: (row) => !row.complete,
  done: (row) => row.complete,
};

/**
 * Todos owns the rows and the state of synchronization.
 *
 * Events: `rows` when the list changed, `sync` when anything about synchronization changed.
 */
export class Todos extends EventTarget {
  #connection;
  #conflicts;
  #remembered;
  #opening; // the client's promise; every write waits for it, so items can be added while the client still loads
  #client = null;
  #rows = null;
  #operations = new Map(); // row id → its operation that waits to be pushed
  #reading = false;
  #stale = false; // the operations may have changed since they were read
  #filter = 'all';
  #failure = null;

  constructor({ connection, conflicts, remembered }) {
    super();
    this.#connection = connection;
    this.#conflicts = conflicts;
    this.#remembered = remembered;
    connection.addEventListener('traffic', () => this.#announce('sync'));
    connection.addEventListener('change', () => this.#connectionTurned());
    remembered.addEventListener('change', ({ detail }) => {
      if (detail === 'autosync') this.#client?.autoSync(triggers(remembered.get('autosync')));
    });
  }

  /** Opens the list; rejects with the reason when that fails. */
  async open(openClient) {
    const autosync = this.#remembered.get('autosync');
    this.#opening = openClient({ filter: this.#connection.filter, autosync });
    try {
      this.#start(await this.#opening);
    } catch (error) {
      this.#failure = error;
      this.#announce('sync');
      this.#announce('rows');
      throw error;
    }
  }

  /** The rows that pass the filter, in their order; null until they were read for the first time. */
  get shown() {
    return this.#rows?.filter(FILTERS[this.#filter]) ?? null;
  }

  /** How many rows there are, and how many of them are still to do. */
  get counts() {
    const all = this.#rows ?? [];
    return { all: all.length, active: all.filter(FILTERS.active).length };
  }

  /** Which rows are shown: 'all', 'active' or 'done'. */
  get filter() {
    return this.#filter;
  }

  set filter(name) {
    if (!(name in FILTERS) || name === this.#filter) return;
    this.#filter = name;
    this.#announce('rows');
  }

  /** The row with this id, or undefined. */
  find(id) {
    return this.#rows?.find((row) => row.id === id);
  }

  /** How far the change of a row got that is not on the server yet: 'unsent', 'refused' or 'conflict'; null when there is none. */
  mark(id) {
    const operation = this.#operations.get(id);
    return operation ? markOf(operation) : null;
  }

  /** Everything a view needs to tell how synchronization stands. */
  get sync() {
    const marks = [...this.#operations.values()].map(markOf);
    return {
      failure: this.#failure,
      status: this.#client?.status ?? null,
      lastSynced: this.#remembered.get('lastSynced'),
      connected: this.#connection.connected,
      busy: this.#connection.busy,
      conflicts: marks.filter((mark) => mark === 'conflict').length,
      refused: marks.filter((mark) => mark === 'refused').length,
    };
  }

  async add(text) {
    await this.#opening;
    await this.#table.insert({ text, complete: false, position: Date.now() });
  }

  async change(id, members) {
    await this.#opening;
    await this.#table.update({ id, ...members });
  }

  async remove(id) {
    await this.#opening;
    await this.#table.del(id);
  }

  /**
   * Sends and receives now, and with it all that was put off or refused before: whoever presses Sync expects that. Rejects when
   * the server could not be reached; single operations that failed are told by their marks.
   */
  async refresh() {
    await this.#opening;
    this.#conflicts.reopen();
    const { syncContext } = this.#client;
    const refused = (await syncContext.operations()).filter((operation) => markOf(operation) === 'refused');
    if (refused.length > 0) await syncContext.retry(...refused.map(({ seq }) => seq));
    await this.#client.sync();
  }

  get #table() {
    return this.#client.getSyncTable(TABLE);
  }

  #start(client) {
    this.#client = client;
    client.syncContext.pushHandler = { onConflict: (conflict) => this.#conflicts.handle(conflict) };
    client.addEventListener('status', () => this.#statusChanged());
    this.#table.orderBy('position', 'id').subscribe((rows) => {
      this.#rows = rows;
      this.#announce('rows');
    });
    this.#statusChanged();
  }

  #statusChanged() {
    const { lastSuccess } = this.#client.status;
    if (lastSuccess) this.#remembered.set('lastSynced', new Date(lastSuccess).toISOString());
    this.#announce('sync');
    this.#stale = true;
    if (!this.#reading) this.#readOperations();
  }

  // A long push tells of every operation that it sent; the whole queue is not read again for each.
  async #readOperations() {
    this.#reading = true;
    while (this.#stale) {
      this.#stale = false;
      const operations = await this.#client.syncContext.operations().catch(() => []); // none of a closed client
      this.#operationsRead(operations);
      await new Promise((resolve) => {
        setTimeout(resolve, READ_PAUSE);
      });
    }
    this.#reading = false;
  }

  #operationsRead(operations) {
    if (operations.length === 0 && this.#operations.size === 0) return;
    this.#operations = new Map(operations.map((operation) => [operation.id, operation]));
    this.#conflicts.settle(this.#operations);
    this.#announce('rows');
    this.#announce('sync');
  }

  // A connection that is back is worth a try at once, unless the user wants to say when.
  #connectionTurned() {
    this.#announce('sync');
    if (this.#connection.connected && this.#remembered.get('autosync')) {
      this.#client?.sync().catch(() => {}); // how it ended is in the status
    }
  }

  #announce(name) {
    this.dispatchEvent(new Event(name));
  }
}

// Operations in these states wait for somebody, all others for the next push.
const MARKS = { conflict: 'conflict', parked: 'refused' };

function markOf({ state }) {
  return MARKS[state] ?? 'unsent';
}
