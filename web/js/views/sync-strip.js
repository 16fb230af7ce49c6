// The strip at the top: how synchronization stands, and the button that starts it.

import { clock, inWords, syncState } from '../wording.js';

/** SyncStrip shows the state, the number of pending operations and the last success, and syncs when asked. */
export class SyncStrip {
  #status = document.querySelector('#status');
  #words = document.querySelector('#status .words');
  #pending = document.querySelector('#pending');
  #pendingWords = document.querySelector('#pending-words');
  #lastSynced = document.querySelector('#last-synced');
  #button = document.querySelector('#sync');
  #todos;
  #notices;
  #announced = 'syncing';

  constructor(todos, notices) {
    this.#todos = todos;
    this.#notices = notices;
    this.#button.addEventListener('click', () => this.sync());
    todos.addEventListener('sync', () => this.#render());
    this.#render();
  }

  /** Sends and receives now, and says so when that fails. */
  async sync() {
    try {
      await this.#todos.refresh();
      this.#notices.settle();
    } catch (error) {
      this.#notices.alert(inWords(error));
    }
  }

  #render() {
    const { sync } = this.#todos;
    const { state, words } = syncState(sync);
    const busy = sync.busy || (sync.status !== null && state === 'syncing');
    setAttribute(this.#status, 'data-state', state);
    setText(this.#words, words);
    setAttribute(this.#button, 'aria-busy', String(busy));
    this.#button.disabled = sync.failure !== null;
    if (sync.status) this.#renderFacts(sync.status.pending, sync.lastSynced);
    this.#announceState(state, words);
  }

  #renderFacts(pending, lastSynced) {
    setText(this.#pending, String(pending));
    setText(this.#pendingWords, pending === 1 ? 'change to send' : 'changes to send');
    setText(this.#lastSynced, lastSynced ? `Last synced ${clock(lastSynced)}` : 'Not synced yet');
  }

  // Screen readers hear about lasting changes only, not about every sync that comes and goes.
  #announceState(state, words) {
    if (state === 'syncing' || state === this.#announced) return;
    const first = this.#announced === 'syncing';
    this.#announced = state;
    if (!first || state !== 'idle') this.#notices.announce(words);
  }
}

// What is written again, though equal, costs the browser work, and a text loses the reader's selection in it. A push of many items
// comes by here several times for each.
function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
