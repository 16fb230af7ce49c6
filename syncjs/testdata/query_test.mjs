// Queries.

import { equal, rejects } from './kit.mjs';

const rows = [
  { id: 'a', text: 'Milk', done: false, n: 3, due: '2024-01-03T00:00:00Z' },
  { id: 'b', text: "O'Brien? no", done: true, n: 1, due: '2024-01-01T00:00:00.000Z' },
  { id: 'c', text: 'Bread', done: false, n: 2, due: null },
];

async function filled(open) {
  const todos = (await open()).getSyncTable('todoitem');
  await Promise.all(rows.map((row) => todos.insert(row)));
  return { todos, ids: async (query) => (await query.read()).map((row) => row.id).join('') };
}

export async function conditionsAreObjectsOrText({ open }) {
  const { todos, ids } = await filled(open);
  equal(await ids(todos), 'abc');
  equal(await ids(todos.where({})), 'abc');
  equal(await ids(todos.where({ done: false })), 'ac');
  equal(await ids(todos.where({ done: false, n: 2 })), 'c');
  equal(await ids(todos.where({ due: null })), 'c');
  equal(await ids(todos.where({ n: [1, 2, 9] })), 'bc');
  equal(await ids(todos.where({ n: [] })), '');
  equal(await ids(todos.where('n ge 2')), 'ac');
  equal(await ids(todos.where('n ge ? and startswith(text, ?)', 2, 'B')), 'c');
  equal(await ids(todos.where('n eq 1 or n eq 2').where({ done: false })), 'c', 'conditions are and-ed');
}

export async function valuesAreNeverPartOfTheText({ open }) {
  const { todos, ids } = await filled(open);
  equal(await ids(todos.where({ text: "O'Brien? no" })), 'b');
  equal(await ids(todos.where('text eq ?', "x' or true or '")), '');
}

export async function datesAreComparedAsInstants({ open }) {
  const { todos, ids } = await filled(open);
  equal(await ids(todos.where({ due: new Date(Date.UTC(2024, 0, 1)) })), 'b');
  equal(await ids(todos.where('due gt ?', new Date(Date.UTC(2024, 0, 1)))), 'a');
}

export async function rowsAreSortedCutAndCounted({ open }) {
  const { todos, ids } = await filled(open);
  equal(await ids(todos.orderBy('n')), 'bca');
  equal(await ids(todos.orderByDescending('n')), 'acb');
  equal(await ids(todos.orderBy('done').orderByDescending('text')), 'acb');
  equal(await ids(todos.orderBy('done', 'n')), 'cab');
  equal(await ids(todos.skip(1).take(1)), 'b');
  equal(await ids(todos.take(0)), '');
  const page = await todos.take(1).includeTotalCount().read();
  equal([page.length, page.totalCount], [1, 3]);
  equal((await todos.read()).totalCount, undefined);
  equal(await todos.where({ id: 'a' }).select('text', 'n').read(), [{ id: 'a', text: 'Milk', n: 3 }]);
}

export async function queriesAreImmutable({ open }) {
  const { todos, ids } = await filled(open);
  const pending = todos.where({ done: false });
  pending.where({ n: 2 });
  pending.orderByDescending('n').take(1);
  equal(await ids(pending), 'ac');
}

export async function mistakesRejectTheCall({ open }) {
  const client = await open();
  const todos = client.getSyncTable('todoitem');
  for (const [query, message] of [
    [todos.where('done eq'), /./], [todos.where(''), /./], [todos.where('n eq ?'), /./], [todos.where('n eq 1', 2), /./],
    [todos.where(undefined), /not undefined/], [todos.where([]), /not an array/], [todos.where({ list: undefined }), /'list'.*not undefined/],
    [todos.where({ a: {} }), /'a'.*not an object/], [todos.where({ 'a b': 1 }), /'a b'/], [todos.where({ n: NaN }), /'n'/],
    [todos.where('n eq ?', 1n), /value 1.*bigint/], [todos.where({ d: new Date(NaN) }), /'d'/],
    [todos.take(-1), /take.*-1|take.*number/], [todos.take('5'), /take/], [todos.skip(1.5), /skip/], [todos.take(undefined), /./],
    [todos.orderBy(undefined), /orderBy/], [todos.select(7), /select/],
  ]) {
    await rejects(query.read(), 'invalid-query', message);
  }
  const other = (await open()).getSyncTable('todoitem');
  await rejects(todos.pull(other.where({ done: true })), 'invalid-query', /must be one of table 'todoitem'/);
  await rejects(todos.pull(client.getSyncTable('other')), 'invalid-query', /'todoitem'/);
  await rejects(todos.pull('n eq 1'), 'invalid-query', /'todoitem'/);
  await rejects(todos.pull(todos.select('n'), 'q'), 'invalid-query', /select/);
  await rejects(todos.pull(todos.take(1), 'q'), 'invalid-query', /take/);
  await rejects(todos.pull(null, 7), 'invalid-options', /query id/);
  await rejects(todos.pull(null, null, { pagesize: 5 }), 'invalid-options', /did you mean 'pageSize'/);
}
