// The filter: all, active or done. It lives in the address, so that it survives a reload and the back button leaves it.

/** Filter binds the radio buttons, the address and the model to one another. */
export class Filter {
  #buttons = [...document.querySelectorAll('#filter input')];
  #todos;

  constructor(todos) {
    this.#todos = todos;
    for (const button of this.#buttons) {
      button.addEventListener('change', () => {
        location.hash = button.value;
      });
    }
    addEventListener('hashchange', () => this.#read());
    this.#read();
  }

  #read() {
    const named = location.hash.slice(1);
    const button = this.#buttons.find(({ value }) => value === named) ?? this.#buttons[0];
    button.checked = true;
    this.#todos.filter = button.value;
  }
}
