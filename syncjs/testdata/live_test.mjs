// Live queries.

import { LiveRows } from '../live.mjs';
import { Calls, equal, rejects } from './kit.mjs';

const ids = (rows) => rows.map((row) => row.id).join('');
const shape = ({ origin, added, removed, updated, moved }) => [origin, ids(added), ids(removed), ids(updated), ids(moved)];

export async function changesAreTold({ open }) {
  const todos = (await open()).getSyncTable('todoitem');
  await Promise.all(['a', 'b', 'c'].map((id, n) => todos.insert({ id, n, done: false })));
  const calls = new Calls();
  const stop = todos.where({ done: false }).orderBy('n').subscribe(calls.add);
  const [first, change] = await calls.next();
  equal(ids(first), 'abc');
  equal(shape(change), ['initial', 'abc', '', '', '']);

  await todos.update({ id: 'b', text: 'changed' });
  const [second, updated] = await calls.next();
  equal(shape(updated), ['local', '', '', 'b', '']);
  equal(second[0] === first[0] && second[2] === first[2], true, 'rows that did not change are the same objects');
  equal(second[1].text, 'changed');

  await todos.update({ id: 'a', n: 9 });
  const [third, moved] = await calls.next();
  equal(ids(third), 'bca');
  equal(shape(moved), ['local', '', '', 'a', 'a']);

  await todos.update({ id: 'c', done: true });
  equal(shape((await calls.next())[1]), ['local', '', 'c', '', '']);
  await todos.insert({ id: 'd', n: -1, done: false });
  const [last, inserted] = await calls.next();
  equal(ids(last), 'dba');
  equal(shape(inserted), ['local', 'd', '', '', '']);
  stop();
  equal(first.length, 3, 'arrays that were handed out stay as they were');
}

export async function rowsOfALiveQueryAreFrozen({ open }) {
  const todos = (await open()).getSyncTable('todoitem');
  await todos.insert({ id: 'a', deep: { list: [{}] } });
  const calls = new Calls();
  todos.subscribe(calls.add);
  const [[row]] = await calls.next();
  equal([row, row.deep, row.deep.list, row.deep.list[0]].every(Object.isFrozen), true);
}

export async function nothingIsToldAfterStop({ open, database }) {
  const client = await open();
  const todos = client.getSyncTable('todoitem');
  const stopped = new Calls();
  const others = new Calls();
  todos.subscribe(stopped.add)();
  const abort = new AbortController();
  todos.subscribe(stopped.add, { signal: abort.signal });
  abort.abort();
  todos.subscribe(stopped.add, { signal: AbortSignal.abort() });
  const stop = todos.subscribe(others.add);
  await others.next();
  await todos.insert({ id: 'a' });
  await others.next();
  stop();
  stop();
  equal(stopped.all.length, 0);
}

export async function countsAndSelectedColumnsAreLiveToo({ open }) {
  const todos = (await open()).getSyncTable('todoitem');
  await todos.insert({ id: 'a', text: 'x', n: 1 });
  const calls = new Calls();
  todos.select('text').take(1).includeTotalCount().subscribe(calls.add);
  const [rows] = await calls.next();
  equal([rows[0], rows.totalCount], [{ id: 'a', text: 'x' }, 1]);
  await todos.insert({ id: 'b' });
  const [again, change] = await calls.next();
  equal([again.totalCount, again[0] === rows[0]], [2, true]);
  equal(shape(change), ['local', '', '', '', '']);
}

export async function anotherClientOfTheDatabaseIsHeard({ open }) {
  const [one, two] = [await open(), await open()];
  const calls = new Calls();
  two.getSyncTable('todoitem').subscribe(calls.add);
  await calls.next();
  await one.getSyncTable('todoitem').insert({ id: 'a' });
  equal(shape((await calls.next())[1]), ['other', 'a', '', '', '']);
}

export async function errorsGoToOnError({ open }) {
  const client = await open({ tables: { todoitem: {} } });
  for (const [query, code] of [
    [client.getSyncTable('nope'), 'unknown-table'],
    [client.getSyncTable('todoitem').where('x eq'), 'invalid-query'],
    [client.getSyncTable('todoitem').take(-1), 'invalid-query'],
  ]) {
    const errors = new Calls();
    query.subscribe(() => {}, { onError: errors.add });
    equal((await errors.next())[0].code, code);
  }
  await client.close();
  const errors = new Calls();
  client.getSyncTable('todoitem').subscribe(() => {}, { onError: errors.add });
  equal((await errors.next())[0].code, 'closed');
  await rejects((async () => client.getSyncTable('todoitem').subscribe({}))(), 'invalid-options', /must be a function/);
}

export async function aListenerThatThrowsHarmsNobody({ open }) {
  const todos = (await open()).getSyncTable('todoitem');
  const reported = new Calls();
  const listen = (event) => { event.preventDefault(); reported.add(event.error.message); };
  addEventListener('error', listen);
  try {
    todos.subscribe(() => { throw new Error('of the app'); });
    equal(await reported.next(), ['of the app']);
    const calls = new Calls();
    todos.subscribe(calls.add);
    await calls.next();
  } finally {
    removeEventListener('error', listen);
  }
}

// Applies differences of a random walk and compares with what they were made from.
export async function anyDifferenceIsFoldedRight() {
  const seed = Number(crypto.getRandomValues(new Uint32Array(1))[0]);
  let state = seed;
  const random = (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  let told;
  const live = new LiveRows((rows, change) => { told = { rows, change }; }, () => {});
  let before = [];
  for (let round = 0; round < 300; round++) {
    const after = before.filter(() => random(8) > 0).map((row) => (random(6) === 0 ? { ...row, n: random(1e6) } : row));
    for (let i = random(3); i > 0; i--) after.splice(random(after.length + 1), 0, { id: `r${round}-${i}`, n: 0 });
    for (let i = random(3); i > 0 && after.length; i--) after.splice(random(after.length), 0, ...after.splice(random(after.length), 1));
    live.apply(difference(before, after));
    equal(told.rows, after, `seed ${seed}, round ${round}: rows`);
    checkChange(before, after, told.change, `seed ${seed}, round ${round}`);
    before = after;
  }
}

function difference(before, after) {
  const [old, now] = [before, after].map((rows) => rows.map((row) => row.id));
  const known = new Map(before.map((row) => [row.id, row]));
  let head = 0;
  while (head < Math.min(old.length, now.length) && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < Math.min(old.length, now.length) - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const at = after.flatMap((row, i) => (known.get(row.id) === row ? [] : [i]));
  return { origin: 'local', head, tail, ids: now.slice(head, now.length - tail), at, rows: at.map((i) => structuredClone(after[i])) };
}

function checkChange(before, after, change, place) {
  const old = new Map(before.map((row) => [row.id, row]));
  const now = new Map(after.map((row) => [row.id, row]));
  equal(ids(change.added), ids(after.filter((row) => !old.has(row.id))), `${place}: added`);
  equal(ids(change.removed), ids(before.filter((row) => !now.has(row.id))), `${place}: removed`);
  equal(ids(change.updated), ids(after.filter((row) => old.has(row.id) && old.get(row.id) !== row)), `${place}: updated`);
  const moved = new Set(change.moved.map((row) => row.id));
  const stayed = (rows, others) => ids(rows.filter((row) => others.has(row.id) && !moved.has(row.id)));
  equal(stayed(before, now), stayed(after, old), `${place}: rows that did not move are in the same order`);
}
