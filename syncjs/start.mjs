// Starts the wasm. wasm_exec.js sets globalThis.Go; it belongs to the compiler that made the wasm.

import './wasm_exec.js';
import { TidetableError } from './errors.mjs';

const address = new URL('./tidetable.wasm', import.meta.url);

/**
 * Runs the engine, which takes `host` and calls host.ready. Rejects when it cannot be loaded; calls host.ended when it
 * has stopped, whatever the reason.
 */
export async function start(host) {
  const go = new globalThis.Go();
  const program = await load(go.importObject);
  // The host reaches Go through a global that is gone once Go has read it. Its name goes the way of a command line.
  const key = `tidetable:${crypto.getRandomValues(new Uint32Array(4)).join('-')}`;
  go.argv = ['tidetable', key];
  go.exit = () => {}; // how it ended is reported by host.ended, and not on the console
  globalThis[key] = host;
  go.run(program).finally(() => delete globalThis[key]).then(() => host.ended(), host.ended);
}

async function load(imports) {
  if (typeof WebAssembly === 'undefined') {
    throw new TidetableError('wasm-blocked', 'tidetable: this browser runs no WebAssembly; it may be switched off by a lockdown mode');
  }
  let response;
  try {
    response = await fetch(address);
  } catch (cause) {
    throw missing('could not be fetched', cause);
  }
  if (!response.ok) throw missing(`answered ${response.status}; it must be served from the folder of index.mjs`);
  const type = response.headers.get('content-type') ?? '';
  try {
    // Streaming needs the right type. Asking first spares a second request when a server does not know it.
    const { instance } = type.startsWith('application/wasm')
      ? await WebAssembly.instantiateStreaming(response, imports)
      : await WebAssembly.instantiate(await response.arrayBuffer(), imports);
    return instance;
  } catch (cause) {
    if (/unsafe-eval|Content.Security.Policy|CSP/i.test(cause.message)) {
      throw new TidetableError('wasm-blocked', "tidetable: the page's Content-Security-Policy forbids WebAssembly; add 'wasm-unsafe-eval' to script-src", { cause });
    }
    if (cause instanceof WebAssembly.LinkError || (cause instanceof TypeError && /import/i.test(cause.message))) {
      throw new TidetableError('stale-build', 'tidetable: wasm_exec.js and tidetable.wasm come from different builds; reload, or deploy both again', { cause });
    }
    throw missing(`cannot be read as a WebAssembly module (its type is '${type}')`, cause);
  }
}

function missing(problem, cause) {
  return new TidetableError('wasm-not-loaded', `tidetable: ${address} ${problem}`, { cause });
}
