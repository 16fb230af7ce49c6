// What the tests work with: clients that are closed afterwards, a server in the place of fetch, and assertions.

import { openClient } from '../index.mjs';
import { TableServer } from './tableserver.mjs';

let last = 0;

/** Runs one test and cleans up after it. */
export async function run(test) {
  const clients = [];
  const server = new TableServer();
  const realFetch = globalThis.fetch;
  globalThis.fetch = (url, init = { method: 'GET' }) => server.fetch(new URL(url), init);
  const database = `test-${++last}`;
  const open = async (options) => {
    const client = await openClient({ url: 'https://server.test', protocol: 'datasync', database, ...options });
    clients.push(client);
    return client;
  };
  try {
    await test({ open, server, database, disk: globalThis.tidetableTest });
  } finally {
    await Promise.all(clients.map((client) => client.close()));
    globalThis.fetch = realFetch;
  }
}

export function equal(actual, expected, what = 'value') {
  const [a, b] = [actual, expected].map((value) => (typeof value === 'object' && value !== null ? JSON.stringify(value) : value));
  if (!Object.is(a, b)) throw new Error(`${what}: expected ${b}, got ${a}`);
}

export function matches(text, pattern) {
  if (!pattern.test(text)) throw new Error(`expected something like ${pattern}, got '${text}'`);
}

/** Waits for the rejection of a promise, checks its code and resolves with the error. */
export async function rejects(promise, code, message = /./) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    equal(error.name, 'TidetableError', `name of ${error}`);
    equal(error.code, code, `code of ${error}`);
    matches(error.message, message);
    return error;
  }
  throw new Error(`expected a rejection with '${code}', got ${JSON.stringify(value)}`);
}

/** Makes a row that was changed both here and on the server. */
export async function inConflict(open, server, options) {
  server.put('todoitem', { id: 'a', text: 'base' });
  const client = await open(options);
  const todos = client.getSyncTable('todoitem');
  await todos.pull();
  server.put('todoitem', { id: 'a', text: 'server' });
  await todos.update({ id: 'a', text: 'client' });
  return { client, todos };
}

/** Catches errors that nobody else does; the function returned ends that and returns them. */
export function uncaught() {
  const errors = [];
  const listen = (event) => {
    event.preventDefault();
    errors.push(event.error);
  };
  addEventListener('error', listen);
  return () => {
    removeEventListener('error', listen);
    return errors;
  };
}

/** A promise with its resolve function beside it. */
export function deferred() {
  let resolve;
  const promise = new Promise((done) => { resolve = done; });
  return { promise, resolve };
}

/** Collects what a callback is called with; next() resolves with the oldest call not taken yet. */
export class Calls {
  #taken = 0;
  #waiting = [];
  all = [];

  add = (...args) => {
    this.all.push(args);
    this.#waiting.shift()?.();
  };

  async next() {
    const index = this.#taken++;
    while (this.all.length <= index) await new Promise((resolve) => this.#waiting.push(resolve));
    return this.all[index];
  }
}
