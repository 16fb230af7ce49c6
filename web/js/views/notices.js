// Notices: what the page has to say outside the list. Alerts are errors, offers are buttons that come up by
// themselves, announcements are for screen readers alone.

const AGAIN = '\u00a0'; // makes a repeated announcement differ from the one before, so that it is read out again

/** Notices shows and removes messages in the regions of the page made for them. */
export class Notices {
  #alerts = document.querySelector('#alerts');
  #offers = document.querySelector('#offers');
  #announcements = document.querySelector('#announcements');
  #template = document.querySelector('#notice-template');

  /** Shows an error until it is dismissed or `settle` is called. The same words are not shown twice. */
  alert(words) {
    const shown = [...this.#alerts.children].some((notice) => notice.querySelector('.notice-words').textContent === words);
    if (shown) return;
    const notice = this.#template.content.firstElementChild.cloneNode(true);
    notice.querySelector('.notice-words').textContent = words;
    notice.querySelector('.notice-close').addEventListener('click', () => notice.remove());
    this.#alerts.append(notice);
  }

  /** Takes the errors away: what they were about has succeeded since. */
  settle() {
    this.#alerts.replaceChildren();
  }

  /** Shows a button that says what it does. */
  offer(words, act) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'button';
    button.textContent = words;
    button.addEventListener('click', act);
    this.#offers.replaceChildren(button);
  }

  /** Says something to screen readers. */
  announce(words) {
    const same = this.#announcements.textContent === words;
    this.#announcements.textContent = same ? words + AGAIN : words;
  }
}
