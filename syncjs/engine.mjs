// The engine of this page: one running wasm, shared by all clients. Everything that crosses is a message: a call is
// (number, client, name, JSON text) and is answered by number; events and questions come the other way.

import { TidetableError, cancelled, errorFrom } from './errors.mjs';
import { checkSignal } from './options.mjs';
import { start } from './start.mjs';

/** The version of these modules; the wasm has to be of the same one. */
export const version = '0.1.0';

const WITHDRAWN = new TidetableError('cancelled', 'tidetable: nobody waits for the answer any more: the push was cancelled, or the client closed');

let running;

/** The page's engine; started at the first call, and again after it has failed. */
export function engine() {
  return (running ??= launch());
}

function launch() {
  const launched = new Engine();
  const forget = () => { if (running === opening) running = undefined; };
  const opening = launched.start(forget).catch((error) => { forget(); throw error; });
  return opening;
}

class Engine {
  #post; // gives a message to Go
  #fault; // why the engine has stopped
  #last = 0; // the number of the latest call or client
  #calls = new Map(); // number → { resolve, reject, release }
  #clients = new Map(); // number → what hears a client's events and answers its questions
  #asked = new Map(); // number → the AbortController of a question that waits for an answer

  /** Resolves when Go is ready for calls. `ended` is called when it has stopped for good. */
  start(ended) {
    return new Promise((resolve, reject) => {
      // Go calls these, so none of them may throw.
      start({
        ready: (built, post) => {
          this.#post = post;
          if (built === version) resolve(this);
          else reject(new TidetableError('stale-build', `tidetable: index.mjs is version ${version} and tidetable.wasm ${built}; reload, or deploy both again`));
        },
        answer: (number, text, failed) => this.#answered(number, text, failed),
        // A microtask later Go is off the stack: what the page does then may call it, and throw.
        event: (client, type, text) => queueMicrotask(() => this.#clients.get(client)?.heard(type, JSON.parse(text))),
        ask: (number, client, name, text) => {
          this.#asked.set(number, new AbortController());
          queueMicrotask(() => this.#ask(number, client, name, text));
        },
        withdraw: (number) => {
          const question = this.#asked.get(number);
          this.#asked.delete(number);
          queueMicrotask(() => question?.abort(WITHDRAWN));
        },
        sender: (client) => this.#clients.get(client)?.send,
        lock: navigator.locks && lock,
        ended: (cause) => {
          ended();
          this.#stop(cause);
          reject(this.#fault);
        },
      }).catch(reject);
    });
  }

  /** Makes `client` known under the number returned, to which its events and questions come. */
  enlist(client) {
    this.#clients.set(++this.#last, client);
    return this.#last;
  }

  dismiss(number) {
    this.#clients.delete(number);
  }

  /**
   * Resolves with the answer. An aborted signal is passed on, and the promise then tells what really happened: a write
   * that was already on its way is there.
   */
  call(client, name, text, signal) {
    return new Promise((resolve, reject) => {
      if (this.#fault) throw this.#fault;
      if (signal !== undefined) checkSignal(name, signal);
      if (signal?.aborted) throw cancelled(signal);
      const number = ++this.#last;
      const abort = () => this.#send(number, client, 'cancel', '');
      signal?.addEventListener('abort', abort);
      this.#calls.set(number, { resolve, signal, reject, release: () => signal?.removeEventListener('abort', abort) });
      this.#send(number, client, name, text);
    });
  }

  #send(...message) {
    try {
      this.#post(...message);
    } catch (cause) {
      this.#stop(cause);
    }
  }

  #answered(number, text, failed) {
    const call = this.#calls.get(number);
    if (!call) return;
    this.#calls.delete(number);
    call.release();
    try {
      const value = text === undefined ? undefined : JSON.parse(text);
      if (!failed) call.resolve(value);
      else if (call.signal?.aborted && (value.code === 'cancelled' || value.result?.reason === 'cancelled')) call.reject(cancelled(call.signal, value.result));
      else call.reject(errorFrom(value));
    } catch (cause) {
      call.reject(new TidetableError('internal', 'tidetable: the engine answered with broken JSON', { cause }));
    }
  }

  async #ask(number, client, name, text) {
    const signal = this.#asked.get(number)?.signal;
    if (!signal) return; // withdrawn before it was read
    let answer;
    try {
      answer = `{"value":${await this.#clients.get(client).asked(name, JSON.parse(text), { number, signal })}}`;
    } catch (error) {
      answer = JSON.stringify({ error: String(error?.message ?? error), code: error instanceof TidetableError ? error.code : undefined });
    }
    if (this.#asked.delete(number)) this.#send(number, client, 'answer', answer);
  }

  // Go has ended: nobody will answer any more.
  #stop(cause) {
    this.#fault ??= new TidetableError('internal', 'tidetable: the engine has stopped; the console may say why. Open the client again', { cause });
    for (const call of this.#calls.values()) {
      call.release();
      call.reject(this.#fault);
    }
    this.#calls.clear();
    for (const client of this.#clients.values()) client.lost(this.#fault);
    this.#clients.clear();
    for (const question of this.#asked.values()) question.abort(this.#fault);
    this.#asked.clear();
  }
}

/** Resolves when the Web Lock of that name is held. It is held until `signal` aborts. */
function lock(name, signal) {
  return new Promise((granted, reject) => {
    navigator.locks.request(name, { signal }, () => {
      granted();
      return new Promise((release) => signal.addEventListener('abort', release));
    }).catch(reject);
  });
}
