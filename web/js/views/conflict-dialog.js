// The conflict dialog: both versions of an item, and three ways to go on.

const MEMBERS = {
  text: { name: 'Text', inWords: (value) => String(value ?? '') },
  complete: { name: 'Done', inWords: (value) => (value === true ? 'Yes' : 'No') },
};

const STORY = 'This item was changed on this device and on the server. Which version shall stay?';
const STORY_AGAIN = 'The server’s version changed once more while yours was on its way. Which version shall stay?';

/** ConflictDialog asks which version of a row shall stay. */
export class ConflictDialog {
  #dialog = document.querySelector('#conflict');
  #story = document.querySelector('#conflict-story');
  #answer = null;

  constructor() {
    for (const button of this.#dialog.querySelectorAll('[data-choice]')) {
      button.addEventListener('click', () => this.#dialog.close(button.dataset.choice));
    }
    this.#dialog.addEventListener('close', () => this.#answer?.(this.#dialog.returnValue));
  }

  /** Resolves with 'client', 'server' or 'cancel'; Escape is cancel. A version that is null was deleted on its side. */
  ask({ client, server, again }) {
    this.#story.textContent = again ? STORY_AGAIN : STORY;
    this.#show('client', client, server);
    this.#show('server', server, client);
    this.#dialog.returnValue = 'cancel'; // what stands when it is closed in any other way than by a button
    this.#dialog.showModal();
    return new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  #show(side, version, other) {
    const list = this.#dialog.querySelector(`[data-side="${side}"] dl`);
    list.replaceChildren();
    if (isDeleted(version)) {
      describe(list, 'State', 'Deleted', true);
      return;
    }
    for (const [member, { name, inWords }] of Object.entries(MEMBERS)) {
      const value = inWords(version[member]);
      describe(list, name, value, isDeleted(other) || value !== inWords(other[member]));
    }
  }
}

function isDeleted(version) {
  return version === null || version === undefined || version.deleted === true;
}

function describe(list, name, value, differs) {
  const term = document.createElement('dt');
  term.textContent = name;
  const description = document.createElement('dd');
  description.textContent = value;
  if (differs) description.className = 'differs';
  list.append(term, description);
}
