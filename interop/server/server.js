// A classic table server, azure-mobile-apps on SQLite in memory, with no code of ours in it
// but its configuration. It listens on a port of its choice on this machine and says so in
// its first line; then it adds a table for each line of JSON it is given: a name and a
// definition. It ends with its input, so that it never outlives the tests.
'use strict';

const readline = require('node:readline');
const mobileApps = require('azure-mobile-apps');
// The version of express that the server was written for, wherever it was installed.
const express = require(require.resolve('express', { paths: [require.resolve('azure-mobile-apps')] }));

const say = (message) => process.stdout.write(JSON.stringify(message) + '\n');

const app = express();
const mobileApp = mobileApps({
  data: { provider: 'sqlite', filename: ':memory:', dynamicSchema: true },
  logging: false,
  auth: { secret: 'interop' },
});
app.use(mobileApp);

async function add({ name, definition }) {
  mobileApp.tables.add(name, definition);
  await mobileApp.tables.initialize();
  say({ added: name });
}

const listener = app.listen(0, '127.0.0.1', () => {
  say({ port: listener.address().port });
  const lines = readline.createInterface({ input: process.stdin });
  lines.on('line', (line) => add(JSON.parse(line)).catch((error) => say({ error: String(error) })));
  lines.on('close', () => process.exit(0));
});
