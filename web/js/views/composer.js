// The composer: the field at the top that adds items.

import { inWords } from '../wording.js';

/** Composer adds what is typed into its form to the list. */
export class Composer {
  #field = document.querySelector('#new-item');
  #todos;
  #notices;

  constructor(todos, notices) {
    this.#todos = todos;
    this.#notices = notices;
    this.#field.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  /** Puts the caret into the field. */
  focus() {
    this.#field.focus();
  }

  async #submit() {
    const typed = this.#field.value;
    const text = typed.trim();
    if (text === '') return this.focus();
    this.#field.value = ''; // at once, so that the next item can be typed while this one is stored
    try {
      await this.#todos.add(text);
      this.#notices.announce(`Added ${text}`);
    } catch (error) {
      if (this.#field.value === '') this.#field.value = typed;
      this.#notices.alert(`The item was not added. ${inWords(error)}`);
    }
  }
}
