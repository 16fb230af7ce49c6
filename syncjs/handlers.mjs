// Asks the page's push handler, and brings back what it says.

import { TidetableError, errorFrom, kindOf, rowText } from './errors.mjs';
import { PushError, answerOf, atOnce, withChoices } from './failures.mjs';

const STEPS = { operation: 'onOperation', conflict: 'onConflict', error: 'onError', complete: 'onPushComplete' };

/** The JSON text of the steps in which a handler takes part. */
export function stepsOf(handler) {
  if (typeof handler !== 'object') throw wrong('it', 'an object or null', handler);
  const steps = Object.entries(STEPS).map(([step, call]) => {
    const given = handler?.[call];
    if (given !== undefined && given !== null && typeof given !== 'function') throw wrong(`'${call}'`, 'a function', given);
    return [step, Boolean(given)];
  });
  return JSON.stringify(Object.fromEntries(steps));
}

function wrong(what, wanted, given) {
  return new TidetableError('invalid-options', `tidetable: pushHandler: ${what} must be ${wanted}, not ${kindOf(given)}`);
}

/**
 * Answers a question of the engine: resolves with JSON text. `number` is the question's, `signal` aborts when nobody
 * waits for the answer any more.
 */
export function askHandler(handler, connection, step, question, { number, signal }) {
  if (step === 'operation') return handOver(handler, connection, question, number, signal);
  if (step === 'complete') return tellHandler(handler, connection, question);
  return decide(handler, STEPS[step], connection, question, signal);
}

/** Tells how a push has ended. */
export async function tellHandler(handler, connection, result) {
  try {
    await handler?.onPushComplete?.({ ...result, errors: withChoices(connection, result.errors) });
  } catch (error) {
    reportError(error);
  }
  return null;
}

async function decide(handler, call, connection, question, signal) {
  const failed = new PushError(question, atOnce(connection, question), signal);
  try {
    return answerOf(failed, await handler?.[call]?.(failed));
  } catch (error) {
    failed.isHandled = false; // what it had called is void
    answerOf(failed);
    if (!signal.aborted) reportError(error);
    return null;
  }
}

async function handOver(handler, connection, { operation, row }, number, signal) {
  const { seq, table, id, action, tries } = operation;
  let known = JSON.stringify(row);
  const op = {
    id: seq,
    tableName: table,
    itemId: id,
    action,
    tries,
    item: row,
    signal,
    cancelPush() {
      connection.call('cancelPush', `{"ask":${number}}`).catch(() => {}); // a client that is closed pushes nothing
    },
  };
  const send = async () => {
    const text = row === null ? known : rowText(op.item, 'send', table);
    const changed = text === known ? '' : `,"row":${text}`;
    const { row: answer, error, ...details } = await connection.call('send', `{"ask":${number}${changed}}`);
    known = text;
    if (error) throw errorFrom({ ...error, ...details });
    return answer;
  };
  // A handler that was taken away meanwhile has nothing against sending.
  await (handler?.onOperation ? handler.onOperation(op, send) : send());
  return null;
}
