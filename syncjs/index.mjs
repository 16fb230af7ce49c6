// The public face: index.d.ts says what everything does.

import { Client } from './client.mjs';
import { engine } from './engine.mjs';
import { checkOpen } from './options.mjs';

export { version } from './engine.mjs';
export { TidetableError } from './errors.mjs';

export async function openClient(options = {}) {
  checkOpen(options);
  const client = new Client(await engine(), options);
  await client.open(options);
  return client;
}
