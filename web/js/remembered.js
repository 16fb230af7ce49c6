// What this browser remembers for the page from one visit to the next. All tabs share it: a change in one is announced in every one.

const PREFIX = 'todo.';

const DEFAULTS = Object.freeze({
  connected: true, // the connection switch
  autosync: true, // sync by itself, or only when asked
  lastSynced: null, // when that last went well, as an ISO time
});

/** Remembered holds named values and fires `change` (detail: the name) when one changes. */
export class Remembered extends EventTarget {
  #values = { ...DEFAULTS };
  #storage = openStorage();

  constructor() {
    super();
    for (const name of Object.keys(DEFAULTS)) this.#read(name);
    addEventListener('storage', ({ key }) => this.#changedElsewhere(key));
  }

  get(name) {
    return this.#values[name];
  }

  set(name, value) {
    if (this.#values[name] === value) return;
    this.#values[name] = value;
    try {
      this.#storage?.setItem(PREFIX + name, JSON.stringify(value));
    } catch {
      // No room, or not allowed: the value holds until the page is closed.
    }
    this.#announce(name);
  }

  #read(name) {
    try {
      this.#values[name] = JSON.parse(this.#storage?.getItem(PREFIX + name) ?? null) ?? DEFAULTS[name];
    } catch {
      this.#values[name] = DEFAULTS[name]; // not written by this page
    }
  }

  #changedElsewhere(key) {
    for (const name of Object.keys(DEFAULTS)) {
      if (key !== null && key !== PREFIX + name) continue; // a null key: everything was cleared
      this.#read(name);
      this.#announce(name);
    }
  }

  #announce(name) {
    this.dispatchEvent(new CustomEvent('change', { detail: name }));
  }
}

// A browser that blocks storage throws on the mere mention of it; the page then starts with the defaults.
function openStorage() {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}
