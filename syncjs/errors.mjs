// The one error class of the API, and what turns values of the page into JSON text.

/** What every call rejects with. `code` names the kind of failure; codes are stable. */
export class TidetableError extends Error {
  constructor(code, message, { cause, ...details } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    Object.assign(this, details);
  }
}
TidetableError.prototype.name = 'TidetableError';

/** The error that the engine described as JSON. */
export function errorFrom({ code, message, cause, ...details }) {
  return new TidetableError(code, message, { cause: cause && new Error(cause), ...details });
}

export function cancelled(signal, result) {
  const details = { cause: signal.reason, ...(result && { result }) };
  return new TidetableError('cancelled', 'tidetable: the signal given to the call was aborted', details);
}

const UNWRITABLE = new Set(['bigint', 'function', 'symbol']);

/** A row as JSON text. What JSON would drop or bend in silence is an error that names the member. */
export function rowText(row, call, table) {
  const refuse = (problem, cause) => new TidetableError('invalid-row', `tidetable: ${call}: table '${table}': ${problem}`, { table, cause });
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    throw refuse(`a row must be an object with members, not ${kindOf(row)}`);
  }
  const check = function (member, value) {
    const raw = this[member]; // before toJSON: an invalid Date has become null in value
    if (typeof value === 'number' && !Number.isFinite(value)) throw refuse(`member '${member}' is ${value}, which JSON cannot hold; use null`);
    if (raw instanceof Date && value === null) throw refuse(`member '${member}' is an invalid Date; use null`);
    if (UNWRITABLE.has(typeof value)) throw refuse(`member '${member}' is a ${typeof value}, which JSON cannot hold; write it as text`);
    if (raw instanceof Map || raw instanceof Set) throw refuse(`member '${member}' is a ${raw.constructor.name}; make it an array or an object`);
    return value;
  };
  let text;
  try {
    text = JSON.stringify(row, check);
  } catch (cause) {
    if (cause instanceof TidetableError) throw cause;
    throw refuse('the row cannot be written as JSON; if it refers to itself, store the id of the other object instead', cause);
  }
  if (text?.[0] !== '{') throw refuse('its toJSON method must return an object');
  return text;
}

export function kindOf(value) {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? 'an array' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
