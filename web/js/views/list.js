// The list: one element per row, kept by id. Rows are updated where they stand, so that focus survives live updates.

import { blankWords, inWords } from '../wording.js';
import { Row } from './row.js';

const CONTROLS = ['input[type="checkbox"]', '.edit', '.delete'];

/** List shows the rows of the model and passes on what is done to them. */
export class List {
  #element = document.querySelector('#items');
  #blank = document.querySelector('#blank');
  #count = document.querySelector('#count');
  #rows = new Map(); // id → Row
  #todos;
  #notices;
  #edit;
  #leave;

  /**
   * @param edit called with the id of the item to open
   * @param leave called when the last row is gone while it had the focus
   */
  constructor(todos, notices, { edit, leave }) {
    this.#todos = todos;
    this.#notices = notices;
    this.#edit = edit;
    this.#leave = leave;
    this.#element.addEventListener('change', (event) => this.#changed(event.target));
    this.#element.addEventListener('click', (event) => this.#clicked(event.target));
    todos.addEventListener('rows', () => this.#render());
    todos.addEventListener('sync', () => this.#renderBlank());
    this.#renderBlank();
  }

  #render() {
    const shown = this.#todos.shown ?? [];
    this.#removeOthers(new Set(shown.map((record) => record.id)));
    let next = this.#element.firstElementChild;
    for (const record of shown) {
      const { element } = this.#rowFor(record);
      if (element === next) next = next.nextElementSibling;
      else place(this.#element, element, next);
    }
    this.#renderCount();
    this.#renderBlank();
  }

  #rowFor(record) {
    let row = this.#rows.get(record.id);
    if (!row) this.#rows.set(record.id, (row = new Row(record.id)));
    row.update(record, this.#todos.mark(record.id));
    return row;
  }

  #removeOthers(ids) {
    for (const [id, { element }] of this.#rows) {
      if (ids.has(id)) continue;
      this.#passFocus(element);
      element.remove();
      this.#rows.delete(id);
    }
  }

  // A row that goes hands the focus to its neighbor: whoever deletes by keyboard stays where they were.
  #passFocus(element) {
    if (!element.contains(document.activeElement)) return;
    const control = CONTROLS.find((selector) => document.activeElement.matches(selector));
    const neighbor = element.nextElementSibling ?? element.previousElementSibling;
    if (neighbor && control) neighbor.querySelector(control).focus();
    else this.#leave();
  }

  #renderCount() {
    const { all, active } = this.#todos.counts;
    this.#count.textContent = all === 0 ? '' : `${active} left`;
  }

  #renderBlank() {
    const { shown, counts, filter, sync } = this.#todos;
    this.#blank.hidden = shown !== null && shown.length > 0;
    const words = blankWords({ shown, counts, filter, sync });
    if (this.#blank.textContent !== words) this.#blank.textContent = words;
  }

  async #changed(check) {
    const { id } = check.closest('li').dataset;
    try {
      await this.#todos.change(id, { complete: check.checked });
    } catch (error) {
      this.#rows.get(id)?.revert();
      this.#notices.alert(`The item was not changed. ${inWords(error)}`);
    }
  }

  #clicked(target) {
    const button = target.closest('button');
    if (!button) return;
    const { id } = button.closest('li').dataset;
    if (button.matches('.edit')) this.#edit(id);
    if (button.matches('.delete')) this.#remove(id);
  }

  async #remove(id) {
    const text = this.#todos.find(id)?.text ?? '';
    try {
      await this.#todos.remove(id);
      this.#notices.announce(`Deleted ${text}`);
    } catch (error) {
      this.#notices.alert(`The item was not deleted. ${inWords(error)}`);
    }
  }
}

// Moving an element takes the focus out of it where the browser cannot move it in one piece.
function place(list, element, next) {
  if (list.moveBefore && element.isConnected) return list.moveBefore(element, next);
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  list.insertBefore(element, next);
  focused?.focus({ preventScroll: true });
}
