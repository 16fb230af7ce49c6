// The protocols that openClient can be told, and what they find out.

import { equal, matches, rejects } from './kit.mjs';
import { json } from './tableserver.mjs';

const versionOf = ({ headers, query }) => headers.get('zumo-api-version') ?? query.get('ZUMO-API-VERSION');

/** Answers as a server of the generation before: its lists are arrays, its version is 2.0.0, and updates are PATCH. */
function classic(rows) {
  return (request) => {
    const { method, query, body } = request;
    if (versionOf(request) === '3.0.0') return json(400, { error: 'an older version' });
    if (method !== 'GET') return json(200, { ...rows[0], ...JSON.parse(body), version: '2' });
    return json(200, query.get('$inlinecount') === 'allpages' ? { results: rows, count: rows.length } : rows);
  };
}

const ROW = { id: 'a', text: 'one', note: 'kept', version: '1', updatedAt: '2024-01-01T00:00:00.000Z', deleted: false };

export async function autoAsksOnceAndRemembers({ open, server }) {
  server.bend = classic([ROW]);
  for (const questions of [1, 0]) {
    server.log.length = 0;
    const client = await open({ protocol: undefined });
    const todos = client.getSyncTable('todoitem');
    equal([(await todos.pull()).received, (await todos.pull()).received], [1, 1]);
    equal(server.log.filter((request) => versionOf(request) === '3.0.0').length, questions);
    equal(versionOf(server.log.at(-1)), '2.0.0');
    await client.close();
  }
}

export async function autoKnowsThePresentGeneration({ open, server }) {
  server.put('todoitem', { id: 'a' });
  const client = await open({ protocol: 'auto' });
  await client.getSyncTable('todoitem').insert({ id: 'b' });
  equal([(await client.getSyncTable('todoitem').pull()).received, server.get('todoitem', 'b').id], [2, 'b']);
  equal(server.log.every((request) => versionOf(request) === '3.0.0'), true);
}

export async function detectionWaitsForTheServer({ open, server }) {
  server.bend = () => { throw new TypeError('cut'); };
  const client = await open({ protocol: 'auto' });
  const todos = client.getSyncTable('todoitem');
  await todos.insert({ id: 'b' });
  await rejects(todos.pull(null, null, { push: 'none' }), 'network');
  server.bend = () => undefined;
  equal((await todos.pull()).received, 1);
}

export async function classicAndLegacyCanBeNamed({ open, server, database }) {
  server.bend = classic([ROW]);
  const named = await open({ database: `${database}-classic`, protocol: 'classic' });
  await named.getSyncTable('todoitem').pull();
  equal(server.log.map(versionOf), ['2.0.0']);

  server.log.length = 0;
  const { version: __version, updatedAt: __updatedAt, deleted: __deleted, ...own } = ROW;
  server.bend = () => json(200, server.log.length > 1 ? [] : [{ ...own, __version, __updatedAt, __deleted }]);
  const old = await open({ database: `${database}-legacy`, protocol: undefined, applicationKey: 'key-1' });
  const todos = old.getSyncTable('todoitem');
  await todos.pull(null, null, { pageSize: 50 });
  equal([server.log[0].headers.get('x-zumo-application'), versionOf(server.log[0])], ['key-1', null]);
  matches(server.log[0].query.get('__systemproperties'), /__version/);
  const { version, updatedAt, __version: none } = await todos.lookup('a');
  equal([version, updatedAt, none], [ROW.version, ROW.updatedAt, undefined]);
}

export async function partialTablesAskForTheirColumns({ open, server, database }) {
  const tables = { todoitem: { partial: ['text'] } };
  server.bend = classic([{ ...ROW, note: undefined }]);
  const client = await open({ database: `${database}-classic`, protocol: 'classic', tables });
  const todos = client.getSyncTable('todoitem');
  await todos.pull();
  const selected = server.log[0].query.get('$select').split(',');
  equal([selected.includes('text'), selected.includes('version'), selected.includes('note')], [true, true, false]);
  await todos.update({ id: 'a', text: 'two' });
  await client.syncContext.push();
  const { method, body } = server.log.at(-1);
  equal([method, body], ['PATCH', '{"id":"a","text":"two"}']);

  server.bend = () => undefined;
  const replacing = await open({ tables });
  for (const call of [(t) => t.pull(), (t) => t.insert({ text: 'x' })]) {
    await rejects(call(replacing.getSyncTable('todoitem')), 'invalid-options', /'partial' cannot be used with this server/);
  }
}
