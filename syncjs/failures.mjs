// Operations that failed, and what can be decided about them: in a push handler, or at any time.

import { TidetableError, kindOf, rowText } from './errors.mjs';

/** Ends the asking: the text of the decision, made by what a handler returned or called; null when it made none. */
export let answerOf;

/** A row that is in conflict or was refused, with what can be done about it. */
export class PushError {
  #carryOut; // (text of a decision) → promise
  #asking; // whether a handler is being asked: what it decides is noted until it returns
  #noted; // { by, text }: what it decided last
  #decided; // by what it was decided for good

  /** With a signal a handler is asked, until it returns or the signal aborts. */
  constructor({ operation, ...records }, carryOut, signal) {
    Object.assign(this, operation, records, signal && { signal });
    this.#carryOut = carryOut;
    this.#asking = signal !== undefined;
    signal?.addEventListener('abort', () => this.#stop());
  }

  static {
    answerOf = (failed, returned) => failed.#answer(returned);
  }

  get tableName() {
    return this.table;
  }

  get itemId() {
    return this.id;
  }

  get code() {
    return this.error?.code ?? null;
  }

  get status() {
    return this.error?.status ?? 0;
  }

  get message() {
    return this.error?.message ?? '';
  }

  // A handler decides by returning what one of these returns.

  keepClient() {
    return this.#offer('keepClient', { kind: 'client' });
  }

  keepServer() {
    return this.#offer('keepServer', { kind: 'server' });
  }

  merge(row) {
    return this.#offer('merge', { kind: 'merge', row });
  }

  discard() {
    return this.#offer('discard', { kind: 'discard' });
  }

  cancelPush() {
    return this.#offer('cancelPush', { kind: 'cancelPush' });
  }

  // The words of the classic client. Calling one decides.

  isConflict() {
    return this.state === 'conflict';
  }

  get isHandled() {
    return Boolean(this.#noted ?? this.#decided);
  }

  // What was refused is sent again. Which row wins a conflict a flag cannot say.
  set isHandled(handled) {
    if (!handled) this.#noted = undefined;
    else if (this.#asking && !this.isConflict()) this.#noted ??= { by: 'isHandled', text: '{"kind":"client"}' };
  }

  getTableName() {
    return this.table;
  }

  getAction() {
    return this.action;
  }

  getServerRecord() {
    return structuredClone(this.server);
  }

  getClientRecord() {
    return structuredClone(this.client);
  }

  getError() {
    const { code, message, table, id, status } = this;
    return new TidetableError(code, message, { table, id, status, request: { status } });
  }

  cancelAndUpdate(row) {
    return this.#decide('cancelAndUpdate', { kind: 'forget', row });
  }

  cancelAndDiscard() {
    return this.#decide('cancelAndDiscard', { kind: 'discard' });
  }

  cancel() {
    return this.#decide('cancel', { kind: 'forget' });
  }

  update(row) {
    return this.#decide('update', { kind: 'merge', row });
  }

  changeAction(name, row) {
    const action = name === 'del' ? 'delete' : name;
    // Whoever deletes a row here has none to send: it must be given.
    const given = action === 'delete' || (row === undefined && this.client) ? {} : { row };
    return this.#decide('changeAction', { kind: 'change', action, ...given });
  }

  #offer(by, decision) {
    return this.#asking ? Object.freeze(decision) : this.#decide(by, decision);
  }

  async #decide(by, decision) {
    const text = decisionText(decision, this.table);
    if (this.#asking) {
      this.#noted = { by, text };
      return;
    }
    if (this.#decided) throw this.#twice(this.#decided, by);
    this.#decided = by;
    try {
      await this.#carryOut(text);
    } catch (error) {
      this.#decided = undefined;
      throw error;
    }
  }

  #stop() {
    const noted = this.#noted;
    this.#asking = false;
    this.#noted = undefined;
    return noted;
  }

  #answer(returned) {
    if (!this.#asking) return null; // nobody waits any more
    const noted = this.#stop();
    let answer = noted;
    if (returned !== undefined && returned !== null) {
      answer = { by: `returning '${returned.kind}'`, text: decisionText(returned, this.table) };
      if (noted) throw this.#twice(noted.by, answer.by);
    }
    this.#decided = answer?.by;
    return answer?.text ?? null;
  }

  #twice(first, second) {
    const { table, id } = this;
    return new TidetableError('already-decided', `tidetable: table '${table}': row '${id}': decided twice, by ${first} and by ${second}; only one can hold`, { table, id });
  }
}

/** The entries of a list of conflicts or of a push result, with calls that carry out a decision at once. */
export function withChoices(connection, entries) {
  return entries.map((entry) => new PushError(entry, atOnce(connection, entry)));
}

/** What carries out a decision about one of these. It holds for the server's row that was seen. */
export function atOnce(connection, { operation, server }) {
  return (text) => carryOut(connection, operation.seq, text, server?.version);
}

/** Carries out a decision about an operation. */
export function carryOut(connection, seq, text, seen) {
  const number = JSON.stringify(seq) ?? null;
  // Any operation can be discarded, failed or not.
  if (text === '{"kind":"discard"}') return connection.call('discard', `{"seqs":[${number}]}`);
  return connection.call('resolve', `{"seq":${number},"seen":${JSON.stringify(seen ?? '')},${text.slice(1)}`);
}

/** The JSON text of a decision about a row of that table. */
export function decisionText(decision, table) {
  const { kind, action, row } = decision ?? {};
  const members = [`"kind":${JSON.stringify(kind)}`];
  const refuse = (problem) => new TidetableError('invalid-options', `tidetable: ${problem}`, { table });
  if (kind === 'change') {
    if (!['insert', 'update', 'delete'].includes(action)) throw refuse(`changeAction: the action must be 'insert', 'update' or 'delete', not '${action}'`);
    members.push(`"action":"${action}"`);
  } else if (!['client', 'server', 'merge', 'discard', 'forget', 'cancelPush'].includes(kind)) {
    throw refuse(`a decision about an operation that failed is what keepClient(), keepServer(), merge(row), discard() or cancelPush() return, not ${kindOf(decision)}`);
  }
  if (kind === 'merge' || 'row' in decision) members.push(`"row":${rowText(row, kind, table)}`);
  return `{${members}}`;
}
