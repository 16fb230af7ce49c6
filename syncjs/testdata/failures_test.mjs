// Decisions about operations that failed: in handlers and at any time, in new words and in the classic client's.

import { Calls, deferred, equal, inConflict, matches, rejects, uncaught } from './kit.mjs';
import { json } from './tableserver.mjs';

/** Makes a row whose update the server refuses. */
async function refused(open, server) {
  server.put('todoitem', { id: 'a', text: 'base' });
  const client = await open();
  const todos = client.getSyncTable('todoitem');
  await todos.pull();
  await todos.update({ id: 'a', text: 'client' });
  server.bend = ({ method }) => method === 'PUT' && json(422, { title: 'too long' });
  return { client, todos };
}

async function localText(todos) {
  return todos.lookup('a').then((row) => row.text, (error) => error.code);
}

function remoteText(server) {
  const row = server.get('todoitem', 'a');
  return row.deleted ? 'deleted' : row.text;
}

export async function theClassicCallsTellWhatHappened({ open, server }) {
  for (const [make, name, facts] of [
    [inConflict, 'onConflict', [true, 'conflict', 412, 'server']],
    [refused, 'onError', [false, 'refused', 422, undefined]],
  ]) {
    server.tables.clear();
    server.bend = () => undefined;
    const { client, todos } = await make(open, server);
    const asked = new Calls();
    client.syncContext.pushHandler = { [name]: asked.add };
    await rejects(client.syncContext.push(), 'push-failed');
    const [e] = await asked.next();
    equal([e.isConflict(), e.getError().code, e.getError().request.status, e.getServerRecord()?.text], facts);
    equal([e.isHandled, e.getTableName(), e.getAction(), e.getClientRecord().text], [false, 'todoitem', 'update', 'client']);
    equal([e.tableName, e.itemId, e.code, e.status, e.message], ['todoitem', 'a', e.error.code, facts[2], e.error.message]);
    equal([e.getError().name, e.getError().message, e.getError().status], ['TidetableError', e.message, facts[2]]);
    e.getClientRecord().text = 'bent';
    equal(e.client.text, 'client', 'records are copies');
    await client.syncContext.discard('all');
    server.bend = () => undefined;
    await todos.del('a');
    await client.syncContext.push();
    await client.close();
  }
}

/** What each classic call makes of a row that says 'client' here: [call, text here, text on the server]. */
const CLASSIC = [
  [(e) => e.cancelAndUpdate({ id: 'a', text: 'shown' }), 'shown', 'theirs'],
  [(e) => e.cancelAndDiscard(), 'theirs', 'theirs'],
  [(e) => e.cancel(), 'client', 'theirs'],
  [(e) => e.update({ ...e.getClientRecord(), text: 'short' }), 'short', 'short'],
  [(e) => e.changeAction('update', { id: 'a', text: 'short' }), 'short', 'short'],
  [(e) => e.changeAction('update'), 'client', 'client'],
  [(e) => e.changeAction('delete'), 'not-found', 'deleted'],
  [(e) => e.changeAction('del'), 'not-found', 'deleted'],
];

/** Runs `decide` on a conflict and on a refused operation and checks what came of it. */
async function eachWay(open, server, decide) {
  for (const [make, theirs] of [[inConflict, 'server'], [refused, 'base']]) {
    for (const [call, here, there] of CLASSIC) {
      server.tables.clear();
      server.bend = () => undefined;
      const { client, todos } = await make(open, server);
      await decide(client, call, () => { server.bend = () => undefined; });
      const place = `${make.name}: ${call}`;
      const [local, remote] = [here, there].map((text) => (text === 'theirs' ? theirs : text));
      equal([await localText(todos), remoteText(server), await client.syncContext.pending()], [local, remote, 0], place);
      equal((await client.getSystemTable('errors').read()).length, 0, place);
      await client.close();
    }
  }
}

export async function callingDecidesInAHandlerThatReturnsNothing({ open, server, database }) {
  let last = 0;
  await eachWay((options) => open({ ...options, database: `${database}-${++last}` }), server, async (client, call, mend) => {
    const asked = new Calls();
    const decide = async (e) => {
      equal(await call(e), undefined);
      equal(e.isHandled, true);
      mend();
      asked.add(e);
    };
    client.syncContext.pushHandler = { onConflict: decide, onError: decide };
    equal((await client.syncContext.push()).errors, []);
    equal(asked.all.length, 1);
  });
}

export async function callingDecidesAtAnyTime({ open, server, database }) {
  let last = 0;
  await eachWay((options) => open({ ...options, database: `${database}-${++last}` }), server, async (client, call, mend) => {
    const [failed] = (await rejects(client.syncContext.push(), 'push-failed')).result.errors;
    equal(failed.isHandled, false);
    equal(await call(failed), undefined);
    equal(failed.isHandled, true);
    mend();
    await client.syncContext.push();
  });
}

export async function whatWasDeletedOnTheServerCanBeInsertedAgain({ open, server }) {
  const { client, todos } = await inConflict(open, server);
  server.tables.get('todoitem').delete('a');
  client.syncContext.pushHandler = {
    onConflict(e) {
      equal([e.isConflict(), e.getServerRecord(), e.status], [true, null, 404]);
      return e.changeAction('insert');
    },
  };
  await client.syncContext.push();
  equal([remoteText(server), await localText(todos)], ['client', 'client']);
}

export async function aRowDeletedHereHasToBeGivenToBeSent({ open, server }) {
  const { client, todos } = await inConflict(open, server);
  await todos.del('a');
  const error = await rejects(client.syncContext.push(), 'push-failed');
  const [failed] = error.result.errors;
  equal([failed.client, failed.getClientRecord(), failed.getAction()], [null, null, 'delete']);
  await rejects(failed.changeAction('update'), 'invalid-row');
  equal(failed.isHandled, false);
  await failed.changeAction('update', failed.getServerRecord());
  await client.syncContext.push();
  equal([remoteText(server), await localText(todos)], ['server', 'server']);
}

export async function wrongClassicCallsRejectAndDecideNothing({ open, server }) {
  const { client } = await inConflict(open, server);
  const wrong = async (e) => {
    await rejects(e.cancelAndUpdate(), 'invalid-row', /must be an object/);
    await rejects(e.update('text'), 'invalid-row', /must be an object/);
    await rejects(e.changeAction('upsert'), 'invalid-options', /'insert', 'update' or 'delete', not 'upsert'/);
    await rejects(e.changeAction(), 'invalid-options', /not 'undefined'/);
    equal(e.isHandled, false);
  };
  const asked = new Calls();
  client.syncContext.pushHandler = { async onConflict(e) { await wrong(e); asked.add(); } };
  const [failed] = (await rejects(client.syncContext.push(), 'push-failed')).result.errors;
  await asked.next();
  await wrong(failed);
  await rejects(failed.update({ id: 'b' }), 'invalid-row', /another id/);
  equal([failed.isHandled, (await client.syncContext.conflicts()).length], [false, 1]);
}

export async function theLastClassicCallCounts({ open, server }) {
  const { client, todos } = await inConflict(open, server);
  client.syncContext.pushHandler = {
    async onConflict(e) {
      await e.cancelAndDiscard();
      await e.update({ text: 'mine' });
    },
  };
  await client.syncContext.push();
  equal([remoteText(server), await localText(todos)], ['mine', 'mine']);
}

export async function answeringTwiceIsAnErrorThatNamesBoth({ open, server }) {
  const { client, todos } = await inConflict(open, server);
  const errors = uncaught();
  const asked = new Calls();
  const handler = {
    async onConflict(e) {
      asked.add(e);
      await e.cancel();
      return e.keepServer();
    },
  };
  client.syncContext.pushHandler = handler;
  const [entry] = (await rejects(client.syncContext.push(), 'push-failed')).result.errors;
  const [error, ...others] = errors();
  equal([error.code, error.table, error.id, others], ['already-decided', 'todoitem', 'a', []]);
  matches(error.message, /decided twice, by cancel and by returning 'server'/);
  equal([await localText(todos), remoteText(server)], ['client', 'server'], 'neither was carried out');

  await entry.keepServer();
  matches((await rejects(entry.cancel(), 'already-decided')).message, /by keepServer and by cancel/);

  server.put('todoitem', { id: 'a', text: 'server again' });
  await todos.update({ id: 'a', text: 'client again' });
  handler.onConflict = (e) => { asked.add(e); return e.keepClient(); };
  await client.syncContext.push();
  await asked.next();
  const [answered] = await asked.next();
  equal(answered.isHandled, true);
  matches((await rejects(answered.cancelAndDiscard(), 'already-decided')).message, /by returning 'client' and by cancelAndDiscard/);
  equal(remoteText(server), 'client again');
}

export async function isHandledHasARefusedOperationSentAgainButNoConflict({ open, server }) {
  const { client, todos } = await refused(open, server);
  let asked = 0;
  client.syncContext.pushHandler = {
    onError(e) {
      if (++asked === 2) server.bend = () => undefined;
      e.isHandled = true;
    },
  };
  equal([(await client.syncContext.push()).sent, asked, remoteText(server)], [1, 2, 'client']);

  server.put('todoitem', { id: 'a', text: 'server' });
  await todos.update({ id: 'a', text: 'client again' });
  const handled = new Calls();
  client.syncContext.pushHandler = { onConflict(e) { e.isHandled = true; handled.add(e.isHandled); } };
  await rejects(client.syncContext.push(), 'push-failed');
  equal([await handled.next(), remoteText(server)], [[false], 'server']);

  client.syncContext.pushHandler = { async onConflict(e) { await e.cancel(); e.isHandled = false; } };
  await client.syncContext.retry();
  await rejects(client.syncContext.push(), 'push-failed');
  equal(await client.syncContext.pending(), 1);
}

export async function aHandlerThatChangesNothingIsNotAskedForEver({ open, server }) {
  const { client } = await refused(open, server);
  let asked = 0;
  client.syncContext.pushHandler = { onError: (e) => { asked++; return e.keepClient(); } };
  await rejects(client.syncContext.push(), 'push-failed');
  equal([asked, (await client.syncContext.operations()).map(({ state }) => state)], [5, ['parked']]);
  await client.syncContext.retry();
  await rejects(client.syncContext.push(), 'push-failed');
  equal(asked, 10, 'who pushes is asked again');
}

export async function aHandlerThatThrowsDecidesNothing({ open, server }) {
  const { client } = await inConflict(open, server);
  const errors = uncaught();
  const asked = new Calls();
  client.syncContext.pushHandler = {
    async onConflict(e) {
      asked.add(e);
      await e.cancelAndDiscard();
      throw new Error('of the app');
    },
  };
  await rejects(client.syncContext.push(), 'push-failed');
  equal([errors().map(({ message }) => message), await client.syncContext.pending()], [['of the app'], 1]);
  const [e] = await asked.next();
  equal(e.isHandled, false, 'what it had called is void');
  await e.cancelAndDiscard();
  equal(await client.syncContext.pending(), 0);
}

export async function aHandlerThatTakesLongKeepsNobodyWaiting({ open, server }) {
  const { client, todos } = await inConflict(open, server);
  const asked = new Calls();
  const answer = deferred();
  client.syncContext.pushHandler = { onConflict: (e) => { asked.add(e); return answer.promise; } };
  const push = client.syncContext.push();
  const [e] = await asked.next();
  await todos.insert({ id: 'b', text: 'meanwhile' });
  equal((await client.syncContext.push({ waitForHandlers: false })).sent, 1);
  equal([server.get('todoitem', 'b').text, e.signal.aborted], ['meanwhile', false]);
  answer.resolve(e.keepClient());
  equal([(await push).reason, remoteText(server)], ['complete', 'client']);
}

export async function aHandlerThatNeverReturnsEndsWithThePush({ open, server }) {
  const { client, todos } = await inConflict(open, server);
  const asked = new Calls();
  client.syncContext.pushHandler = { onConflict: (e) => { asked.add(e); return new Promise(() => {}); } };
  for (const end of [(abort) => abort.abort(new Error('enough')), () => client.close()]) {
    const abort = new AbortController();
    const push = client.syncContext.push({ signal: abort.signal });
    const [e] = await asked.next();
    const closed = new Promise((resolve) => e.signal.addEventListener('abort', resolve));
    const ended = rejects(push, end.length ? 'cancelled' : 'closed');
    await end(abort);
    await ended;
    await closed;
    equal([e.signal.reason.code, remoteText(server)], ['cancelled', 'server']);
  }
  const again = await open();
  equal([(await again.syncContext.conflicts()).length, await localText(again.getSyncTable(todos.name))], [1, 'client']);
}

export async function decisionsThatComeLateAreCarriedOutOnce({ open, server }) {
  const { client, todos } = await inConflict(open, server);
  const asked = new Calls();
  client.syncContext.pushHandler = { onConflict: (e) => { asked.add(e); } }; // a dialog that nobody waits for
  await rejects(client.syncContext.push(), 'push-failed');
  const [e] = await asked.next();
  await e.keepServer();
  equal([await localText(todos), await client.syncContext.pending(), e.isHandled], ['server', 0, true]);
  await rejects(e.update({ text: 'too late' }), 'already-decided', /by keepServer and by update/);

  server.put('todoitem', { id: 'a', text: 'server again' });
  await todos.update({ id: 'a', text: 'client again' });
  const answer = deferred();
  client.syncContext.pushHandler = { onConflict: (late) => { asked.add(late); return answer.promise; } };
  const abort = new AbortController();
  const push = client.syncContext.push({ signal: abort.signal });
  const [withdrawn] = await asked.next();
  abort.abort();
  await rejects(push, 'cancelled');
  answer.resolve({ kind: 'server' }); // what is returned now reaches nobody
  await answer.promise;
  equal(await client.syncContext.pending(), 1);
  await withdrawn.cancelAndDiscard();
  equal([await localText(todos), await client.syncContext.pending()], ['server again', 0]);
}

export async function refusedOperationsAreDecidedByNumberToo({ open, server }) {
  const { client, todos } = await refused(open, server);
  await rejects(client.syncContext.push(), 'push-failed');
  const [{ seq }] = await client.syncContext.operations();
  await rejects(client.syncContext.resolve(seq, { kind: 'cancelPush' }), 'invalid-options', /no push to cancel/);
  await rejects(client.syncContext.resolve(seq, { kind: 'merge' }), 'invalid-row');
  await rejects(client.syncContext.resolve(seq, { kind: 'forget', row: null }), 'invalid-row');
  await client.syncContext.resolve(seq, { kind: 'merge', row: { text: 'short' } });
  await rejects(client.syncContext.resolve(seq, { kind: 'client' }), 'invalid-options', /has not failed/);
  server.bend = () => undefined;
  await client.syncContext.push();
  equal([remoteText(server), await localText(todos)], ['short', 'short']);
}

export async function twoDevicesMeetInOneRow({ open, server, database }) {
  const [here, there] = await Promise.all(['here', 'there'].map(async (name) => {
    const client = await open({ database: `${database}-${name}` });
    return { client, todos: client.getSyncTable('todoitem') };
  }));
  await here.todos.insert({ id: 'a', text: 'base', n: 0 });
  await here.client.syncContext.push();
  await there.todos.pull();
  await there.todos.update({ id: 'a', text: 'there' });
  await there.client.syncContext.push();
  await here.todos.update({ id: 'a', n: 1 });
  let changed = 0;
  const seen = ['base'];
  here.client.syncContext.pushHandler = {
    async onConflict(e) {
      equal([e.base.text, e.client.n, e.server.text], [seen.at(-1), 1, `there${seen.length - 1 || ''}`]);
      seen.push(e.server.text);
      if (++changed < 4) { // and the other one goes on
        await there.todos.update({ id: 'a', text: `there${changed}` });
        await there.client.syncContext.push();
      }
      return e.merge({ ...e.server, n: e.client.n });
    },
  };
  await here.client.syncContext.push();
  await there.todos.pull();
  for (const { todos } of [here, there]) equal((({ text, n }) => [text, n])(await todos.lookup('a')), ['there3', 1]);
  equal(changed, 4);
}

export async function anotherTabCanDecide({ open, server }) {
  const { client, todos } = await inConflict(open, server);
  await rejects(client.syncContext.push(), 'push-failed');
  const tab = await open();
  const [conflict] = await tab.syncContext.conflicts();
  await conflict.update({ text: 'by the other tab' });
  equal((await client.syncContext.push()).errors, []);
  equal([remoteText(server), await localText(todos)], ['by the other tab', 'by the other tab']);
}

export async function aDecisionHoldsForTheServersRowThatWasSeen({ open, server }) {
  const { client, todos } = await inConflict(open, server);
  const [seen] = (await rejects(client.syncContext.push(), 'push-failed')).result.errors;
  server.put('todoitem', { id: 'a', text: 'server again' });
  await todos.pull(null, null, { push: 'none' });
  for (const decide of [() => seen.keepClient(), () => seen.keepServer(), () => seen.update({ text: 'mine' })]) {
    await rejects(decide(), 'conflict', /look at the conflict again/);
    equal([seen.isHandled, await client.syncContext.pending()], [false, 1]);
  }
  const [now] = await client.syncContext.conflicts();
  equal([now.base.text, now.client.text, now.server.text], ['base', 'client', 'server again']);
  await now.keepClient();
  await client.syncContext.push();
  equal(remoteText(server), 'client');
}
