// The service worker: keeps the page's own files so that it opens without a network. It never touches table traffic.
//
// It is registered as /sw.js?v=<version>, serves that version only, and takes the list of files from /shell.json, which the server
// makes from the files it has. See js/shell.js for how a new version is found and taken.

const PREFIX = 'tidetable-shell-';
const VERSION = new URL(self.location.href).searchParams.get('v');
const CACHE = PREFIX + VERSION;

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));
self.addEventListener('message', (event) => {
  if (event.data === 'take-over') event.waitUntil(self.skipWaiting());
  if (event.data === 'claim') event.waitUntil(self.clients.claim());
});
self.addEventListener('fetch', (event) => {
  if (mayBeShell(event.request)) event.respondWith(answer(event.request));
});

// All files or none: one that cannot be had fails the install, and the browser tries again at the next visit.
async function install() {
  const files = await listFiles();
  const cache = await caches.open(CACHE);
  try {
    // no-cache: a file that the browser already holds is asked about, not loaded twice, and never taken stale.
    await cache.addAll(files.map((file) => new Request(file, { cache: 'no-cache' })));
    await listFiles(); // a release in the midst of it would leave files of two versions
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
}

async function listFiles() {
  const response = await fetch('/shell.json', { cache: 'no-store' });
  if (!response.ok) throw new Error(`the list of files answered ${response.status}`);
  const { version, files } = await response.json();
  if (version !== VERSION) throw new Error(`the server has version ${version} by now, this is ${VERSION}`);
  return files;
}

async function activate() {
  await deleteOlder();
  await self.clients.claim();
}

// Names come in the order in which the caches were made: what stands before ours is older. A newer one may be filling right now.
async function deleteOlder() {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX));
  const older = names.slice(0, names.indexOf(CACHE));
  await Promise.all(older.map((name) => caches.delete(name)));
}

function mayBeShell(request) {
  const { origin, pathname } = new URL(request.url);
  return request.method === 'GET' && origin === self.location.origin && pathname !== '/shell.json' && !isTables(pathname);
}

function isTables(pathname) {
  return pathname === '/tables' || pathname.startsWith('/tables/');
}

// Files of the shell come from the cache; anything else goes to the network as if there were no worker, and is not kept.
async function answer(request) {
  // A page is the same file whatever its query says.
  const file = request.mode === 'navigate' ? new URL(request.url).pathname : request;
  const kept = await caches.match(file, { cacheName: CACHE, ignoreVary: true });
  return kept ?? fetch(request);
}
