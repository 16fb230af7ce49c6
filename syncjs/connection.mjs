// A client's line to the engine: its calls, its events, and the questions that it is asked.

import { TidetableError, errorFrom } from './errors.mjs';
import { withChoices } from './failures.mjs';

const CLOSED = 'tidetable: the client is closed; open it again';

export class Connection {
  #engine;
  #number;
  #ended; // the error of every further call
  #live = new Map(); // number → the LiveRows of a subscription
  #last = 0;
  #page;

  /** The function the engine sends requests with. */
  send;

  /** `page` hears what happens, { status(status), warning(warning), pushed(result) }, and answers questions: asked(). */
  constructor(engine, send, page) {
    this.#engine = engine;
    this.#page = page;
    this.send = send;
    this.#number = engine.enlist(this);
  }

  async call(name, text = '{}', signal) {
    if (this.#ended) throw this.#ended;
    try {
      return await this.#engine.call(this.#number, name, text, signal);
    } catch (error) {
      if (error.result) error.result.errors = withChoices(this, error.result.errors);
      throw error;
    }
  }

  /** Starts a live query; `describe` makes its JSON text. Returns what ends it. */
  subscribe(live, describe) {
    const number = ++this.#last;
    this.#live.set(number, live);
    const fail = (error) => {
      if (this.#live.delete(number)) live.failed(error);
    };
    (async () => this.call('subscribe', describe(number)))().catch(fail);
    return () => {
      if (this.#live.delete(number)) this.call('unsubscribe', `{"sub":${number}}`).catch(() => {}); // ended with its client
    };
  }

  async close() {
    if (this.#ended) return;
    const closing = this.call('close');
    this.#live.clear();
    this.#ended = new TidetableError('closed', CLOSED);
    await closing.finally(() => this.#engine.dismiss(this.#number));
  }

  /** Gives up a line on which nothing was opened. */
  abandon(error) {
    this.#ended = error;
    this.#engine.dismiss(this.#number);
  }

  /** The engine tells something. */
  heard(type, message) {
    if (type === 'status') return this.#page.status(statusFrom(message));
    if (type === 'tables') return this.#page.status({ tables: tablesFrom(message) });
    if (type !== 'rows') return this.#page[type](message);
    const live = this.#live.get(message.sub);
    if (live && message.error) live.failed(errorFrom(message.error));
    else live?.apply(message);
  }

  /** The engine asks something; see askHandler. */
  asked(...question) {
    return this.#page.asked(...question);
  }

  /** The engine has stopped. */
  lost(error) {
    this.#ended ??= error;
    for (const live of this.#live.values()) live.failed(error);
    this.#live.clear();
    this.#page.status({ phase: 'idle', lastError: error, nextRetry: null });
  }
}

const date = (text) => (text ? new Date(text) : null);

/** A status with its times as Dates and its error as one. */
function statusFrom({ lastSuccess, nextRetry, lastError, ...status }) {
  return { ...status, lastSuccess: date(lastSuccess), nextRetry: date(nextRetry), lastError: lastError ? errorFrom(lastError) : null };
}

/** When tables were last pulled, by their names. */
function tablesFrom(times) {
  return Object.freeze(Object.fromEntries(Object.entries(times).map(([name, time]) => [name, Object.freeze({ lastPulled: date(time) })])));
}
