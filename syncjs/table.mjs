// A sync table: the query for all of its rows, and the calls that change them.

import { TidetableError, kindOf, rowText } from './errors.mjs';
import { checkPull, checkPurge } from './options.mjs';
import { Query, textOfQueryOf } from './query.mjs';

export class SyncTable extends Query {
  #source;

  constructor(client, name) {
    const source = { client, name, call: 'read' };
    super(source);
    this.#source = source;
  }

  get name() {
    return this.#source.name;
  }

  async insert(row, options) {
    return this.#write('insert', row, options);
  }

  async update(row, options) {
    return this.#write('update', row, options);
  }

  async replace(row, options) {
    return this.#write('replace', row, options);
  }

  async del(target, options) {
    return this.#call('delete', `"id":${this.#idText('del', target?.id ?? target)}`, options);
  }

  async lookup(id, options) {
    return this.#call('lookup', `"id":${this.#idText('lookup', id)}`, options);
  }

  async importRows(rows, options) {
    if (!Array.isArray(rows)) {
      throw new TidetableError('invalid-row', `tidetable: importRows: table '${this.name}': the rows must be an array, not ${kindOf(rows)}`, { table: this.name });
    }
    const texts = Array.from(rows, (row, index) => rowText(row, `importRows: row ${index}`, this.name));
    return this.#call('import', `"rows":[${texts}]`, options);
  }

  async pull(query, queryId, options) {
    return this.#pull('pull', query, queryId, options);
  }

  async resync(query, queryId, options) {
    return this.#pull('resync', query, queryId, options);
  }

  async purge(query, options = {}) {
    const { signal, ...rest } = checkPurge(options);
    return this.#call('purge', `"query":${textOfQueryOf('purge', query, this.#source)},"options":${JSON.stringify(rest)}`, { signal });
  }

  #pull(name, query, queryId, options = {}) {
    checkPull(name, options, queryId);
    const { signal, ...rest } = options;
    const members = JSON.stringify({ queryId: queryId ?? '', ...rest }).slice(1, -1);
    return this.#call(name, `"query":${textOfQueryOf(name, query, this.#source)},${members}`, { signal });
  }

  #write(name, row, options) {
    return this.#call(name, `"row":${rowText(row, name, this.name)}`, options);
  }

  #call(name, members, { signal } = {}) {
    return this.#source.client.call(name, `{"table":${JSON.stringify(this.name)},${members}}`, signal);
  }

  #idText(call, id) {
    if (typeof id !== 'string') {
      throw new TidetableError('invalid-id', `tidetable: ${call}: table '${this.name}': an id must be a string, not ${kindOf(id)}`, { table: this.name });
    }
    return JSON.stringify(id);
  }
}
