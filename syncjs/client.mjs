// The client that openClient resolves with.

import { Connection } from './connection.mjs';
import { version } from './engine.mjs';
import { withChoices } from './failures.mjs';
import { askHandler, tellHandler } from './handlers.mjs';
import { sender } from './http.mjs';
import { checkAuto, checkPulls } from './options.mjs';
import { SyncContext } from './pushing.mjs';
import { LocalQuery, Query, queryText, textOfQueryOf } from './query.mjs';
import { SyncTable } from './table.mjs';

const TRIGGERS = { start: true, online: true, visible: true, writes: true, timer: true };
const INTERVALS = { writes: 200, timer: 60_000 };

export class Client extends EventTarget {
  #connection;
  #triggers;
  #status;
  #unwatch = () => {};
  #closed;

  constructor(engine, options) {
    super();
    this.#connection = new Connection(engine, sender(options), {
      status: (status) => this.#statusChanged(status),
      warning: (warning) => this.#announce('warning', Object.freeze(warning)),
      pushed: (result) => tellHandler(this.syncContext.pushHandler, this.#connection, result),
      asked: (...question) => askHandler(this.syncContext.pushHandler, this.#connection, ...question),
    });
    this.url = new URL(options.url).href;
    this.database = options.database ?? 'tidetable';
    this.version = version;
    this.mode = 'page';
    this.syncContext = new SyncContext(this.#connection);
  }

  /** Opens the database; to be called once, before anything else. */
  async open({ params, sync = {}, signal, protocol, applicationKey, installationId, features, tables, durability, parallel }) {
    const { origin, pathname, searchParams } = new URL(this.url);
    const { auto = false, pull = [] } = sync;
    this.#triggers = { ...TRIGGERS, ...(auto === false ? {} : auto) };
    try {
      const { storage } = await this.#connection.call('open', `{"pull":[${pull.map(configuredText)}],${JSON.stringify({
        url: origin + pathname,
        params: [...searchParams, ...Object.entries(params ?? {})],
        database: this.database,
        protocol,
        applicationKey,
        installationId,
        features,
        tables,
        durability,
        parallel,
        auto: this.#autoMessage(auto !== false),
      }).slice(1)}`, signal);
      this.storage = Object.freeze(storage);
    } catch (error) {
      this.#connection.abandon(error);
      throw error;
    }
    this.#watch();
  }

  get status() {
    return this.#status;
  }

  getSyncTable(name) {
    return new SyncTable(this.#connection, String(name));
  }

  getSystemTable(name) {
    return new LocalQuery({ client: this.#connection, name: String(name), call: 'readSystem' });
  }

  async pull(pulls, options = {}) {
    checkPulls(pulls, options);
    const { push = 'all', signal } = options;
    const texts = pulls.map((one) => pullText(one, textOfQueryOf('pull', one.query, { client: this.#connection, name: one.table })));
    return this.#connection.call('pullAll', `{"pulls":[${texts}],"push":"${push}"}`, signal);
  }

  async sync({ signal } = {}) {
    const result = await this.#connection.call('sync', undefined, signal);
    result.push.errors = withChoices(this.#connection, result.push.errors);
    return result;
  }

  async autoSync(wanted) {
    checkAuto(wanted);
    if (typeof wanted === 'object') this.#triggers = { ...TRIGGERS, ...wanted };
    return this.#connection.call('auto', JSON.stringify(this.#autoMessage(wanted !== false)));
  }

  async close() {
    this.#unwatch();
    return (this.#closed ??= this.#connection.close());
  }

  #statusChanged(message) {
    this.#status = Object.freeze({ ...this.#status, ...message });
    this.#announce('status', this.#status);
  }

  #announce(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #autoMessage(enabled) {
    const triggers = { ...this.#triggers };
    for (const [name, usual] of Object.entries(INTERVALS)) {
      if (typeof triggers[name] === 'boolean') triggers[name] = triggers[name] ? usual : 0;
    }
    return { enabled, ...triggers };
  }

  // What the browser says is passed on whether or not it may start a sync: the engine decides that.
  #watch() {
    const tell = (name) => {
      this.#connection.call('trigger', `{"name":"${name}"}`).catch(() => {}); // a closed client needs no triggers
    };
    const shown = () => { if (document.visibilityState === 'visible') tell('visible'); };
    const { online, offline } = { online: () => tell('online'), offline: () => tell('offline') };
    addEventListener('online', online);
    addEventListener('offline', offline);
    globalThis.document?.addEventListener('visibilitychange', shown);
    this.#unwatch = () => {
      removeEventListener('online', online);
      removeEventListener('offline', offline);
      globalThis.document?.removeEventListener('visibilitychange', shown);
    };
    if (navigator.onLine === false) tell('offline');
  }
}

function configuredText(pull) {
  return pullText(pull, queryText(pull.where === undefined ? undefined : new Query().where(pull.where)));
}

function pullText({ table, queryId }, query) {
  return `{"table":${JSON.stringify(table)},"queryId":${JSON.stringify(queryId ?? '')},"query":${query}}`;
}
