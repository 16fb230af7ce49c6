// How requests leave.

import { equal, deferred, matches, rejects } from './kit.mjs';
import { json } from './tableserver.mjs';

export async function requestsCarryHeadersAndParams({ open, server }) {
  const client = await open({
    url: 'https://server.test/app/?key=a%20b', headers: { 'X-App': '1' }, params: { lang: 'de&en' }, installationId: 'i-1', features: true,
  });
  await client.getSyncTable('todoitem').pull();
  const [request] = server.log;
  equal([request.path, request.query.get('key'), request.query.get('lang')], ['/app/tables/todoitem', 'a b', 'de&en']);
  equal([request.headers.get('x-app'), request.headers.get('x-zumo-installation-id')], ['1', 'i-1']);
  matches(request.headers.get('x-zumo-features'), /OL.*QS/);
  equal([request.cache, request.redirect], ['no-store', 'follow']);
}

export async function writesDoNotFollowRedirects({ open, server }) {
  const client = await open();
  await client.getSyncTable('todoitem').insert({ id: 'a' });
  server.bend = () => ({ type: 'opaqueredirect', status: 0, redirected: false, headers: new Headers(), arrayBuffer: async () => new ArrayBuffer(0) });
  const error = await rejects(client.syncContext.push(), 'push-failed');
  equal([server.log[0].redirect, error.result.reason], ['manual', 'server']);
  equal(await client.syncContext.pending(), 1);
}

export async function filtersStandAroundEveryRequest({ open, server }) {
  const seen = [];
  const client = await open({
    filters: [
      async (request, next) => {
        seen.push(`outer ${request.method} ${request.body}`);
        const response = await next({ ...request, headers: { ...request.headers, 'X-Outer': '1' } });
        seen.push(`outer ${response.status}`);
        return response;
      },
      (request, next) => {
        seen.push(`inner ${request.headers['X-Outer']}`);
        return next({ ...request, url: request.url.replace('server.test', 'other.test') });
      },
    ],
  });
  await client.getSyncTable('todoitem').insert({ id: 'a', text: 'ä' });
  await client.syncContext.push();
  equal(seen, ['outer POST {"id":"a","text":"ä"}', 'inner 1', 'outer 201']);
  equal([server.log[0].url.host, server.log[0].headers.get('x-outer')], ['other.test', '1']);
}

export async function aFilterMayAnswerOrFail({ open, server }) {
  let answer = () => json(200, { items: [{ id: 'x', version: '1', updatedAt: '2024-01-01T00:00:00Z' }], count: 1 });
  const client = await open({ filters: [() => answer()] });
  const todos = client.getSyncTable('todoitem');
  equal((await todos.pull()).inserted, 1);
  answer = () => { throw new Error('of the filter'); };
  const error = await rejects(todos.pull(), 'network');
  matches(error.cause.message, /of the filter/);
  answer = () => 'nonsense';
  await rejects(todos.pull(), 'network');
  equal(server.log, []);
}

export async function tokensAreAskedForEachRequest({ open, server }) {
  const asked = [];
  const client = await open({ auth: async ({ refresh }) => { asked.push(refresh); return `t${asked.length}`; } });
  const todos = client.getSyncTable('todoitem');
  await todos.pull();
  await todos.pull();
  equal(asked, [false, false]);
  equal(server.log.map(({ headers }) => headers.get('authorization')), ['Bearer t1', 'Bearer t2']);
}

export async function aRefusedTokenIsRefreshedOnce({ open, server }) {
  const asked = [];
  const client = await open({
    authHeader: 'X-ZUMO-AUTH',
    auth: ({ refresh }) => { asked.push(refresh); return refresh ? 'fresh' : 'old'; },
  });
  server.bend = ({ headers }) => headers.get('x-zumo-auth') === 'old' && json(401, { title: 'expired' });
  const todos = client.getSyncTable('todoitem');
  await Promise.all([todos.pull(), client.getSyncTable('other').pull()]);
  equal(asked.filter(Boolean).length, 1, 'refreshes');
  server.bend = () => json(401, { title: 'no' });
  const requests = server.log.length;
  await rejects(todos.pull(), 'auth');
  equal(server.log.length - requests, 2, 'requests');
}

export async function withoutATokenNothingIsSent({ open, server }) {
  let auth = () => null;
  const client = await open({ auth: () => auth() });
  const todos = client.getSyncTable('todoitem');
  await todos.pull();
  equal(server.log[0].headers.has('authorization'), false);
  server.bend = () => json(401, {});
  await rejects(todos.pull(), 'auth');
  auth = () => { throw new Error('signed out'); };
  matches((await rejects(todos.pull(), 'network')).cause.message, /signed out/);
}

export async function anAnswerThatDoesNotComeIsANetworkError({ open, server }) {
  const client = await open({ timeout: 20 });
  const aborted = deferred();
  server.bend = ({ signal }) => {
    signal.addEventListener('abort', () => aborted.resolve(signal.reason.name));
    return new Promise(() => {});
  };
  const error = await rejects(client.getSyncTable('todoitem').pull(), 'network');
  matches(error.cause.message, /no answer within 20 ms/);
  equal(await aborted.promise, 'TimeoutError');
}

export async function whateverAnswersIsNotATableServer({ open, server }) {
  const client = await open();
  const todos = client.getSyncTable('todoitem');
  await todos.insert({ id: 'a' });
  server.bend = () => new Response('<html>Sign in</html>', { status: 200, headers: { 'content-type': 'text/html' } });
  await rejects(todos.pull(null, null, { push: 'none' }), 'not-a-table-server');
  equal((await rejects(client.syncContext.push(), 'push-failed')).result.reason, 'server');
  equal(await client.syncContext.pending(), 1);
}
