// A table server as small as the tests of the API need: insert, replace, delete, look up and list, in memory.

export class TableServer {
  tables = new Map();
  /** Every request: { method, path, query, headers, body }. */
  log = [];
  /** May answer a request itself: a function of an entry of the log that returns a Response, or nothing. */
  bend = () => undefined;
  /** May change the JSON text of answers: a function from text to text. */
  raw;
  #changes = 0;

  /** Stores a row as another client would. */
  put(table, row) {
    const change = ++this.#changes;
    const stored = { ...row, version: `v${change}`, updatedAt: new Date(Date.UTC(2024, 0, 1) + change * 1000).toISOString(), deleted: false };
    this.#rows(table).set(row.id, stored);
    return stored;
  }

  get(table, id) {
    return this.#rows(table).get(id);
  }

  async fetch(url, { method, headers, body, signal, redirect, cache }) {
    if (signal?.aborted) throw signal.reason;
    const request = { method, path: url.pathname, query: url.searchParams, headers: new Headers(headers), body, url, signal, redirect, cache };
    this.log.push(request);
    const answer = (await this.bend(request)) || this.#answer(request, url);
    return this.raw && answer.body ? new Response(this.raw(await answer.text()), answer) : answer;
  }

  #answer(request, url) {
    const { method } = request;
    const [table, id] = url.pathname.split('/tables/')[1].split('/');
    if (method === 'GET') return id ? this.#found(table, id) : this.#list(table, url.searchParams);
    return this.#write(request, table, id);
  }

  #write({ method, headers, body }, table, id) {
    const row = body ? JSON.parse(body) : undefined;
    const old = this.get(table, id ?? row.id);
    if (method === 'POST') return old ? json(409, old) : json(201, this.put(table, row));
    if (!old || old.deleted) return json(old ? 410 : 404, { title: 'gone' });
    const match = headers.get('if-match');
    if (match && match !== `"${old.version}"`) return json(412, old);
    if (method === 'PUT') return json(200, this.put(table, { ...row, id }));
    this.#rows(table).set(id, { ...this.put(table, old), deleted: true });
    return new Response(null, { status: 204 });
  }

  #found(table, id) {
    const row = this.get(table, id);
    return row ? json(200, row) : json(404, { title: 'not found' });
  }

  #list(table, query) {
    // What the walk of a pull asks for; conditions of the app are not looked at.
    const part = (pattern) => pattern.exec(query.get('$filter') ?? '')?.[1];
    const [from, to, after] = [/updatedAt g[et] cast\(([^,]+),/, /updatedAt lt cast\(([^,]+),/, /id gt '([^']*)'/].map(part);
    const by = query.get('$orderby')?.startsWith('id') ? 'id' : 'updatedAt';
    const time = (text) => Date.parse(text);
    const rows = [...this.#rows(table).values()]
      .filter((row) => !(time(row.updatedAt) < time(from)) && !(time(row.updatedAt) >= time(to)) && (after === undefined || row.id > after))
      .sort((a, b) => (a[by] < b[by] ? -1 : 1));
    const skip = Number(query.get('$skip') ?? 0);
    const items = rows.slice(skip, skip + Number(query.get('$top') ?? 100));
    return json(200, query.has('$count') ? { items, count: rows.length } : { items });
  }

  #rows(table) {
    if (!this.tables.has(table)) this.tables.set(table, new Map());
    return this.tables.get(table);
  }
}

export function json(status, value) {
  const headers = { 'content-type': 'application/json' };
  if (value?.version) headers.etag = `"${value.version}"`;
  return new Response(JSON.stringify(value), { status, headers });
}
