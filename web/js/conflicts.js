// Conflicts: rows that changed here and on the server. They are put to the user one at a time. What was put off is remembered, so
// that a sync in the background does not open the same dialog over and over.

/** Conflicts decides each conflict by asking the user. */
export class Conflicts {
  #ask;
  #turn = Promise.resolve(); // ends when the last question that was asked for is answered
  #questions = new Map(); // versions → promise of the choice, while it is open
  #putOff = new Map(); // row id → the versions that the user did not want to decide about
  #insisted = new Set(); // ids whose local version was chosen and is on its way

  /** @param ask called with { client, server, again }, resolves with 'client', 'server' or 'cancel' */
  constructor(ask) {
    this.#ask = ask;
  }

  /** Decides one conflict; to be returned from the push handler. Nothing returned leaves the operation pending. */
  async handle(conflict) {
    const { id, server } = conflict;
    const client = conflict.action === 'delete' ? null : conflict.client;
    const versions = JSON.stringify([id, client, server]);
    if (this.#putOff.get(id) === versions) return undefined;

    switch (await this.#choice(id, client, server, versions)) {
      case 'client':
        this.#insisted.add(id);
        return conflict.keepClient();
      case 'server':
        return conflict.keepServer();
      default:
        this.#putOff.set(id, versions);
        return undefined;
    }
  }

  /** Forgets what was put off, so that the next push asks again. */
  reopen() {
    this.#putOff.clear();
  }

  /** To be told which rows (a Map or Set by id) still have something to send: about all others, everything is decided. */
  settle(unsent) {
    for (const decided of [this.#insisted, this.#putOff]) {
      for (const id of decided.keys()) if (!unsent.has(id)) decided.delete(id);
    }
  }

  // A push that starts while the dialog is open asks about the same versions once more; one answer is enough for both.
  #choice(id, client, server, versions) {
    let choice = this.#questions.get(versions);
    if (choice) return choice;
    choice = this.#turn.then(() => this.#ask({ client, server, again: this.#insisted.has(id) }));
    this.#questions.set(versions, choice);
    // A dialog that failed must not keep the next one from opening.
    this.#turn = choice.catch(() => {}).then(() => this.#questions.delete(versions));
    return choice;
  }
}
