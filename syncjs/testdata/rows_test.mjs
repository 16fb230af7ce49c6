// Reading and writing rows.

import { equal, matches, rejects } from './kit.mjs';

export async function insertResolvesWithTheStoredRow({ open }) {
  const todos = (await open()).getSyncTable('todoitem');
  const row = await todos.insert({ text: 'Buy milk', complete: false });
  matches(row.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  equal(row, { id: row.id, text: 'Buy milk', complete: false });
  equal(await todos.lookup(row.id), row);
}

export async function updateMergesAndReplaceSetsTheWholeRow({ open }) {
  const todos = (await open()).getSyncTable('todoitem');
  await todos.insert({ id: 'a', text: 'Buy milk', complete: false, note: 'x' });
  equal(await todos.update({ id: 'a', complete: true, note: undefined }), { id: 'a', text: 'Buy milk', complete: true, note: 'x' });
  equal(await todos.replace({ id: 'a', text: 'Buy bread' }), { id: 'a', text: 'Buy bread' });
}

export async function textOfEveryKindSurvives({ open }) {
  const todos = (await open()).getSyncTable('todoitem');
  const text = 'ä "quoted" \\ back\u2028line \u0000 🌊';
  const row = await todos.insert({ id: 'a', text, when: new Date(0), [text]: [1.5, null, { deep: [true] }] });
  equal(row, { id: 'a', text, when: '1970-01-01T00:00:00.000Z', [text]: [1.5, null, { deep: [true] }] });
}

export async function delTakesAnIdOrARow({ open }) {
  const todos = (await open()).getSyncTable('todoitem');
  await todos.insert({ id: 'a' });
  const b = await todos.insert({ id: 'b' });
  equal(await todos.del('a'), undefined);
  await todos.del(b);
  equal(await todos.read(), []);
  await rejects(todos.lookup('a'), 'not-found');
}

export async function manyWritesAtOnceKeepTheirOrder({ open }) {
  const client = await open();
  const todos = client.getSyncTable('todoitem');
  await Promise.all(Array.from({ length: 200 }, (_, i) => todos.insert({ id: `r${i}`, n: i })));
  const operations = await client.syncContext.operations();
  equal(operations.map((operation) => operation.id), Array.from({ length: 200 }, (_, i) => `r${i}`));
}

export async function wrongRowsAreRefusedAndChangeNothing({ open }) {
  const client = await open();
  const todos = client.getSyncTable('todoitem');
  const cyclic = { id: 'a' };
  cyclic.self = cyclic;
  for (const [row, message] of [
    ['text', /not a string/], [null, /not null/], [undefined, /not undefined/], [[], /not an array/], [7, /not a number/],
    [cyclic, /cannot be written as JSON.*refers to itself/], [{ n: 10n }, /'n' is a bigint/], [{ n: NaN }, /'n' is NaN/],
    [{ deep: [{ n: Infinity }] }, /'n' is Infinity/], [{ f() {} }, /'f' is a function/], [{ d: new Date(NaN) }, /'d' is an invalid Date/],
    [{ m: new Map() }, /'m' is a Map/], [new Date(0), /toJSON/],
  ]) {
    const error = await rejects(todos.insert(row), 'invalid-row', message);
    equal(error.table, 'todoitem');
  }
  await rejects(todos.update({ text: 'x' }), 'invalid-id', /needs an 'id'/);
  await rejects(todos.insert({ id: 7 }), 'invalid-id');
  await rejects(todos.insert({ id: '-a' }), 'invalid-id');
  await rejects(todos.del(7), 'invalid-id', /not a number/);
  await rejects(todos.del({}), 'invalid-id');
  await rejects(todos.lookup(undefined), 'invalid-id', /not undefined/);
  equal(await client.syncContext.pending(), 0);
  equal(await todos.read(), []);
}

export async function errorsSayWhere({ open }) {
  const todos = (await open()).getSyncTable('todoitem');
  await todos.insert({ id: 'a' });
  const error = await rejects(todos.insert({ id: 'a' }), 'exists', /insert.*'todoitem'.*'a'/);
  equal([error.table, error.id], ['todoitem', 'a']);
  await rejects(todos.update({ id: 'b' }), 'not-found');
  await todos.del('a');
}

export async function tablesThatAreNotDeclaredAreUnknown({ open }) {
  const client = await open({ tables: { todoitem: { columns: { text: 'string' } } } });
  const other = client.getSyncTable('todoitems');
  await rejects(other.insert({}), 'unknown-table', /insert.*'todoitems'.*'todoitem'/);
  await rejects(other.read(), 'unknown-table');
  await rejects(other.pull(), 'unknown-table');
}

export async function aFullDiskIsToldAndChangesNothing({ open, disk, database }) {
  const client = await open();
  const todos = client.getSyncTable('todoitem');
  await todos.read();
  disk.full(database);
  const error = await rejects(todos.insert({ id: 'a' }), 'quota');
  equal(error.cause instanceof Error, true);
  equal(await client.syncContext.pending(), 0);
}
