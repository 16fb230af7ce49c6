// The editor: the form that shows one item in full.

import { inWords } from '../wording.js';

/** Editor opens the form for one item and saves the members that were changed in it. */
export class Editor {
  #dialog = document.querySelector('#editor');
  #form = document.querySelector('#edit');
  #problem = document.querySelector('#edit-problem');
  #save = document.querySelector('#edit [type="submit"]');
  #todos;
  #id = null;
  #seen = null; // the field values as they were filled in: what differs from them was changed by the user

  constructor(todos) {
    this.#todos = todos;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#form.elements.text.addEventListener('keydown', (event) => this.#key(event));
    this.#form.querySelector('[data-action="cancel"]').addEventListener('click', () => this.#dialog.close());
    this.#dialog.addEventListener('close', () => {
      this.#id = null;
    });
    todos.addEventListener('rows', () => this.#rowsChanged());
  }

  /** Opens the form for the row with this id. */
  open(id) {
    const row = this.#todos.find(id);
    if (!row) return;
    this.#id = id;
    this.#complain('');
    this.#save.disabled = false;
    this.#fill(row);
    this.#dialog.showModal();
    this.#form.elements.text.focus();
  }

  #fill(row) {
    const { text, complete } = this.#form.elements;
    text.value = String(row.text ?? '');
    complete.checked = row.complete === true;
    this.#seen = this.#values();
  }

  #values() {
    const { text, complete } = this.#form.elements;
    return { text: text.value, complete: complete.checked };
  }

  // Only what the user changed is saved: another device may have changed the rest in the meantime.
  #changes() {
    const entries = Object.entries(this.#values()).filter(([name, value]) => value !== this.#seen[name]);
    return Object.fromEntries(entries);
  }

  async #submit() {
    const changes = this.#changes();
    if (changes.text?.trim() === '') return this.#complain('The text is empty. Write something, or delete the item from the list.');
    try {
      if (Object.keys(changes).length > 0) await this.#todos.change(this.#id, changes);
      this.#dialog.close();
    } catch (error) {
      this.#complain(`The item was not saved. ${inWords(error)}`);
    }
  }

  // Enter saves, as in the field for new items; with Shift it breaks the line.
  #key(event) {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#form.requestSubmit(this.#save);
  }

  #rowsChanged() {
    if (this.#id === null) return;
    const row = this.#todos.find(this.#id);
    this.#save.disabled = !row;
    this.#complain(row ? '' : 'This item was deleted in the meantime.');
    if (row && Object.keys(this.#changes()).length === 0) this.#fill(row);
  }

  #complain(words) {
    this.#problem.textContent = words;
  }
}
