// The page's own files, kept for use without a network: registers the service worker and finds new versions of the page.
//
// A release changes the files and so their version in /shell.json, but hardly ever sw.js itself, which is all that a browser compares.
// The version is therefore part of the worker's address: another version is another worker, which installs beside the old one, fills
// a cache of its own, and waits until the user agrees to reload.

const CHECK_EVERY = 10 * 60 * 1000; // at most so often, in milliseconds, when the page is looked at again

/**
 * Shell fires `ready` once the page opens without a network, and `update` when a newer version waits or has taken over in another tab.
 */
export class Shell extends EventTarget {
  #workers = navigator.serviceWorker; // undefined where the page is not served securely
  #registration = null;
  #controller = null; // address of the worker that serves this page
  #checked = 0;
  #applying = false;
  #mayCheck;

  /** @param mayCheck asked before the server is: false while the user has broken the connection */
  constructor(mayCheck) {
    super();
    this.#mayCheck = mayCheck;
  }

  async start() {
    if (!this.#workers) return;
    this.#controller = this.#workers.controller?.scriptURL ?? null;
    this.#workers.addEventListener('controllerchange', () => this.#controllerChanged());
    document.addEventListener('visibilitychange', () => this.#lookedAtAgain());
    this.#registration = (await this.#workers.getRegistration()) ?? null;
    if (this.#registration) this.#watch();
    await this.#check();
    await this.#untilServed();
    this.dispatchEvent(new Event('ready'));
  }

  /** Moves to the newer version: the waiting worker takes over, and the page reloads when it has. */
  apply() {
    const waiting = this.#registration?.waiting;
    this.#applying = true;
    if (waiting) waiting.postMessage('take-over');
    else location.reload();
  }

  async #check() {
    if (this.#registration && !this.#mayCheck()) return;
    this.#checked = Date.now();
    const version = await latestVersion();
    if (version === null) return;
    const known = this.#registration;
    this.#registration = await this.#workers.register(`/sw.js?v=${encodeURIComponent(version)}`, { updateViaCache: 'none' });
    if (known !== this.#registration) this.#watch();
  }

  #watch() {
    const registration = this.#registration;
    registration.addEventListener('updatefound', () => this.#follow(registration.installing));
    this.#follow(registration.installing);
    if (registration.waiting) this.#offer();
  }

  #follow(worker) {
    worker?.addEventListener('statechange', () => {
      // The first worker of all goes on to serve the page at once; only a later one waits.
      if (worker.state === 'installed' && this.#registration.active) this.#offer();
    });
  }

  // An active worker has all files in its cache: it does not get that far without them. What is left is that it serves this page,
  // which it does not by itself after a first visit or a forced reload.
  async #untilServed() {
    const { active } = await this.#workers.ready;
    if (this.#workers.controller) return;
    await new Promise((resolve) => {
      this.#workers.addEventListener('controllerchange', resolve, { once: true });
      active.postMessage('claim');
    });
  }

  #controllerChanged() {
    const before = this.#controller;
    this.#controller = this.#workers.controller?.scriptURL ?? null;
    if (before === null || before === this.#controller) return;
    if (this.#applying) location.reload();
    else this.#offer(); // another tab moved on; this one still runs the old files
  }

  #lookedAtAgain() {
    if (document.visibilityState !== 'visible' || Date.now() - this.#checked < CHECK_EVERY) return;
    this.#check().catch(() => {}); // nothing is lost: the next look checks again
  }

  #offer() {
    this.dispatchEvent(new Event('update'));
  }
}

// The version that the server has now, or null while it cannot be asked.
async function latestVersion() {
  try {
    const answer = await fetch('/shell.json', { cache: 'no-store' });
    return answer.ok ? (await answer.json()).version : null;
  } catch {
    return null;
  }
}
