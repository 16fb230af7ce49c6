// How this page opens the sync client: its table, what it pulls, and when it syncs.

/** The one table of the page. */
export const TABLE = 'todoitem';

const QUERY_ID = 'all';

/**
 * Loads and opens the sync client. The module is imported here, and not at the top, so that a page whose client cannot be loaded
 * still starts and can say so.
 */
export async function openTodoClient({ filter, autosync }) {
  const { openClient } = await import('/tidetable/index.mjs').catch((cause) => {
    throw Object.assign(new Error('the sync client could not be loaded', { cause }), { code: 'wasm-not-loaded' });
  });
  return openClient({
    url: location.origin,
    database: 'todo',
    protocol: 'datasync',
    tables: {
      [TABLE]: {
        columns: { text: 'string', complete: 'boolean', position: 'number' },
        conflict: 'fail', // never decided behind the user's back: the dialog asks
      },
    },
    filters: [filter],
    sync: { auto: triggers(autosync), pull: [{ table: TABLE, queryId: QUERY_ID }] },
  });
}

/**
 * What starts a sync by itself: nothing when that is switched off. The page's address can change it: `?online=off` ignores the
 * browser's online event, `?retry=500` sets the timer to that many milliseconds, `?retry=off` does without one.
 */
export function triggers(autosync) {
  if (!autosync) return false;
  const address = new URLSearchParams(location.search);
  const changed = {};
  if (address.get('online') === 'off') changed.online = false;
  const retry = address.get('retry');
  if (retry === 'off') changed.timer = false;
  else if (Number(retry) > 0) changed.timer = Number(retry);
  return Object.keys(changed).length === 0 ? true : changed;
}
