// The queue as it can be seen and changed: lists, system tables, imports, references, warnings, progress.

import { Calls, deferred, equal, inConflict, matches, rejects } from './kit.mjs';
import { json } from './tableserver.mjs';

export async function pendingAndOperationsTellOfAllTablesOrOne({ open }) {
  const client = await open({ tables: { todoitem: {}, other: {} } });
  for (const [table, id] of [['todoitem', 'a'], ['other', 'b'], ['todoitem', 'c']]) await client.getSyncTable(table).insert({ id });
  const { syncContext } = client;
  equal([await syncContext.pending(), await syncContext.pending('todoitem'), await syncContext.pending('other')], [3, 2, 1]);
  const ids = async (table) => (await syncContext.operations(table)).map(({ id }) => id).join('');
  equal([await ids(), await ids('todoitem'), await ids('other')], ['abc', 'ac', 'b']);
  for (const call of ['pending', 'operations']) {
    await rejects(syncContext[call]('othr'), 'unknown-table', /'othr'.*'other', 'todoitem'/);
    await rejects(syncContext[call](5), 'invalid-options', /name of the table/);
  }
  await rejects(syncContext.push({ waitForHandlers: 'no' }), 'invalid-options', /'waitForHandlers' must be true or false/);
  await client.close();
  const narrower = await open({ tables: { todoitem: {} } });
  equal([await narrower.syncContext.pending('other'), await narrower.syncContext.pending('todoitem')], [1, 2], 'also of a table no longer declared');
}

export async function discardTakesNumbersOrAll({ open, server }) {
  const client = await open();
  const todos = client.getSyncTable('todoitem');
  server.put('todoitem', { id: 'a', text: 'theirs' });
  await todos.pull();
  await todos.update({ id: 'a', text: 'ours' });
  for (const id of ['b', 'c', 'd']) await todos.insert({ id });
  const [a, b, c] = await client.syncContext.operations();
  await rejects(client.syncContext.discard(a.seq, 999), 'not-found', /999/);
  await rejects(client.syncContext.discard(), 'invalid-options', /'all'/);
  await rejects(client.syncContext.discard(undefined), 'invalid-options');
  await rejects(client.syncContext.revert('everything'), 'invalid-options');
  equal(await client.syncContext.pending(), 4);
  await client.syncContext.revert(a.seq, b.seq);
  equal([(await todos.lookup('a')).text, (await todos.read()).map(({ id }) => id).join('')], ['theirs', 'acd']);
  await client.syncContext.discard(c.seq);
  await client.syncContext.discard('all');
  equal([await client.syncContext.pending(), (await todos.read()).length, server.log.filter(({ method }) => method !== 'GET').length], [0, 1, 0]);
  await client.syncContext.discard('all');
}

export async function systemTablesCanBeRead({ open, server }) {
  const { client, todos } = await inConflict(open, server);
  await todos.insert({ id: 'b' });
  server.bend = ({ method }) => method === 'POST' && json(422, { title: 'too long' });
  await rejects(client.syncContext.push(), 'push-failed');
  await todos.pull(null, 'all', { push: 'none' });
  const queue = await client.syncContext.operations();
  const operations = await client.getSystemTable('operations').read();
  equal(operations.map(({ id, table, itemId, tableKind, action, state, tries }) => [id, table, itemId, tableKind, action, state, tries]),
    queue.map(({ seq, table, id, action, state, tries }) => [seq, table, id, 0, action, state, tries]));
  const parked = await client.getSystemTable('MS_TableOperations').where({ state: 'parked' }).select('itemId').includeTotalCount().read();
  equal([parked, parked.totalCount], [[{ id: queue[1].seq, itemId: 'b' }], 1]);
  const errors = await client.getSystemTable('errors').orderByDescending('operationId').take(1).read();
  equal(errors.map(({ operationId, properties }) => [operationId, properties.code, properties.status, properties.itemId]), [[queue[1].seq, 'refused', 422, 'b']]);
  equal((await client.getSystemTable('MS_TableOperationErrors').skip(1).read()).length, 1);
  const [config] = await client.getSystemTable('config').where('key eq ?', 'all').read();
  equal([config.table, config.keyType], ['todoitem', 'deltaToken']);
  matches(config.value, /^2024-01-01T/);

  const system = client.getSystemTable('operations');
  equal([system.subscribe, system.where({}).subscribe, system.insert], [undefined, undefined, undefined]);
  await rejects(client.getSystemTable('nosuch').read(), 'unknown-table', /operations, errors and config/);
  await rejects(system.where('id eq').read(), 'invalid-query');
  await rejects(todos.pull(client.getSystemTable('todoitem')), 'invalid-query', /must be one of table/);
  await rejects(system.read({ signal: AbortSignal.abort() }), 'cancelled');
  await client.close();
  await rejects(system.read(), 'closed');
}

export async function importedRowsAreInsertsOfOneMoment({ open, server }) {
  const client = await open();
  const todos = client.getSyncTable('todoitem');
  server.put('todoitem', { id: 'same', text: 'text' });
  server.put('todoitem', { id: 'other', text: 'theirs' });
  const rows = [{ id: 'same', text: 'text' }, { id: 'other', text: 'ours' }, { text: 'new' }];
  await rejects(todos.importRows([...rows, { id: 'same' }]), 'exists', /row 3.*twice/);
  await rejects(todos.importRows([...rows, { id: 'a/b' }]), 'invalid-id', /row 3/);
  await rejects(todos.importRows([...rows, { when: new Date(NaN) }]), 'invalid-row', /importRows: row 3: .*'when'/);
  await rejects(todos.importRows([, {}]), 'invalid-row', /row 0: .*not undefined/); // eslint-disable-line no-sparse-arrays
  await rejects(todos.importRows('rows'), 'invalid-row', /must be an array, not a string/);
  await rejects(todos.importRows(rows, { signal: AbortSignal.abort() }), 'cancelled');
  await rejects(client.getSyncTable('a b').importRows(rows), 'unknown-table');
  equal([await client.syncContext.pending(), await todos.read()], [0, []], 'all or none');

  equal([await todos.importRows(rows), await todos.importRows([])], [3, 0]);
  equal((await todos.where({ text: 'new' }).read()).length, 1);
  await rejects(todos.importRows(rows), 'exists');
  const { result } = await rejects(client.syncContext.push(), 'push-failed');
  equal([result.sent, result.errors.map(({ id, code }) => [id, code])], [2, [['other', 'conflict']]]);
  equal(server.tables.get('todoitem').size, 3);
}

export async function rowsWaitForThoseTheyReferTo({ open, server }) {
  const client = await open({ tables: { orders: {}, lines: { references: { orderId: 'orders' } } } });
  const [orders, lines] = ['orders', 'lines'].map((name) => client.getSyncTable(name));
  await lines.insert({ id: 'l1', orderId: 'o1' });
  await lines.insert({ id: 'l2', orderId: 'o2' });
  await orders.insert({ id: 'o1' });
  await orders.insert({ id: 'o2' });
  server.bend = ({ body }) => body?.includes('"id":"o1"') && json(400, { title: 'no such order' });
  const { result } = await rejects(client.syncContext.push(), 'push-failed');
  equal(result.errors.map(({ id, code, state }) => [id, code, state]).sort(), [['l1', 'held', 'pending'], ['o1', 'refused', 'parked']]);
  matches(result.errors.find(({ id }) => id === 'l1').message, /insert of row 'o1' of table 'orders'/);
  const sent = server.log.filter(({ method }) => method === 'POST').map(({ body }) => JSON.parse(body).id);
  equal(sent.indexOf('o2') < sent.indexOf('l2') && !sent.includes('l1'), true, sent.join());
  const held = result.errors.find(({ id }) => id === 'l1');
  await rejects(held.keepClient(), 'invalid-options', /has not failed/);
  await held.discard();
  server.bend = () => undefined;
  await client.syncContext.retry();
  await client.syncContext.push();
  equal([server.tables.get('orders').size, server.tables.get('lines').size], [2, 1]);
}

export async function policiesMergeOrLetTheLastWriteWin({ open, server, database }) {
  for (const [conflict, expected] of [['merge', { text: 'client', note: 'server' }], ['none', { text: 'client', note: 'base' }]]) {
    server.put('todoitem', { id: 'a', text: 'base', note: 'base' });
    const client = await open({ database: `${database}-${conflict}`, tables: { todoitem: { conflict } } });
    const todos = client.getSyncTable('todoitem');
    await todos.pull();
    server.put('todoitem', { id: 'a', text: 'base', note: 'server' });
    await todos.update({ id: 'a', text: 'client' });
    await client.syncContext.push();
    const { text, note } = server.get('todoitem', 'a');
    equal({ text, note }, expected, conflict);
  }
}

export async function tablesWithoutVersionsAreWarnedAboutOnce({ open, server }) {
  server.bend = ({ method, body }) => method === 'POST' && json(201, JSON.parse(body));
  const client = await open();
  const warnings = new Calls();
  client.addEventListener('warning', ({ detail }) => warnings.add(detail));
  for (const table of ['todoitem', 'todoitem', 'other']) {
    await client.getSyncTable(table).insert({});
    await client.syncContext.push();
  }
  equal(warnings.all.map(([{ code, table }]) => [code, table]), [['no-version', 'todoitem'], ['no-version', 'other']]);
  const [{ message }] = await warnings.next();
  matches(message, /conflicts cannot be found/);
  equal(Object.isFrozen(warnings.all[0][0]), true);
}

export async function statusTellsHowFarAPushIs({ open }) {
  const client = await open();
  equal([client.status.done, client.status.total], [0, 0]);
  await client.getSyncTable('todoitem').importRows([{}, {}, {}]);
  const told = new Set();
  client.addEventListener('status', ({ detail: { phase, done, total } }) => phase === 'pushing' && total > 0 && told.add(`${done}/${total}`));
  await client.syncContext.push();
  equal([...told].at(-1), '3/3');
  equal([...told].every((progress) => progress.endsWith('/3')), true, [...told].join());
  equal(client.status.done, 3);
}

export async function parallelLimitsTheRequestsUnderWay({ open, server, database }) {
  for (const parallel of [1, 4]) {
    const client = await open({ database: `${database}-${parallel}`, parallel });
    const todos = client.getSyncTable('todoitem');
    await todos.insert({});
    await client.syncContext.push(); // as long as nobody is known to answer one request has to do
    const waiting = [];
    let most = 0;
    server.bend = async () => {
      const turn = deferred();
      most = Math.max(most, waiting.push(turn));
      if (waiting.length === parallel) for (const { resolve } of waiting.splice(0)) resolve();
      await turn.promise;
    };
    await todos.importRows(Array.from({ length: 3 * parallel }, () => ({})));
    equal((await client.syncContext.push()).sent, 3 * parallel);
    equal(most, parallel);
    server.bend = () => undefined;
  }
}
