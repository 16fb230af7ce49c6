// Opening, closing, cancelling and failing.

import { TidetableError, openClient, version } from '../index.mjs';
import { Calls, deferred, equal, matches, rejects } from './kit.mjs';

export async function wrongOptionsAreNamed() {
  const url = 'https://server.test';
  for (const [options, message] of [
    [undefined, /'url' is missing/], [{}, /'url' is missing/], [{ url: 'todo' }, /'url' must be an absolute.*'todo'/],
    [{ url: '/api' }, /'url'/], [{ url: 'ftp://x' }, /'url'/], [{ url: 'https://me:secret@x' }, /'url'/], ['https://x', /must be an object/],
    [{ url, tabels: {} }, /no option 'tabels'; did you mean 'tables'/], [{ url, tables: [] }, /'tables' must be an object, not an array/],
    [{ url, tables: { a: { conflikt: 'fail' } } }, /'tables.a.conflikt'; did you mean 'tables.a.conflict'/],
    [{ url, tables: { a: { conflict: 'ask' } } }, /'tables.a.conflict' must be 'fail' or 'client' or 'server' or 'merge' or 'none', not 'ask'/],
    [{ url, tables: { a: { references: ['b'] } } }, /'tables.a.references' must be an object, not an array/], [{ url, tables: { a: { references: { b: 1 } } } }, /'tables.a.references.b'.*text, not 1/],
    [{ url, tables: { a: { references: { bId: 'b' } } } }, /table 'a': 'bId' refers to table 'b', which 'tables' does not declare/],
    [{ url, parallel: 0 }, /'parallel' must be a whole number from 1 to 16, not 0/], [{ url, parallel: 17 }, /'parallel'/], [{ url, parallel: 1.5 }, /'parallel'/],
    [{ url, tables: { 'a b': {} } }, /'a b'/], [{ url, filters: {} }, /'filters' must be an array/], [{ url, filters: [1] }, /'filters.0' must be a function, not 1/],
    [{ url, headers: { a: 1 } }, /'headers.a'/], [{ url, params: { $top: '1' } }, /\$top/], [{ url, timeout: 0 }, /'timeout'.*above 0/],
    [{ url, auth: 'token' }, /'auth' must be a function/], [{ url, worker: true }, /'worker'/], [{ url, protocol: 'v2' }, /'protocol'/],
    [{ url, protocol: 'classic', applicationKey: 'k' }, /'applicationKey' belongs to the protocol 'legacy', not to 'classic'/], [{ url, applicationKey: 'a\nb' }, /applicationKey/],
    [{ url, tables: { a: { partial: 'text' } } }, /'tables.a.partial' must be an array with the names of columns/], [{ url, tables: { a: { partial: [] } } }, /partial/],
    [{ url, features: 1 }, /'features' must be true or false/], [{ url, sync: { pull: [{ queryId: 'x' }] } }, /'sync.pull.0.table' is missing/],
    [{ url, sync: { auto: { onlin: true } } }, /did you mean 'sync.auto.online'/], [{ url, sync: { auto: 5 } }, /'sync.auto' must be true or false or an object/],
    [{ url, sync: { pull: [{ table: 'a', queryid: 'x' }] } }, /'sync.pull.0.queryid'; did you mean 'sync.pull.0.queryId'/],
    [{ url, tables: {}, sync: { pull: [{ table: 'a' }] } }, /'a'/], [{ url, signal: {} }, /'signal' must be an AbortSignal/],
  ]) {
    await rejects(openClient(options), 'invalid-options', message);
  }
  await rejects(openClient({ url, sync: { pull: [{ table: 'a', where: 'x eq' }] } }), 'invalid-query');
}

export async function openingNeedsNoNetwork({ open, server }) {
  server.bend = () => { throw new TypeError('no network'); };
  const client = await open({ url: 'https://sitename.example.fail' });
  await client.getSyncTable('todoitem').insert({ id: 'a' });
  equal([client.url, client.mode, client.storage.mode, client.version], ['https://sitename.example.fail/', 'page', 'memory', version]);
  equal(server.log.length, 0);
}

export async function anotherUrlKeepsQueueAndRows({ open, server }) {
  const first = await open({ url: 'https://sitename.example.fail' });
  await first.getSyncTable('todoitem').insert({ id: 'a' });
  await first.close();
  const second = await open();
  equal([second.status.pending, await second.syncContext.pending()], [1, 1]);
  equal((await second.syncContext.push()).sent, 1);
  equal(server.get('todoitem', 'a').id, 'a');
}

export async function aStoreThatDoesNotOpenRejects() {
  const error = await rejects(openClient({ url: 'https://server.test', database: 'broken' }), 'store', /cannot be opened/);
  matches(error.cause.message, /deadline/);
}

export async function aPanicIsOneCallsFailure({ open }) {
  const client = await open();
  const error = await rejects(openClient({ url: 'https://server.test', database: 'panic' }), 'internal', /a test asked for it/);
  matches(error.cause.message, /goroutine/);
  equal(await client.syncContext.pending(), 0);
}

export async function aClosedClientRejectsEverything({ open }) {
  const client = await open();
  const todos = client.getSyncTable('todoitem');
  const events = new Calls();
  client.addEventListener('status', events.add);
  await client.close();
  await client.close();
  for (const call of [
    () => todos.insert({ id: 'a' }), () => todos.read(), () => todos.lookup('a'), () => todos.pull(), () => client.sync(), () => client.autoSync(true),
    () => client.syncContext.push(), () => client.syncContext.pending(), () => client.syncContext.conflicts(),
  ]) {
    await rejects(call(), 'closed', /closed; open it again/);
  }
  client.syncContext.pushHandler = { onConflict() {} };
  dispatchEvent(new Event('online'));
  equal(events.all.length, 0);
}

export async function closingEndsWhatIsUnderWay({ open, server }) {
  const client = await open();
  const asked = deferred();
  server.bend = () => { asked.resolve(); return new Promise(() => {}); };
  const pull = client.getSyncTable('todoitem').pull();
  await asked.promise;
  await client.close();
  await rejects(pull, 'closed');
}

export async function abortedSignalsCancel({ open, server }) {
  const client = await open();
  const todos = client.getSyncTable('todoitem');
  const reason = new Error('changed my mind');
  for (const call of [
    (options) => todos.insert({ id: 'a' }, options), (options) => todos.del('a', options), (options) => todos.read(options),
    (options) => todos.pull(null, null, options), (options) => client.syncContext.push(options), (options) => client.sync(options),
    (options) => openClient({ url: 'https://server.test', ...options }),
  ]) {
    equal((await rejects(call({ signal: AbortSignal.abort(reason) }), 'cancelled')).cause === reason, true);
  }
  equal(await todos.read(), []);
  await rejects(todos.read({ signal: 'now' }), 'invalid-options', /'signal' must be an AbortSignal/);

  await todos.insert({ id: 'a' });
  for (const call of [
    (options) => client.syncContext.push(options),
    (options) => client.sync(options),
    (options) => todos.pull(null, null, options),
    (options) => todos.pull(null, null, { push: 'none', ...options }),
  ]) {
    const asked = deferred();
    server.bend = () => { asked.resolve(); return new Promise(() => {}); };
    const abort = new AbortController();
    const promise = call({ signal: abort.signal });
    await asked.promise;
    abort.abort(reason);
    equal((await rejects(promise, 'cancelled')).cause === reason, true);
  }
  server.bend = () => undefined;
  await client.syncContext.push();
  equal(server.get('todoitem', 'a').id, 'a');
}

export async function aWriteTellsWhatHappenedWhenItWasAborted({ open, disk, database }) {
  const client = await open();
  const todos = client.getSyncTable('todoitem');
  await todos.read();
  const abort = new AbortController();
  const release = disk.hold(database);
  const writes = ['a', 'b'].map((id) => todos.insert({ id }, { signal: abort.signal }));
  abort.abort();
  release();
  const there = [];
  for (const write of writes) {
    await write.then((row) => there.push(row.id), (error) => equal(error.code, 'cancelled'));
  }
  equal((await todos.read()).map((row) => row.id), there);
}

export async function anEngineThatStopsSettlesEverything({ open, server, disk }) {
  const client = await open();
  const todos = client.getSyncTable('todoitem');
  const live = new Calls();
  const failures = new Calls();
  todos.subscribe(live.add, { onError: failures.add });
  await live.next();
  const asked = deferred();
  server.bend = () => { asked.resolve(); return new Promise(() => {}); };
  const pull = todos.pull();
  await asked.promise;
  disk.host.ended(new Error('unreachable'));
  matches((await rejects(pull, 'internal', /the engine has stopped/)).cause.message, /unreachable/);
  equal((await failures.next())[0].code, 'internal');
  await rejects(todos.insert({}), 'internal');
  equal([client.status.lastError.code, client.status.phase], ['internal', 'idle']);
  const next = await open();
  await next.getSyncTable('todoitem').insert({ id: 'a' });
}

const OFF = { start: false, online: false, visible: false, writes: false, timer: false };

export async function triggersStartASync({ open, server }) {
  for (const [trigger, cause] of [
    [{ start: true }, () => {}],
    [{ online: true }, () => dispatchEvent(new Event('online'))],
    [{ visible: true }, () => document.dispatchEvent(new Event('visibilitychange'))],
    [{ writes: 1 }, (client) => client.getSyncTable('todoitem').insert({})],
    [{ timer: 1 }, () => {}],
  ]) {
    const asked = new Calls();
    server.bend = ({ path }) => { asked.add(path); };
    const client = await open({ sync: { auto: { ...OFF, ...trigger }, pull: [{ table: 'todoitem' }] } });
    await cause(client);
    await asked.next();
    await client.close();
  }
}

export async function triggersCanBeTurnedOff({ open, server }) {
  const events = () => {
    dispatchEvent(new Event('online'));
    document.dispatchEvent(new Event('visibilitychange'));
  };
  const client = await open({ sync: { auto: OFF, pull: [{ table: 'todoitem' }] } });
  const quiet = async (what) => {
    events();
    await client.getSyncTable('todoitem').insert({});
    equal(server.log.length, 0, what);
  };
  await quiet('all are off');
  await client.autoSync(true);
  await quiet('auto-sync is on again with the triggers it had');
  await client.autoSync({ ...OFF, online: true, visible: true });
  await client.autoSync(false);
  await quiet('auto-sync is off');
  dispatchEvent(new Event('offline'));
  await client.syncContext.pending();
  equal(client.status.online, false);
  await rejects(client.autoSync('yes'), 'invalid-options');
  await rejects(client.autoSync({ writes: 0 }), 'invalid-options');
}

export async function withoutTheOptionNothingIsSent({ open, server }) {
  const client = await open();
  await client.getSyncTable('todoitem').insert({});
  dispatchEvent(new Event('online'));
  await client.syncContext.pending();
  equal(server.log.length, 0);
}

export async function pushesOfOneDatabaseTakeTurns({ open, server, database }) {
  const [one, two] = [await open(), await open()];
  await one.getSyncTable('todoitem').insert({ id: 'a' });
  const asked = deferred();
  const answer = deferred();
  server.bend = async () => { asked.resolve(); await answer.promise; };
  const first = one.syncContext.push();
  await asked.promise;
  const second = two.syncContext.push();
  const { held } = await navigator.locks.query();
  equal(held.some(({ name }) => name === `tidetable:${database}:push`), true);
  answer.resolve();
  equal((await first).sent + (await second).sent, 1);
  equal(server.log.filter(({ method }) => method === 'POST').length, 1);
}

export async function errorsAreOfOneClass() {
  const error = await openClient({}).catch((e) => e);
  equal([error instanceof TidetableError, error instanceof Error, error.name, `${error}`.split(':')[0]], [true, true, 'TidetableError', 'TidetableError']);
}
