// The connection switch: a filter around every request of the sync client. While the switch is off, requests really leave, to an
// address that cannot exist, so that what the user sees then is the client meeting a dead network and not a pretence of it.

const UNREACHABLE = 'https://sitename.example.fail';

/** Connection fires `change` when the switch is turned, and `traffic` when the number of open requests changes. */
export class Connection extends EventTarget {
  #remembered;
  #open = 0;

  constructor(remembered) {
    super();
    this.#remembered = remembered;
    remembered.addEventListener('change', ({ detail }) => {
      if (detail === 'connected') this.dispatchEvent(new Event('change'));
    });
  }

  /** Whether requests go to the server. The switch is read for each request: another tab may have turned it. */
  get connected() {
    return this.#remembered.get('connected');
  }

  /** Whether a request is under way. */
  get busy() {
    return this.#open > 0;
  }

  /** The filter to hand to the sync client. */
  filter = async (request, next) => {
    this.#count(+1);
    try {
      return await next(this.connected ? request : { ...request, url: unreachable(request.url) });
    } finally {
      this.#count(-1);
    }
  };

  #count(change) {
    this.#open += change;
    this.dispatchEvent(new Event('traffic'));
  }
}

function unreachable(address) {
  const { pathname, search } = new URL(address, location.href);
  return UNREACHABLE + pathname + search;
}
