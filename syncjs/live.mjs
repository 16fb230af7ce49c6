// The rows of a live query. The engine tells differences only; a row that did not change stays the same object.

/** LiveRows folds the engine's differences and hands each state to `listener`. */
export class LiveRows {
  #ids = [];
  #rows = [];
  #listener;
  #onError;

  constructor(listener, onError) {
    this.#listener = listener;
    this.#onError = onError;
  }

  failed(error) {
    this.#onError(error);
  }

  /**
   * `head` and `tail` count the ids that stayed at both ends, `ids` is what now lies between them, and `rows` are new
   * or changed, at the indexes `at`.
   */
  apply({ origin, head, tail, ids, at, rows, count }) {
    const end = this.#ids.length - tail;
    const before = new Map();
    for (let i = head; i < end; i++) before.set(this.#ids[i], { row: this.#rows[i], index: i });

    const nextRows = this.#rows.slice(0, head).concat(ids.map((id) => before.get(id)?.row), this.#rows.slice(end));
    this.#ids = this.#ids.slice(0, head).concat(ids, this.#ids.slice(end));
    this.#rows = nextRows;

    const change = { origin, added: [], removed: [], updated: [], moved: [] };
    at.forEach((index, i) => {
      (nextRows[index] === undefined ? change.added : change.updated).push((nextRows[index] = frozen(rows[i])));
    });
    const places = ids.map((id) => before.get(id)?.index);
    for (const i of outOfOrder(places)) change.moved.push(nextRows[head + i]);
    for (const id of ids) before.delete(id);
    for (const { row } of before.values()) change.removed.push(row);
    // A copy: the listener may do with its array what it likes.
    this.#listener(nextRows.slice(), change, count);
  }
}

function frozen(value) {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(frozen);
    Object.freeze(value);
  }
  return value;
}

/**
 * The fewest indexes to take out so that the former places left are in ascending order (all but a longest ascending
 * run of them). New rows have no former place and count as in order.
 */
function outOfOrder(places) {
  const ends = []; // ends[k]: the index whose place ends the best run of k + 1
  const previous = [];
  places.forEach((place, i) => {
    if (place === undefined) return;
    let low = 0;
    for (let high = ends.length; low < high;) {
      const middle = (low + high) >> 1;
      if (places[ends[middle]] < place) low = middle + 1;
      else high = middle;
    }
    previous[i] = ends[low - 1];
    ends[low] = i;
  });
  const stayed = new Set();
  for (let i = ends.at(-1); i !== undefined; i = previous[i]) stayed.add(i);
  return [...places.keys()].filter((i) => places[i] !== undefined && !stayed.has(i));
}
