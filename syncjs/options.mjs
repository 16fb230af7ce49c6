// Checks options. A name or value that would be ignored in silence is an error that says what to write instead.

import { TidetableError, kindOf } from './errors.mjs';

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value) => typeof value === 'string' && value !== '';

// A rule is a leaf { what, test }; a list of one rule, that of every element of an array; { each }, that of every member
// of an object; an object of rules; or a leaf with `or`, the rules of an object that may stand in its place.
const leaf = (what, test) => ({ what, test });
const flag = leaf('true or false', (value) => typeof value === 'boolean');
const text = leaf('a non-empty text', isText);
const milliseconds = leaf('a number of milliseconds above 0', (value) => Number.isFinite(value) && value > 0);
const interval = leaf('true, false or a number of milliseconds above 0', (value) => flag.test(value) || milliseconds.test(value));
const isFunction = leaf('a function', (value) => typeof value === 'function');
const oneOf = (...values) => leaf(values.map((value) => `'${value}'`).join(' or '), (value) => values.includes(value));
const condition = leaf('an object such as { complete: false } or OData text', (value) => isText(value) || isObject(value));
const durability = oneOf('strict', 'relaxed');
const address = leaf('an absolute http or https URL without user and password, such as https://example.com', (value) => {
  const url = URL.canParse(value) && new URL(value);
  return url && /^https?:$/.test(url.protocol) && !url.username && !url.password;
});

const signal = leaf('an AbortSignal', (value) => typeof value?.aborted === 'boolean' && typeof value.addEventListener === 'function');
const auto = { ...flag, or: { start: flag, online: flag, visible: flag, writes: interval, timer: interval } };
const queryId = leaf('a text, or null to fetch every match each time', (value) => value === null || isText(value));
const scope = oneOf('all', 'table', 'none');
const openRules = {
  url: address,
  database: text,
  protocol: oneOf('auto', 'datasync', 'classic', 'legacy'),
  applicationKey: text,
  headers: { each: text },
  params: { each: leaf('a text', (value) => typeof value === 'string') },
  installationId: text,
  features: flag,
  timeout: milliseconds,
  filters: [isFunction],
  tables: {
    each: {
      columns: { each: oneOf('string', 'number', 'boolean', 'date', 'object', 'array') },
      conflict: oneOf('fail', 'client', 'server', 'merge', 'none'),
      references: { each: text },
      partial: leaf('an array with the names of columns', (value) => Array.isArray(value) && value.length > 0 && value.every(isText)),
    },
  },
  auth: isFunction,
  authHeader: text,
  sync: { auto, pull: [{ table: text, queryId, where: condition }] },
  worker: oneOf(false, 'auto'),
  durability: { writes: durability, pulls: durability },
  parallel: leaf('a whole number from 1 to 16', (value) => Number.isInteger(value) && value >= 1 && value <= 16),
  signal,
};
const pageSize = leaf('a positive integer', (value) => Number.isSafeInteger(value) && value > 0);
const resyncRules = { pageSize, push: scope, signal };
const pullRules = { ...resyncRules, compare: flag };
const severalRules = { push: scope, signal };
const purgeRules = { force: flag, keepTokens: flag, push: flag, signal };
const pushRules = { tables: [text], waitForHandlers: flag };

/** Checks the options of openClient. */
export function checkOpen(options) {
  check('openClient', options, openRules, 'the argument', '');
  if (options.url === undefined) throw wrong('openClient', `the option 'url' is missing; it must be ${address.what}`);
  if (options.applicationKey && !['auto', 'legacy', undefined].includes(options.protocol)) {
    throw wrong('openClient', `an 'applicationKey' belongs to the protocol 'legacy', not to '${options.protocol}'`);
  }
  named('openClient', options.sync?.pull, 'sync.pull');
}

/** Check what other calls are given. */
export const checkSignal = (call, value) => check(call, value, signal, "option 'signal'", '');
export const checkAuto = (value) => check('autoSync', value, auto, 'the argument', '');
export const checkTable = (call, value) => check(call, value, text, 'the name of the table', '');
export const checkPush = (options) => check('push', options, pushRules, 'the argument', '');

export function checkPull(call, options, id = null) {
  check(call, id, queryId, 'the query id', '');
  check(call, options, call === 'pull' ? pullRules : resyncRules, 'the third argument', '');
}

/** Also of the classic form, whose second argument is `force`; returns the options. */
export function checkPurge(options) {
  const all = typeof options === 'boolean' ? { force: options } : options;
  check('purge', all, purgeRules, 'the second argument', '');
  return all;
}

/** The queries of several pulls are left to whoever knows the tables. */
export function checkPulls(pulls, options) {
  check('pull', pulls, [{ table: text, queryId, query: leaf('', () => true) }], 'the first argument', 'pulls.');
  named('pull', pulls, 'pulls');
  check('pull', options, severalRules, 'the second argument', '');
}

function named(call, pulls, path) {
  const nameless = pulls?.findIndex(({ table }) => table === undefined) ?? -1;
  if (nameless >= 0) throw wrong(call, `option '${path}.${nameless}.table' is missing; it must be ${text.what}`);
}

function checkMembers(call, options, rules, path) {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(rules, name)) {
      throw wrong(call, `there is no option '${path}${name}'; did you mean '${path}${nearest(name, Object.keys(rules))}'?`);
    }
    check(call, value, rules[name], `option '${path}${name}'`, `${path}${name}.`);
  }
}

function check(call, value, rule, place, path) {
  const one = rule[0] ?? rule.each;
  if (rule.test?.(value)) return;
  if (one && Array.isArray(value) === Array.isArray(rule) && typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) check(call, member, one, `option '${path}${key}'`, `${path}${key}.`);
  } else if (!one && isObject(value) && (rule.or || !rule.test)) {
    checkMembers(call, value, rule.or ?? rule, path);
  } else {
    const what = rule.what ?? (Array.isArray(rule) ? 'an array' : 'an object');
    throw wrong(call, `${place} must be ${what}${rule.or ? ' or an object' : ''}, not ${shown(value)}`);
  }
}

function shown(value) {
  if (typeof value === 'string') return `'${value}'`;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : kindOf(value);
}

function wrong(call, problem) {
  return new TidetableError('invalid-options', `tidetable: ${call}: ${problem}`);
}

function nearest(name, known) {
  const distances = known.map((candidate) => distance(name.toLowerCase(), candidate.toLowerCase()));
  return known[distances.indexOf(Math.min(...distances))];
}

/** The number of letters to change, add or leave out. */
function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}
