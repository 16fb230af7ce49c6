// Nothing stays behind.

import { Calls, equal, inConflict, uncaught } from './kit.mjs';

const ROUNDS = 1000;

export async function callbacksOfSubscriptionsAndFailedCalls({ open, server, disk }) {
  const client = await open();
  const todos = client.getSyncTable('todoitem');
  await todos.read();
  server.bend = () => { throw new TypeError('cut'); };
  await todos.pull().catch(() => {}); // what is made once is there
  const before = disk.live();
  for (let i = 0; i < ROUNDS; i++) {
    todos.subscribe(() => {}, { onError() {} })();
    await todos.lookup('nobody').catch(() => {});
    await todos.pull().catch(() => {});
  }
  equal(disk.live(), before);
}

export async function callbacksOfPulls({ open, server, disk }) {
  server.put('todoitem', { id: 'a' });
  const client = await open();
  const todos = client.getSyncTable('todoitem');
  const round = async () => {
    await client.pull([{ table: 'todoitem', queryId: 'all' }, { table: 'other' }]);
    await todos.pull(null, 'all', { compare: true });
    await todos.resync();
    await todos.purge();
    await todos.pull(null, null, { signal: AbortSignal.timeout(0) }).catch(() => {});
  };
  await round();
  const before = disk.live();
  for (let i = 0; i < ROUNDS / 5; i++) await round();
  equal(disk.live(), before);
}

export async function callbacksOfClients({ open, disk }) {
  await (await open()).close();
  const before = disk.live();
  for (let i = 0; i < ROUNDS; i++) {
    const client = await open();
    client.getSyncTable('todoitem').subscribe(() => {});
    client.syncContext.pushHandler = { onConflict() {} };
    await client.close();
  }
  equal(disk.live(), before);
}

export async function callbacksOfHandlers({ open, server, disk }) {
  const { client, todos } = await inConflict(open, server);
  const errors = uncaught();
  const asked = new Calls();
  const answers = [
    (e) => e.keepClient(), (e) => e.update({ text: 'mine' }), () => undefined, () => { throw new Error('of the app'); }, () => new Promise(() => {}),
  ];
  const round = async (n) => {
    server.put('todoitem', { id: 'a', text: `server ${n}` });
    await todos.update({ id: 'a', text: `client ${n}` });
    client.syncContext.pushHandler = {
      onOperation: (op, send) => send().catch(() => {}),
      onConflict: (e) => { asked.add(); return answers[n % answers.length](e); },
      onPushComplete() {},
    };
    const abort = new AbortController();
    const push = client.syncContext.push({ signal: abort.signal }).catch(() => {});
    await asked.next();
    if (n % answers.length === answers.length - 1) abort.abort();
    await push;
    await client.syncContext.discard('all');
  };
  for (let n = 0; n < answers.length; n++) await round(n);
  const before = disk.live();
  for (let n = 0; n < ROUNDS / 5; n++) await round(n);
  equal(disk.live(), before);
  equal(errors().length, ROUNDS / 25 + 1);
}
