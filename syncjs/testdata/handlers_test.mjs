// The push handler: sending by hand, deciding, being told.

import { Calls, deferred, equal, inConflict, matches, rejects, uncaught } from './kit.mjs';
import { json } from './tableserver.mjs';

const states = async (client) => (await client.syncContext.operations()).map(({ id, state }) => `${id} ${state}`);

async function withRows(open, ids, options) {
  const client = await open(options);
  const todos = client.getSyncTable('todoitem');
  for (const id of ids) await todos.insert({ id, text: 'old' });
  return { client, todos };
}

export async function onOperationSendsChangesAndLeaves({ open, server }) {
  const { client, todos } = await withRows(open, ['a', 'b', 'c']);
  const seen = new Map();
  client.syncContext.pushHandler = {
    async onOperation(op, send) {
      const { id, tableName, itemId, action, tries, item, signal } = op;
      seen.set(itemId, [typeof id, tableName, action, tries, item, signal.aborted]);
      if (itemId === 'a') op.item.text = 'new';
      if (itemId === 'b') return 'what is returned does not matter';
      const row = await send();
      equal([row.id, row.text], [itemId, itemId === 'a' ? 'new' : 'old']);
      equal(row.version, server.get('todoitem', itemId).version);
      return undefined;
    },
  };
  equal((await client.syncContext.push()).sent, 2);
  equal(seen.get('a'), ['number', 'todoitem', 'insert', 0, { id: 'a', text: 'new' }, false]);
  equal((await todos.lookup('a')).text, 'new', 'the change is the local row');
  equal([server.get('todoitem', 'a').text, server.get('todoitem', 'c').text], ['new', 'old']);
  equal(await states(client), ['b pending']);

  await todos.del('c');
  client.syncContext.pushHandler = { onOperation: async (op, send) => seen.set(op.itemId, [op.action, op.item, await send()]) };
  await client.syncContext.push();
  equal([seen.get('c'), server.get('todoitem', 'c').deleted], [['delete', null, null], true]);
}

export async function whatOnOperationDoesNotChangeKeepsItsDigits({ open, server }) {
  const client = await open();
  const todos = client.getSyncTable('todoitem');
  await todos.insert({ id: 'a', text: 'old' });
  await client.syncContext.push();
  server.raw = (text) => text.replace(/"big":\d+/, '"big":12345678901234567891');
  server.put('todoitem', { id: 'a', text: 'theirs', big: 1 });
  await todos.pull();
  await todos.update({ id: 'a', text: 'ours' });
  client.syncContext.pushHandler = { onOperation(op, send) { op.item.text = 'changed'; return send(); } };
  await client.syncContext.push();
  matches(server.log.at(-1).body, /"text":"changed"/);
  matches(server.log.at(-1).body, /"big":12345678901234567891[,}]/);

  server.put('todoitem', { id: 'a', text: 'theirs again', big: 1 });
  await todos.update({ id: 'a', text: 'ours again' });
  client.syncContext.pushHandler = { onConflict: (e) => e.merge({ ...e.client, text: 'merged' }) };
  await client.syncContext.push();
  matches(server.log.at(-1).body, /"text":"merged"/);
  matches(server.log.at(-1).body, /"big":12345678901234567891[,}]/);

  server.put('todoitem', { id: 'a', text: 'theirs a third time', big: 1 });
  await todos.update({ id: 'a', text: 'ours a third time' });
  client.syncContext.pushHandler = null;
  const [conflict] = (await rejects(client.syncContext.push(), 'push-failed')).result.errors;
  await conflict.update({ ...conflict.client, text: 'later' });
  await client.syncContext.push();
  matches(server.log.at(-1).body, /"big":12345678901234567891[,}]/);
}

export async function sendCanBeCalledAgain({ open, server }) {
  const { client } = await withRows(open, ['a']);
  server.bend = ({ method, body }) => method === 'POST' && !body.includes('short') && json(422, { title: 'too long' });
  client.syncContext.pushHandler = {
    async onOperation(op, send) {
      const refused = await rejects(send(), 'refused', /too long/);
      equal([refused.status, refused.id], [422, 'a']);
      await rejects(send(), 'refused');
      op.item.text = 'short';
      equal((await send()).text, 'short');
      await rejects(send(), 'not-found');
    },
  };
  equal((await client.syncContext.push()).errors, []);
  equal(server.log.filter(({ method }) => method === 'POST').length, 3);
  equal([await client.syncContext.pending(), server.get('todoitem', 'a').text], [0, 'short']);
}

export async function sendingAChangedItemAfterAConflictDecidesIt({ open, server }) {
  const { client, todos } = await inConflict(open, server);
  client.syncContext.pushHandler = {
    async onOperation(op, send) {
      const { server: theirs } = await rejects(send(), 'conflict');
      equal(theirs.text, 'server');
      await rejects(send(), 'conflict'); // unchanged: nobody has decided
      equal(server.get('todoitem', 'a').text, 'server');
      op.item = { ...theirs, text: `${op.item.text} and ${theirs.text}` };
      await send();
    },
  };
  await client.syncContext.push();
  equal([server.get('todoitem', 'a').text, (await todos.lookup('a')).text], ['client and server', 'client and server']);
}

export async function policiesDecideBeforeSendRejects({ open, server }) {
  for (const [conflict, expected] of [['client', 'client'], ['server', 'server'], ['none', 'client']]) {
    server.tables.clear();
    const { client, todos } = await inConflict(open, server, { tables: { todoitem: { conflict } } });
    const sent = new Calls();
    client.syncContext.pushHandler = { onOperation: async (op, send) => sent.add((await send()).text) };
    await client.syncContext.push();
    equal([await sent.next(), server.get('todoitem', 'a').text, await client.syncContext.pending()], [[expected], expected, 0], conflict);
    await todos.del('a');
    await client.syncContext.push();
    await client.close();
  }
}

export async function anItemThatCannotBeSentChangesNothing({ open, server }) {
  const { client, todos } = await withRows(open, ['a']);
  client.syncContext.pushHandler = {
    async onOperation(op, send) {
      const item = { ...op.item };
      op.item = 'text';
      await rejects(send(), 'invalid-row', /send.*must be an object/);
      op.item = { ...item, when: new Date(NaN) };
      await rejects(send(), 'invalid-row', /'when'/);
      op.item = { ...item, id: 'b' };
      await rejects(send(), 'invalid-row', /another id/);
      await rejects(send(), 'invalid-row', /another id/);
    },
  };
  await client.syncContext.push();
  equal(server.log.filter(({ method }) => method === 'POST').length, 0);
  equal([await todos.read(), await states(client)], [[{ id: 'a', text: 'old' }], ['a pending']]);
}

export async function onOperationThatFailsLeavesTheOperationAndSaysSo({ open, server }) {
  const { client } = await withRows(open, ['a', 'b']);
  server.bend = ({ body }) => body?.includes('"b"') && json(400, { title: 'no b' });
  client.syncContext.pushHandler = {
    async onOperation({ itemId }, send) {
      if (itemId === 'a') throw new Error('not today');
      return send();
    },
  };
  const { result } = await rejects(client.syncContext.push(), 'push-failed');
  equal(result.errors.map(({ id, code, status }) => [id, code, status]), [['a', 'handler-failed', 0], ['b', 'refused', 400]]);
  matches(result.errors[0].message, /^tidetable: not today$/);
  equal(await states(client), ['a pending', 'b parked']);
  client.syncContext.pushHandler = null;
  equal((await client.syncContext.push()).sent, 1);
}

export async function aSendWithoutAnAnswerStopsThePushAndIsRepeatedAsItWas({ open, server }) {
  const { client, todos } = await withRows(open, ['a', 'b']);
  server.bend = () => { throw new TypeError('cut'); };
  client.syncContext.pushHandler = {
    async onOperation(op, send) {
      op.item.text = 'first';
      equal((await rejects(send(), 'network')).status, undefined);
    },
  };
  equal((await rejects(client.syncContext.push(), 'push-failed')).result.reason, 'network');
  equal([await states(client), server.log.length], [['a sent', 'b pending'], 1]);

  server.bend = () => undefined;
  client.syncContext.pushHandler = {
    async onOperation(op, send) {
      if (op.itemId === 'a') equal([op.tries, op.item.text], [1, 'first']);
      op.item.text = 'second';
      await send();
    },
  };
  await client.syncContext.push();
  equal([server.get('todoitem', 'a').text, server.get('todoitem', 'b').text], ['first', 'second'], 'it may have arrived, so it stays what it was');
  equal((await todos.lookup('a')).text, 'first');
}

export async function anEngineThatStopsAbortsWhatItAsked({ open, server, disk }) {
  const { client } = await inConflict(open, server);
  const asked = new Calls();
  client.syncContext.pushHandler = { onConflict: (e) => { asked.add(e.signal); return new Promise(() => {}); } };
  const push = client.syncContext.push();
  const [signal] = await asked.next();
  disk.host.ended(new Error('unreachable'));
  await rejects(push, 'internal');
  equal([signal.aborted, signal.reason.code], [true, 'internal']);
}

export async function aPushWaitsForSendsThatNobodyAwaits({ open, server }) {
  const { client } = await withRows(open, ['a']);
  const asked = deferred();
  const answer = deferred();
  server.bend = async () => { asked.resolve(); await answer.promise; };
  const late = new Calls();
  client.syncContext.pushHandler = {
    onOperation(op, send) {
      send().then(late.add);
      late.add(send);
    },
  };
  let ended = false;
  const push = client.syncContext.push().then((result) => { ended = true; return result; });
  const [send] = await late.next();
  await asked.promise;
  await client.syncContext.operations();
  equal(ended, false);
  answer.resolve();
  equal((await push).sent, 1);
  equal((await late.next())[0].id, 'a');
  await rejects(send(), 'invalid-options', /out of the handler's hands/);
}

export async function cancelPushEndsThePush({ open, server }) {
  const { client } = await withRows(open, ['a', 'b', 'c'], { parallel: 1 });
  client.syncContext.pushHandler = {
    async onOperation(op, send) {
      op.cancelPush();
      await send();
    },
  };
  equal((await rejects(client.syncContext.push(), 'push-failed')).result.reason, 'cancelled');
  equal([server.tables.get('todoitem').size, await states(client)], [1, ['b pending', 'c pending']]);
}

export async function anOperationThatIsNeverSentEndsWithThePush({ open, server }) {
  const { client } = await withRows(open, ['a']);
  const asked = new Calls();
  client.syncContext.pushHandler = { onOperation: (op, send) => { asked.add(op, send); return new Promise(() => {}); } };
  const abort = new AbortController();
  const push = client.syncContext.push({ signal: abort.signal });
  const [op, send] = await asked.next();
  abort.abort();
  await rejects(push, 'cancelled');
  equal([op.signal.aborted, op.signal.reason.code], [true, 'cancelled']);
  await rejects(send(), 'invalid-options', /out of the handler's hands/);
  equal([await states(client), server.log.length], [['a pending'], 0]);
  client.syncContext.pushHandler = null;
  equal((await client.syncContext.push()).sent, 1);
}

export async function handlersRunBesideEachOtherAsFarAsParallelAllows({ open }) {
  for (const parallel of [1, 3]) {
    const { client, todos } = await withRows(open, ['a', 'b', 'c', 'd', 'e'].map((id) => id + parallel), { parallel });
    let running = 0;
    let most = 0;
    client.syncContext.pushHandler = {
      async onOperation(op, send) {
        most = Math.max(most, ++running);
        await send();
        await todos.read();
        running--;
      },
    };
    equal((await client.syncContext.push()).sent, 5);
    equal(most, parallel);
    await client.close();
  }
}

export async function onPushCompleteIsToldOfEveryPush({ open, server }) {
  const { client, todos } = await inConflict(open, server);
  await todos.insert({ id: 'b' });
  const told = new Calls();
  let ended = false;
  client.syncContext.pushHandler = {
    async onPushComplete(result) {
      told.add(result, ended);
      await result.errors[0]?.keepServer();
    },
  };
  const error = await rejects(client.syncContext.push().finally(() => { ended = true; }), 'push-failed');
  const [result, before] = await told.next();
  equal([result.reason, result.sent, result.errors[0].id, before], ['complete', 1, 'a', false]);
  equal([error.result.reason, await client.syncContext.pending()], ['complete', 0], 'what it decided was done before the push ended');

  await client.syncContext.push();
  equal((await told.next())[0].errors, []);
  await client.sync();
  await told.next();

  await todos.insert({ id: 'c' });
  const asked = deferred();
  server.bend = () => { asked.resolve(); return new Promise(() => {}); };
  const abort = new AbortController();
  const push = client.syncContext.push({ signal: abort.signal });
  await asked.promise;
  abort.abort();
  await rejects(push, 'cancelled');
  equal((await told.next())[0].reason, 'cancelled');

  const closing = client.syncContext.push();
  await client.close();
  await rejects(closing, 'closed');
  equal((await told.next())[0].reason, 'cancelled');
}

export async function onPushCompleteThatThrowsOrNeverReturnsChangesNothing({ open }) {
  const { client } = await withRows(open, ['a']);
  const errors = uncaught();
  client.syncContext.pushHandler = { onPushComplete() { throw new Error('of the app'); } };
  equal((await client.syncContext.push()).sent, 1);
  equal(errors().map(({ message }) => message), ['of the app']);

  const told = new Calls();
  client.syncContext.pushHandler = { onPushComplete: (result) => { told.add(result); return new Promise(() => {}); } };
  const abort = new AbortController();
  const push = client.syncContext.push({ signal: abort.signal });
  await told.next();
  abort.abort();
  equal((await push).reason, 'complete');
}

export async function handlersCanBeReplacedWhileAPushRuns({ open, server }) {
  const { client } = await inConflict(open, server);
  const first = new Calls();
  client.syncContext.pushHandler = {
    async onOperation(op, send) {
      client.syncContext.pushHandler = { name: 'second', onConflict(e) { first.add(this.name, e.id); return e.keepServer(); } };
      await rejects(send(), 'conflict');
    },
  };
  await client.syncContext.push();
  equal(await first.next(), ['second', 'a']);
}

export async function wrongHandlersAreNamed({ open }) {
  const client = await open();
  for (const [handler, message] of [[5, /it must be an object or null, not a number/], [() => {}, /it must be an object/], [{ onError: 'x' }, /'onError' must be a function, not a string/]]) {
    await rejects((async () => { client.syncContext.pushHandler = handler; })(), 'invalid-options', message);
    equal(client.syncContext.pushHandler, null);
  }
  client.syncContext.pushHandler = { onError: null };
  client.syncContext.pushHandler = undefined;
  equal(client.syncContext.pushHandler, null);
}
