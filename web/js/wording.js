// What the page says: error codes and sync states in plain words.

const KEPT = 'Your changes are kept on this device.';

const SENTENCES = {
  network: `The server could not be reached. ${KEPT}`,
  timeout: `The server did not answer in time. ${KEPT}`,
  server: `The server has trouble and will be tried again. ${KEPT}`,
  auth: `The server asks you to sign in. ${KEPT}`,
  'not-a-table-server': `Something else than the server answered: perhaps a sign-in page of this network. ${KEPT}`,
  'push-failed': `Some changes could not be sent. ${KEPT}`,
  store: 'This browser could not read or write the list on this device. Reload the page and try again.',
  quota: 'This device has no room left for the list. Free some space and try again.',
  'wasm-not-loaded': 'A part of this page could not be loaded. Reload it while the server can be reached.',
  'stale-build': 'Parts of two versions of this page came together. Reload it.',
  'update-required': 'The list on this device was written by a newer version of this page. Reload it.',
  closed: 'The list was closed. Reload the page to go on.',
};

/** A sentence for an error of the sync client; a code without words of ours keeps the client's message. */
export function inWords(error) {
  const reason = error?.result?.reason;
  return SENTENCES[reason] ?? SENTENCES[error?.code] ?? error?.message ?? String(error);
}

/** The state of synchronization: `state` is one of offline, syncing, idle, error; `words` says it to people. */
export function syncState({ failure, status, lastSynced, connected, conflicts, refused }) {
  if (failure) return { state: 'error', words: 'Not open' };
  if (!status) return { state: 'syncing', words: 'Opening…' };
  if (status.phase === 'pushing') return { state: 'syncing', words: 'Sending…' };
  if (status.phase === 'pulling') return { state: 'syncing', words: 'Receiving…' };
  if (!connected) return { state: 'offline', words: 'Disconnected' };
  if (!status.online) return { state: 'offline', words: navigator.onLine ? 'Server not reached' : 'Offline' };
  if (conflicts > 0) return { state: 'error', words: conflicts === 1 ? 'One item in conflict' : `${conflicts} items in conflict` };
  if (refused > 0) return { state: 'error', words: refused === 1 ? 'One change refused' : `${refused} changes refused` };
  if (status.lastError) return { state: 'error', words: 'Last sync failed' };
  if (status.pending > 0) return { state: 'idle', words: 'Saved here' };
  return { state: 'idle', words: lastSynced ? 'Up to date' : 'Ready' };
}

const TODAY = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const EARLIER = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' });

/** The hour and minute of an ISO time, with the day in front if that is not today. */
export function clock(time) {
  const date = new Date(time);
  const today = date.toDateString() === new Date().toDateString();
  return (today ? TODAY : EARLIER).format(date);
}

/** What stands in place of an empty list. */
export function blankWords({ shown, counts, filter, sync }) {
  if (sync.failure) return 'The list could not be opened.';
  if (shown === null) return 'Opening your list…';
  if (counts.all > 0) return filter === 'done' ? 'Nothing done yet.' : 'Nothing left to do.';
  const { state } = syncState(sync);
  if (sync.lastSynced) return 'Nothing to do. Add your first item above.';
  if (state === 'syncing') return 'Getting your list from the server…';
  if (state === 'offline') return 'Nothing on this device yet, and the server is out of reach. Items you add now are sent later.';
  return 'Nothing on this device yet. Press Sync to get your list, or add an item.';
}
