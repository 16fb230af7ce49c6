// What is waiting to be pushed.

import { TidetableError } from './errors.mjs';
import { carryOut, decisionText, withChoices } from './failures.mjs';
import { stepsOf } from './handlers.mjs';
import { checkPush, checkTable } from './options.mjs';

export class SyncContext {
  #connection;
  #handler = null;

  constructor(connection) {
    this.#connection = connection;
  }

  get pushHandler() {
    return this.#handler;
  }

  set pushHandler(handler) {
    const steps = stepsOf(handler ?? null);
    this.#handler = handler ?? null;
    // A client that is closed needs no handler.
    this.#connection.call('handle', steps).catch(() => {});
  }

  async push({ signal, ...options } = {}) {
    checkPush(options);
    const { waitForHandlers = true, ...rest } = options;
    return this.#connection.call('push', JSON.stringify({ ...rest, leave: !waitForHandlers }), signal);
  }

  async pending(table) {
    return this.#list('pending', table);
  }

  async operations(table) {
    return this.#list('operations', table);
  }

  async conflicts() {
    return withChoices(this.#connection, await this.#connection.call('conflicts'));
  }

  async resolve(seq, decision) {
    return carryOut(this.#connection, seq, decisionText(decision));
  }

  async retry(...seqs) {
    return this.#connection.call('retry', JSON.stringify({ seqs }));
  }

  async discard(...seqs) {
    const all = seqs.length === 1 && seqs[0] === 'all';
    if (seqs.length === 0) throw new TidetableError('invalid-options', "tidetable: discard: name the operations by their seq, or all of them by 'all'");
    return this.#connection.call('discard', JSON.stringify(all ? { all } : { seqs }));
  }

  async revert(...seqs) {
    return this.discard(...seqs);
  }

  #list(call, table) {
    if (table !== undefined) checkTable(call, table);
    return this.#connection.call(call, JSON.stringify({ table }));
  }
}
