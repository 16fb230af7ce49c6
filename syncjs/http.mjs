// How requests leave: with the page's headers, token and filters around fetch, and with a time-out.

const TOKEN_TIMEOUT = 30_000;

/** The function that the engine sends requests with; openClient's options say how. */
export function sender({ headers: own = {}, timeout = 60_000, filters = [], auth, authHeader = 'Authorization' }) {
  const tokenOf = auth && tokenSource(auth);

  return async (method, url, pairs, bytes, signal) => {
    const headers = {};
    for (let i = 0; i < pairs.length; i += 2) headers[pairs[i]] = pairs[i + 1];
    const body = bytes && new TextDecoder().decode(bytes);
    const attempt = (token) => timed(timeout, signal, async (limit) => {
      const authorized = token ? { [authHeader]: authHeader.toLowerCase() === 'authorization' ? `Bearer ${token}` : token } : {};
      const request = { method, url, headers: { ...headers, ...own, ...authorized }, body };
      return settled(await filters.reduceRight(
        (next, filter) => async (changed) => filter(changed, next),
        (changed) => passed(changed, limit),
      )(request));
    });

    const token = await tokenOf?.();
    const answer = await attempt(token);
    if (answer.status !== 401 || !tokenOf) return answer;
    const fresh = await tokenOf(token);
    return fresh && fresh !== token ? attempt(fresh) : answer;
  };
}

function passed({ method, url, headers, body }, signal) {
  return fetch(url, {
    method,
    headers,
    body,
    signal,
    cache: 'no-store',
    // A followed redirect would turn a write into a GET of who knows what.
    redirect: method === 'GET' ? 'follow' : 'manual',
  });
}

async function settled(response) {
  return {
    status: response.status,
    redirected: response.redirected || response.type === 'opaqueredirect',
    headers: (name) => response.headers.get(name),
    body: new Uint8Array(await response.arrayBuffer()),
  };
}

/** Runs `work` with a signal that aborts with `outer` or when the time is up. */
async function timed(milliseconds, outer, work) {
  const stop = new AbortController();
  const abort = () => stop.abort(outer.reason);
  const timer = setTimeout(() => stop.abort(new DOMException(`no answer within ${milliseconds} ms`, 'TimeoutError')), milliseconds);
  outer?.addEventListener('abort', abort);
  try {
    // A filter may ignore the signal; nobody waits for it then.
    return await Promise.race([work(stop.signal), rejection(stop.signal)]);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', abort);
  }
}

function rejection(signal) {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}

/**
 * Asks the page for tokens. Given a token that was refused it asks for a fresh one: once, however many requests of one
 * moment were refused with the same token.
 */
function tokenSource(auth) {
  let renewal; // { refused, fresh }: the latest token that was replaced, and the promise of what replaced it
  return (refused) => {
    const ask = (refresh) => timed(TOKEN_TIMEOUT, undefined, async () => auth({ refresh }));
    if (refused === undefined) return ask(false);
    if (renewal?.refused !== refused) renewal = { refused, fresh: ask(true) };
    return renewal.fresh;
  };
}
