// The pull gesture: drawing the page down from its top, on a touch screen, syncs.

const DISTANCE = 88; // how far to pull, in CSS pixels
const RESISTANCE = 0.5; // the hint moves slower than the finger

/** PullGesture shows a hint that follows the finger, and calls the function when it is let go far enough down. */
export class PullGesture {
  #hint = document.querySelector('#pull-hint');
  #pulled;
  #start = null;
  #distance = 0;

  constructor(pulled) {
    this.#pulled = pulled;
    document.addEventListener('touchstart', (event) => this.#begin(event), { passive: true });
    document.addEventListener('touchmove', (event) => this.#move(event), { passive: true });
    document.addEventListener('touchend', () => this.#end(this.#distance >= DISTANCE));
    document.addEventListener('touchcancel', () => this.#end(false));
  }

  #begin({ touches }) {
    const atTop = scrollY <= 0 && touches.length === 1 && !document.querySelector('dialog[open]');
    this.#start = atTop ? touches[0].clientY : null;
  }

  #move({ touches }) {
    if (this.#start === null) return;
    if (scrollY > 0 || touches.length > 1) return this.#end(false);
    this.#distance = Math.max(0, touches[0].clientY - this.#start);
    this.#draw();
  }

  #end(far) {
    const pulled = this.#start !== null && far;
    this.#start = null;
    this.#distance = 0;
    this.#draw();
    if (pulled) this.#pulled();
  }

  #draw() {
    const shift = Math.min(this.#distance, DISTANCE * 1.25) * RESISTANCE;
    this.#hint.style.transform = `translateY(${shift * 1.5}px) rotate(${shift * 4}deg)`;
    this.#hint.classList.toggle('pulled', this.#distance > 8);
    this.#hint.classList.toggle('ready', this.#distance >= DISTANCE);
  }
}
