// Pull, purge and resync, of one table and of several, and what the status tells of them.

import { Calls, deferred, equal, inConflict, matches, rejects } from './kit.mjs';
import { json } from './tableserver.mjs';

const gets = (server) => server.log.filter(({ method }) => method === 'GET');
const ids = async (query) => (await query.read()).map(({ id }) => id).join('');

async function filled({ open, server }, options) {
  for (const id of ['a', 'b', 'c']) server.put('todoitem', { id, done: id !== 'c' });
  const client = await open(options);
  const todos = client.getSyncTable('todoitem');
  await todos.pull(null, 'all');
  return { client, todos };
}

export async function purgeRemovesRowsHereOnly(kit) {
  const { todos } = await filled(kit);
  equal([await todos.purge(todos.where({ done: true })), await ids(todos)], [2, 'c']);
  equal((await todos.pull(null, 'all')).inserted, 2, 'the next pull brings them again');
  for (const keepTokens of [true, false]) {
    equal([await todos.purge(null, { keepTokens }), await ids(todos), kit.server.tables.get('todoitem').size], [3, '', 3]);
    await todos.pull(null, 'all');
    equal(/updatedAt ge/.test(gets(kit.server).at(-1).query.get('$filter')), keepTokens);
  }
}

export async function purgeSparesWhatIsPendingUnlessForced(kit) {
  const { client, todos } = await filled(kit);
  await todos.update({ id: 'a', text: 'ours' });
  for (const options of [undefined, {}, false, { force: false }]) {
    await rejects(todos.purge(null, options), 'pending-operations', /pending operations: 1/);
  }
  equal(await todos.purge(todos.where({ done: false })), 1);
  kit.server.bend = ({ method }) => method !== 'GET' && json(503, {});
  const error = await rejects(todos.purge(null, { push: true }), 'push-failed');
  equal([error.result.reason, await ids(todos)], ['server', 'ab']);
  kit.server.bend = () => undefined;
  equal([await todos.purge(null, { push: true }), kit.server.get('todoitem', 'a').text], [2, 'ours']);
  for (const force of [true, { force: true }]) {
    await todos.insert({ id: 'x' });
    equal([await todos.purge(todos.where({ id: 'x' }), force), await client.syncContext.pending()], [1, 0]);
  }
}

export async function mistakesInPullsAreNamed({ open, server }) {
  const client = await open({ tables: { todoitem: {}, other: {} } });
  const todos = client.getSyncTable('todoitem');
  const other = client.getSyncTable('other');
  for (const [call, code, message] of [
    [() => todos.purge(null, { froce: true }), 'invalid-options', /purge: there is no option 'froce'; did you mean 'force'/],
    [() => todos.purge(null, 'all'), 'invalid-options', /the second argument must be an object, not 'all'/],
    [() => todos.purge(null, null), 'invalid-options', /second argument/],
    [() => todos.purge(other), 'invalid-query', /purge: the query must be one of table 'todoitem'/],
    [() => todos.purge(todos.take(1)), 'invalid-query', /condition only/],
    [() => todos.purge(null, { signal: AbortSignal.abort() }), 'cancelled'],
    [() => todos.pull(null, null, { compare: 1 }), 'invalid-options', /'compare' must be true or false/],
    [() => todos.pull(null, null, null), 'invalid-options', /third argument/],
    [() => todos.pull(null, 5), 'invalid-options', /query id must be a text, or null.*not 5/],
    [() => todos.pull(todos.take(1), null, { compare: true }), 'invalid-query', /skip and take/],
    [() => todos.resync(null, null, { compare: true }), 'invalid-options', /resync: there is no option 'compare'/],
    [() => todos.resync(other), 'invalid-query', /resync: .*'todoitem'/],
    [() => client.getSyncTable('no').purge(), 'unknown-table', /'other', 'todoitem'/],
    [() => client.pull(), 'invalid-options', /pull: the first argument must be an array, not undefined/],
    [() => client.pull([{ tabel: 'other' }]), 'invalid-options', /'pulls.0.tabel'; did you mean 'pulls.0.table'/],
    [() => client.pull([{ table: 'other' }, {}]), 'invalid-options', /'pulls.1.table' is missing/],
    [() => client.pull([{ table: 'other' }, { table: 'no' }]), 'unknown-table', /'no'/],
    [() => client.pull([{ table: 'other', query: todos }]), 'invalid-query', /one of table 'other'/],
    [() => client.pull([], { push: 'some' }), 'invalid-options', /'push' must be 'all'/],
    [() => client.pull([{ table: 'other' }], { signal: AbortSignal.abort() }), 'cancelled'],
  ]) {
    await rejects(call(), code, message);
  }
  equal([server.log.length, await client.pull([])], [0, []]);
  await client.close();
  for (const call of [() => todos.purge(), () => todos.resync(), () => client.pull([{ table: 'other' }])]) await rejects(call(), 'closed');
}

export async function comparingFindsWhatIsGoneForGood(kit) {
  const { client, todos } = await filled(kit);
  kit.server.tables.get('todoitem').delete('b');
  await todos.update({ id: 'a', text: 'ours' });
  equal((await todos.pull(null, 'all', { push: 'none' })).deleted, 0, 'an ordinary pull cannot know');
  const { deleted, received, restarted } = await todos.pull(null, 'all', { push: 'none', compare: true });
  equal([deleted, received, restarted, await ids(todos), await client.syncContext.pending()], [1, 2, false, 'ac', 1]);
  kit.server.tables.get('todoitem').delete('c');
  equal([(await todos.resync(null, 'all', { pageSize: 50 })).deleted, await ids(todos), kit.server.get('todoitem', 'a').text], [1, 'a', 'ours']);
  equal((await todos.resync()).received, 1);
}

export async function anotherQueryUnderAnIdStartsAgain(kit) {
  const { todos } = await filled(kit);
  equal([(await todos.pull(null, 'all')).restarted, (await todos.pull(todos.where({ done: true }), 'all')).restarted], [false, true]);
}

export async function severalTablesArePulledAfterOnePush({ open, server }) {
  for (const [table, id] of [['todoitem', 'a'], ['todoitem', 'b'], ['other', 'x']]) server.put(table, { id });
  const client = await open();
  const [todos, other] = ['todoitem', 'other'].map((name) => client.getSyncTable(name));
  await other.insert({ id: 'y' });
  const pulls = [{ table: 'todoitem', query: todos.where({ done: false }), queryId: 'open' }, { table: 'other' }];
  equal((await client.pull(pulls, { push: 'none' })).map(({ received }) => received), [2, 1]);
  equal(server.log.every(({ method }) => method === 'GET'), true);
  matches(server.log[0].query.get('$filter'), /done eq false/);
  server.log.length = 0;
  const results = await client.pull(pulls);
  equal(server.log.map(({ method, path }) => `${method} ${path.slice(8)}`).join(), 'POST other,GET todoitem,GET other', 'also what only a later one has pending');
  equal(results.map(({ token }) => token !== ''), [true, false]);
  equal((await other.lookup('y')).version !== undefined, true);
}

export async function pullsThatStopTellWhatEndedBefore({ open, server }) {
  for (const table of ['todoitem', 'other']) server.put(table, { id: 'a' });
  const client = await open();
  const pulls = [{ table: 'todoitem' }, { table: 'other' }];
  server.bend = ({ path }) => path.endsWith('/other') && json(404, {});
  const stopped = await rejects(client.pull(pulls), 'table-not-found');
  equal([stopped.table, stopped.results.map(({ received }) => received)], ['other', [1]]);

  await client.getSyncTable('todoitem').insert({ id: 'bad' });
  server.bend = ({ method }) => method === 'POST' && json(400, { title: 'no' });
  const refused = await rejects(client.pull(pulls), 'push-failed');
  equal([refused.results.map(({ received }) => received), refused.result.errors.map(({ id }) => id), refused.pulled], [[1, 1], ['bad'], undefined]);
  await refused.result.errors[0].discard();

  await client.getSyncTable('todoitem').insert({ id: 'c' });
  server.bend = () => { throw new TypeError('cut'); };
  const cut = await rejects(client.pull(pulls), 'push-failed');
  equal([cut.result.reason, cut.results], ['network', []]);
}

export async function abortedPullsOfSeveralTablesEnd({ open, server }) {
  const client = await open();
  const asked = deferred();
  server.bend = () => { asked.resolve(); return new Promise(() => {}); };
  const abort = new AbortController();
  const pull = client.pull([{ table: 'todoitem' }], { signal: abort.signal });
  await asked.promise;
  abort.abort('enough');
  equal((await rejects(pull, 'cancelled')).cause, 'enough');
}

export async function statusTellsWhenTablesWereLastPulled({ open, server }) {
  const client = await open({ tables: { todoitem: {}, other: {} } });
  equal(client.status.tables, { other: { lastPulled: null }, todoitem: { lastPulled: null } });
  equal([Object.isFrozen(client.status.tables), Object.isFrozen(client.status.tables.other)], [true, true]);
  const states = new Calls();
  client.addEventListener('status', ({ detail: { phase, tables } }) => states.add(phase, tables.todoitem.lastPulled));
  const todos = client.getSyncTable('todoitem');
  const began = Date.now();
  await todos.pull();
  const first = client.status.tables.todoitem.lastPulled;
  equal([first >= began, first <= Date.now(), client.status.tables.other.lastPulled], [true, true, null], 'though there were no rows');
  equal(states.all.some(([phase, pulled]) => phase === 'pulling' && pulled === null), true);
  equal(states.all.filter(([phase]) => phase === 'idle').every(([, pulled]) => pulled !== null), true, 'known when the pull has ended');

  while (Date.now() === first.getTime()) await null;
  await todos.pull();
  equal(client.status.tables.todoitem.lastPulled > first, true, 'also when nothing came');
  server.bend = () => json(503, {});
  const second = client.status.tables.todoitem.lastPulled;
  await rejects(todos.pull(), 'server');
  equal(client.status.tables.todoitem.lastPulled.getTime(), second.getTime(), 'not when it failed');
}

export async function lastPulledIsKnownInOtherTabsAndLater({ open, server }) {
  const [here, there] = [await open(), await open({ tables: { todoitem: {} } })];
  equal([here.status.tables, there.status.tables.todoitem.lastPulled], [{}, null]);
  const heard = new Calls();
  there.addEventListener('status', ({ detail }) => detail.tables.todoitem.lastPulled && heard.add(detail));
  server.put('todoitem', { id: 'a' });
  await here.getSyncTable('todoitem').pull();
  const { lastPulled } = here.status.tables.todoitem;
  equal((await heard.next())[0].tables.todoitem, { lastPulled });
  await here.close();
  const later = await open();
  equal(later.status.tables, {});
  await later.getSyncTable('todoitem').read();
  equal(later.status.tables, { todoitem: { lastPulled } });
}

export async function statusTellsHowFarAPullIs({ open, server }) {
  for (let i = 0; i < 5; i++) server.put('todoitem', { id: `${i}` });
  const client = await open();
  const told = new Set();
  client.addEventListener('status', ({ detail: { phase, table, done, total } }) => phase === 'pulling' && told.add(`${table} ${done}/${total}`));
  equal((await client.getSyncTable('todoitem').pull(null, null, { pageSize: 3 })).inserted, 5);
  equal([told.has('todoitem 3/5'), client.status.done >= 5], [true, true], [...told].join());
}

export async function pullLeavesConflictsAlone({ open, server }) {
  const { todos } = await inConflict(open, server);
  equal([(await todos.pull(null, 'all', { push: 'none' })).skipped, (await todos.lookup('a')).text], [1, 'client']);
}

export async function tablesWithoutTimesAreReadWholeAndWarnedAbout({ open, server }) {
  for (const id of ['a', 'b', 'c']) server.put('todoitem', { id });
  server.raw = (text) => text.replace(/,"updatedAt":"[^"]*"/g, '');
  const client = await open();
  const warnings = new Calls();
  client.addEventListener('warning', ({ detail }) => warnings.add(detail));
  const todos = client.getSyncTable('todoitem');
  await todos.pull(null, 'all', { pageSize: 2 });
  server.tables.get('todoitem').delete('b');
  await todos.pull(null, 'all', { pageSize: 2 });
  equal([await ids(todos), warnings.all.map(([{ code, table }]) => [code, table])], ['ac', [['no-time', 'todoitem']]]);
  matches(warnings.all[0][0].message, /updatedAt/);
}
