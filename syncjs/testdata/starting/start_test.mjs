// What a page is told when the engine cannot be loaded.

import { openClient } from '../../index.mjs';
import { start } from '../../start.mjs';
import { deferred, equal, matches, rejects } from '../kit.mjs';

const EMPTY = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
// Imports the function gojs.nope, which no wasm_exec.js has.
const FOREIGN = [...EMPTY, 1, 4, 1, 0x60, 0, 0, 2, 13, 1, 4, ...ascii('gojs'), 4, ...ascii('nope'), 0, 0];

function ascii(text) {
  return [...text].map((letter) => letter.charCodeAt(0));
}

const wasm = (bytes, type = 'application/wasm') => new Response(new Uint8Array(bytes), { headers: { 'content-type': type } });
const open = () => openClient({ url: 'https://server.test' });

export async function aMissingWasmIsNamed({ server }) {
  server.bend = () => new Response('Not Found', { status: 404 });
  await rejects(open(), 'wasm-not-loaded', /https:\/\/server.test\/tidetable.wasm answered 404.*folder of index.mjs/);
}

export async function aServerThatIsDownIsTold({ server }) {
  server.bend = () => { throw new TypeError('down'); };
  matches((await rejects(open(), 'wasm-not-loaded', /could not be fetched/)).cause.message, /down/);
}

export async function somethingElseInItsPlaceIsTold({ server }) {
  server.bend = () => wasm(ascii('<html>'), 'text/html');
  await rejects(open(), 'wasm-not-loaded', /cannot be read as a WebAssembly module.*text\/html/);
  server.bend = () => wasm(ascii('<html>'));
  await rejects(open(), 'wasm-not-loaded', /cannot be read/);
}

export async function partsOfDifferentBuildsAreTold({ server }) {
  server.bend = () => wasm(FOREIGN);
  await rejects(open(), 'stale-build', /wasm_exec.js and tidetable.wasm/);
}

export async function theTypeOfTheFileDoesNotMatter({ server }) {
  for (const type of ['application/wasm', 'application/octet-stream']) {
    server.bend = () => wasm(EMPTY, type);
    const ended = deferred();
    await start({ ended: ended.resolve });
    // The module is read and run, and ends at once since there is nothing in it.
    equal((await ended.promise) instanceof TypeError, true, type);
  }
}

export async function aProgramThatEndsIsTold({ server }) {
  server.bend = () => wasm(EMPTY);
  await rejects(open(), 'internal', /the engine has stopped/);
}

export async function afterAFailureTheNextCallTriesAgain({ server }) {
  server.bend = () => new Response('', { status: 500 });
  await rejects(open(), 'wasm-not-loaded');
  await rejects(open(), 'wasm-not-loaded');
  equal(server.log.length, 2);
}

export async function noGlobalStays({ server }) {
  server.bend = () => wasm(EMPTY);
  const before = new Set(Object.keys(globalThis));
  await rejects(open(), 'internal');
  equal(Object.keys(globalThis).filter((name) => !before.has(name)), []);
}
