// Push, pull, conflicts and the queue.

import { Calls, deferred, equal, inConflict, matches, rejects, uncaught } from './kit.mjs';
import { json } from './tableserver.mjs';

export async function pushSendsTheQueueAndPullBringsTheRest({ open, server }) {
  const client = await open();
  const todos = client.getSyncTable('todoitem');
  server.put('todoitem', { id: 'b', text: 'theirs' });
  await todos.insert({ id: 'a', text: 'ours' });
  equal(await client.syncContext.pending(), 1);
  const [operation] = await client.syncContext.operations();
  equal(operation, { seq: operation.seq, table: 'todoitem', id: 'a', action: 'insert', state: 'pending', tries: 0, error: null });

  equal(await client.syncContext.push(), { reason: 'complete', sent: 1, errors: [], retryAfter: 0 });
  equal(server.get('todoitem', 'a').text, 'ours');
  equal(await client.syncContext.pending(), 0);
  equal((await todos.lookup('a')).version, 'v2', 'the row has what the server set');

  const pulled = await todos.pull(todos.where({}), 'all');
  equal([pulled.received, pulled.inserted, pulled.requests], [2, 1, 1]);
  equal((await todos.lookup('b')).text, 'theirs');
}

export async function aPushThatFailsRejectsWithItsResult({ open, server }) {
  const client = await open();
  await client.getSyncTable('todoitem').insert({ id: 'a' });
  server.bend = () => { throw new TypeError('cut'); };
  const error = await rejects(client.syncContext.push(), 'push-failed');
  equal([error.result.reason, error.result.sent, error.result.errors], ['network', 0, []]);
  equal(client.status.online, false);
  const pulled = await rejects(client.getSyncTable('todoitem').pull(), 'push-failed');
  equal([pulled.result.reason, pulled.table], ['network', 'todoitem']);
  server.bend = () => undefined;
  equal((await client.syncContext.push({ tables: ['todoitem'] })).sent, 1);
  await rejects(client.syncContext.push({ table: 'todoitem' }), 'invalid-options', /did you mean 'tables'/);
}

export async function refusedOperationsCanBeRetriedOrDiscarded({ open, server }) {
  const client = await open();
  const todos = client.getSyncTable('todoitem');
  await todos.insert({ id: 'a' });
  await todos.insert({ id: 'b' });
  server.bend = ({ method }) => method === 'POST' && json(400, { title: 'text is required' });
  const error = await rejects(client.syncContext.push(), 'push-failed');
  const [a, b] = error.result.errors;
  equal([a.id, a.state, a.error.code, a.error.status, a.isConflict(), a.client], ['a', 'parked', 'refused', 400, false, { id: 'a' }]);
  matches(a.error.message, /text is required/);
  await b.discard();
  await rejects(todos.lookup('b'), 'not-found');
  server.bend = () => undefined;
  await client.syncContext.retry(a.seq);
  equal((await client.syncContext.push()).sent, 1);
  await rejects(client.syncContext.discard(a.seq), 'not-found');
  await rejects(client.syncContext.retry('x'), 'invalid-options', /named by its number/);
  await rejects(client.syncContext.resolve(a.seq, 'client'), 'invalid-options', /a decision about an operation that failed/);
}

export async function theHandlerSeesAllRecordsAndDecides({ open, server }) {
  for (const [decide, expected] of [
    [(e) => e.keepClient(), 'client'],
    [(e) => e.keepServer(), 'server'],
    [(e) => e.discard(), 'server'],
    [(e) => e.merge({ ...e.server, text: `${e.base.text}+${e.client.text}+${e.server.text}` }), 'base+client+server'],
    [async (e) => ({ kind: 'client' }), 'client'],
  ]) {
    server.tables.clear();
    const { client, todos } = await inConflict(open, server);
    const asked = new Calls();
    client.syncContext.pushHandler = { onConflict: (e) => { asked.add(e); return decide(e); } };
    equal((await client.syncContext.push()).errors, []);
    const [e] = await asked.next();
    equal([e.table, e.tableName, e.id, e.action, e.isConflict()], ['todoitem', 'todoitem', 'a', 'update', true]);
    equal([e.base.text, e.client.text, e.server.text], ['base', 'client', 'server']);
    equal([(await todos.lookup('a')).text, server.get('todoitem', 'a').text], [expected, expected]);
    equal(await client.syncContext.pending(), 0);
    await todos.del('a'); // the next round starts anew
    await client.syncContext.push();
    await client.close();
  }
}

export async function aConflictThatNobodyDecidesStays({ open, server }) {
  const { client, todos } = await inConflict(open, server);
  const errors = uncaught();
  for (const onConflict of [undefined, () => undefined, () => { throw new Error('of the app'); }, () => 'nonsense']) {
    client.syncContext.pushHandler = { onConflict };
    await client.syncContext.retry();
    const error = await rejects(client.syncContext.push(), 'push-failed');
    const [conflict] = error.result.errors;
    equal([conflict.isConflict(), conflict.error.code, conflict.server.text], [true, 'conflict', 'server']);
  }
  equal(errors().map((error) => error.code ?? error.message), ['of the app', 'invalid-options'], 'what handlers throw is not lost');
  client.syncContext.pushHandler = { onConflict: (e) => e.cancelPush() };
  await client.syncContext.retry();
  equal((await rejects(client.syncContext.push(), 'push-failed')).result.reason, 'cancelled');
  client.syncContext.pushHandler = null;
  equal(client.syncContext.pushHandler, null);

  const [open1] = await client.syncContext.conflicts();
  equal([open1.base.text, open1.client.text, open1.server.text], ['base', 'client', 'server']);
  await rejects(open1.cancelPush(), 'invalid-options', /no push to cancel/);
  await rejects(open1.merge('x'), 'invalid-row');
  await open1.merge({ ...open1.server, text: 'merged' });
  equal((await todos.lookup('a')).text, 'merged');
  equal((await client.syncContext.push()).sent, 1);
  equal(server.get('todoitem', 'a').text, 'merged');
  equal(await client.syncContext.conflicts(), []);
}

export async function aHandlerMayTakeItsTime({ open, server }) {
  const { client, todos } = await inConflict(open, server);
  const asked = new Calls();
  const answer = deferred();
  client.syncContext.pushHandler = { onConflict: (e) => { asked.add(e); return answer.promise; } };
  const push = client.syncContext.push();
  const [e] = await asked.next();
  await todos.insert({ id: 'b' }); // writes do not wait for the dialog
  answer.resolve(e.keepServer());
  equal((await push).reason, 'complete');
  equal((await todos.lookup('a')).text, 'server');
}

export async function closingDoesNotWaitForAHandler({ open, server }) {
  const { client } = await inConflict(open, server);
  const asked = new Calls();
  client.syncContext.pushHandler = { onConflict: (e) => { asked.add(e); return new Promise(() => {}); } };
  const push = client.syncContext.push();
  await asked.next();
  await client.close();
  await rejects(push, 'closed');
}

export async function policiesNeedNoHandler({ open, server }) {
  const { client } = await inConflict(open, server, { tables: { todoitem: { conflict: 'client' } } });
  await client.syncContext.push();
  equal(server.get('todoitem', 'a').text, 'client');
}

export async function syncPushesThenPulls({ open, server }) {
  server.put('todoitem', { id: 'b', done: false });
  server.put('todoitem', { id: 'c', done: true });
  const client = await open({ sync: { pull: [{ table: 'todoitem', queryId: 'open', where: { done: false } }, { table: 'other', where: 'n eq 1' }] } });
  await client.getSyncTable('todoitem').insert({ id: 'a' });
  const { push, pull } = await client.sync();
  equal([push.sent, pull.requests], [1, 2]);
  const [list, other] = server.log.filter(({ method, path }) => method === 'GET' && !path.includes('/a'));
  matches(list.query.get('$filter'), /done eq false/);
  matches(other.query.get('$filter'), /n eq 1/);
}

export async function syncResolvesWithOperationsThatFailed({ open, server }) {
  const { client } = await inConflict(open, server, { sync: { pull: [{ table: 'todoitem' }] } });
  const { push, pull } = await client.sync();
  equal([push.reason, push.errors.length, push.errors[0].isConflict(), pull.requests], ['complete', 1, true, 1]);
  await push.errors[0].keepServer();
  equal(await client.syncContext.pending(), 0);
}

export async function statusIsToldAndKept({ open, server }) {
  const client = await open({ tables: { todoitem: {} } });
  const { phase, online, pending, lastSuccess, lastError, nextRetry } = client.status;
  equal([phase, online, pending, lastSuccess, lastError, nextRetry], ['idle', true, 0, null, null, null]);
  const events = new Calls();
  client.addEventListener('status', ({ detail }) => events.add(detail));
  await client.getSyncTable('todoitem').insert({ id: 'a' });
  equal([(await events.next())[0].pending, client.status.pending], [1, 1]);
  equal(Object.isFrozen(client.status), true);
  await client.sync();
  equal(events.all.some(([status]) => status.phase === 'pushing'), true);
  equal([client.status.phase, client.status.pending], ['idle', 0]);

  server.bend = () => { throw new TypeError('cut'); };
  await rejects(client.getSyncTable('todoitem').pull(), 'network');
  equal([client.status.online, client.status.lastError.name, client.status.lastError.code], [false, 'TidetableError', 'network']);
  server.bend = () => undefined;
  await client.getSyncTable('todoitem').pull();
  equal([client.status.lastError, client.status.lastSuccess instanceof Date], [null, true]);
}
