// One item of the list.

const template = document.querySelector('#item-template');

/** Row is the element of one item and keeps it equal to the record, touching only what differs. */
export class Row {
  element = template.content.firstElementChild.cloneNode(true);
  #text = this.element.querySelector('.text');
  #check = this.element.querySelector('input[type="checkbox"]');
  #edit = this.element.querySelector('.edit');
  #delete = this.element.querySelector('.delete');
  #marks = [...this.element.querySelectorAll('[data-mark]')];
  #record = null;
  #mark = null;

  constructor(id) {
    this.element.dataset.id = id;
  }

  /** Shows a record, and the mark of that name, or none when it is null. */
  update(record, mark) {
    if (mark !== this.#mark) {
      this.#mark = mark;
      for (const element of this.#marks) element.hidden = element.dataset.mark !== mark;
    }
    if (record === this.#record) return; // rows that did not change are the same objects
    this.#record = record;
    this.#check.checked = record.complete === true;
    const text = String(record.text ?? '');
    if (text === this.#text.textContent && this.#edit.ariaLabel !== null) return;
    this.#text.textContent = text;
    this.#edit.ariaLabel = `Edit ${text}`;
    this.#delete.ariaLabel = `Delete ${text}`;
  }

  /** Shows the record's own state again, after a change of it failed. */
  revert() {
    this.#check.checked = this.#record.complete === true;
  }
}
