// Queries: immutable descriptions of rows. Nothing is checked before a query is used, so that mistakes reject its call.

import { TidetableError, kindOf } from './errors.mjs';
import { LiveRows } from './live.mjs';

/** The JSON text of a query, or of no query at all. */
export let queryText;
/** The same of what `call` was given for the table of that name and client; nothing stands for all rows. */
export let textOfQueryOf;

let sourceOf;

/** A query that can be read. */
export class LocalQuery {
  #source; // { client, name, call }: the table, and the call that reads it
  #parts;

  constructor(source, parts = {}) {
    this.#source = source;
    this.#parts = parts;
  }

  static {
    sourceOf = (query) => query.#source;
    queryText = (query) => JSON.stringify(query ? described(query.#parts) : {});
    textOfQueryOf = (call, query, { client, name }) => {
      if (query && !(query instanceof Query && query.#source.client === client && query.#source.name === name)) {
        throw new TidetableError('invalid-query', `tidetable: ${call}: the query must be one of table '${name}', made by its where(); leave it out for all rows`, { table: name });
      }
      return queryText(query);
    };
  }

  where(condition, ...args) {
    return this.#with({ where: [...(this.#parts.where ?? []), [condition, args]] });
  }

  orderBy(...members) {
    return this.#ordered(members, false);
  }

  orderByDescending(...members) {
    return this.#ordered(members, true);
  }

  select(...members) {
    return this.#with({ select: members.flat() });
  }

  skip(count) {
    return this.#with({ skip: count });
  }

  take(count) {
    return this.#with({ take: count });
  }

  includeTotalCount(wanted = true) {
    return this.#with({ count: wanted });
  }

  async read({ signal } = {}) {
    const { client, name, call } = this.#source;
    const { rows, count } = await client.call(call, `{"table":${JSON.stringify(name)},"query":${queryText(this)}}`, signal);
    return counted(rows, count);
  }

  #ordered(members, descending) {
    return this.#with({ orderBy: [...(this.#parts.orderBy ?? []), ...members.flat().map((member) => [member, descending])] });
  }

  #with(change) {
    return new (this instanceof Query ? Query : LocalQuery)(this.#source, { ...this.#parts, ...change });
  }
}

/** A query whose rows can be watched. */
export class Query extends LocalQuery {
  subscribe(listener, { signal, onError = reportError } = {}) {
    if (typeof listener !== 'function') {
      throw new TidetableError('invalid-options', `tidetable: subscribe: the listener must be a function, not ${kindOf(listener)}`);
    }
    const { client, name } = sourceOf(this);
    const live = new LiveRows((rows, change, count) => listener(counted(rows, count), change), onError);
    const stop = client.subscribe(live, (number) => `{"sub":${number},"table":${JSON.stringify(name)},"query":${queryText(this)}}`);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
    return stop;
  }
}

function counted(rows, count) {
  if (count !== undefined) rows.totalCount = count;
  return rows;
}

function described(parts) {
  for (const call of ['skip', 'take']) {
    if (call in parts && !(Number.isSafeInteger(parts[call]) && parts[call] >= 0)) {
      throw invalid(`${call}: the number of rows must be 0 or a positive integer, not ${kindOf(parts[call])}`);
    }
  }
  const { where = [], ...rest } = parts;
  const args = [];
  const filter = where.map(([condition, given]) => conditionText(condition, given, args)).join(' and ') || undefined;
  return { filter, args, ...rest };
}

// Values never become part of the text: each leaves a ? there and goes into args.
function conditionText(condition, given, args) {
  if (typeof condition === 'string') {
    args.push(...given.map((value, index) => argument(value, `value ${index + 1}`)));
    return `(${condition})`;
  }
  if (typeof condition !== 'object' || condition === null || Array.isArray(condition)) {
    throw invalid(`where: a condition is an object such as { complete: false } or OData text, not ${kindOf(condition)}`);
  }
  const terms = Object.entries(condition).map(([member, value]) => {
    if (!/^[A-Za-z_]\w*$/.test(member)) throw invalid(`where: '${member}' cannot be the name of a member in a filter`);
    const list = Array.isArray(value) ? value : [value];
    args.push(...list.map((one) => argument(one, `member '${member}'`)));
    if (list.length === 0) return 'false'; // one of none
    return list === value ? `${member} in (${list.map(() => '?')})` : `${member} eq ?`;
  });
  return `(${terms.join(' and ') || 'true'})`;
}

function argument(value, place) {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return { instant: value.toISOString() };
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return value;
  throw invalid(`where: ${place} must be a string, number, boolean, valid Date or null, not ${kindOf(value)}`);
}

function invalid(problem) {
  return new TidetableError('invalid-query', `tidetable: ${problem}`);
}
