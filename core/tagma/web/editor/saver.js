/**
 * Keeps work safe: every change goes to the journal at once and, a moment later, to the server as a draft; a submitted
 * annotation waits in the outbox until the server has acknowledged it. Its `unique_id` is made here, so sending twice counts once.
 */
import { api } from '../api.js';
import { clock, t } from '../i18n.js';

export class Saver {
  #timer = 0;
  #retry = 0;
  #started = Date.now();
  /** @type {(() => void)[]} */
  #cleanups = [];

  /** @param {import('../journal.js').Journal} journal @param {(words: string, kind?: string) => void} say */
  constructor(journal, say) {
    this.journal = journal;
    this.say = say;
    const online = () => this.flush();
    addEventListener('online', online);
    this.#cleanups.push(() => removeEventListener('online', online));
  }

  /** What to begin with: the journal's if it holds unsaved work, else the server's. @param {number} task @param {any} tab */
  async open(task, tab) {
    this.#started = Date.now();
    const kept = tab.kind === 'prediction' ? null : await this.journal.get('work', keyOf(task, tab));
    if (kept?.unsaved) return { results: kept.results, history: kept.history };
    return { results: tab.result ?? [], history: undefined };
  }

  /** @param {import('./session.js').Session} session @param {number} task @param {any} tab */
  follow(session, task, tab) {
    session.store.on(() => {
      clearTimeout(this.#timer);
      const key = keyOf(task, tab);
      const entry = () => ({ results: session.store.serialize(), history: session.store.history(), unsaved: true });
      this.#timer = window.setTimeout(async () => {
        const { version } = session.store;
        await this.journal.put('work', key, entry());
        this.say(t('Saving…'));
        try {
          const body = { result: session.scope.serialize(), lead_time: this.#seconds() };
          const path = tab.kind === 'annotation' ? `/api/tasks/${task}/annotations/${tab.id}/drafts` : `/api/tasks/${task}/drafts`;
          const answer = tab.draft ? await api.patch(`/api/drafts/${tab.draft}/`, body) : await api.post(path, body);
          tab.draft = answer.id;
          if (session.store.version === version) await this.journal.put('work', key, { ...entry(), unsaved: false });
          this.say(t('Saved {time}', { time: clock(Date.now()) }), 'good');
        } catch (error) {
          this.#trouble(error);
        }
      }, 700);
    });
  }

  /** Hand an annotation in. @param {import('./session.js').Session} session @param {number} task @param {any} tab @param {boolean} skipped @returns {Promise<any>} the server's answer, null while it is not reachable */
  async submit(session, task, tab, skipped) {
    clearTimeout(this.#timer);
    const unique = crypto.randomUUID?.() ?? uuid();
    const body = { result: session.scope.serialize(), lead_time: this.#seconds(), was_cancelled: skipped, ...(tab.draft ? { draft_id: tab.draft } : {}), ...(tab.parent_prediction ? { parent_prediction: tab.parent_prediction } : {}) };
    const entry = tab.kind === 'annotation' ? { method: 'PATCH', path: `/api/annotations/${tab.id}/`, body, id: unique } : { method: 'POST', path: `/api/tasks/${task}/annotations/`, body: { ...body, unique_id: unique }, id: unique };
    await this.journal.put('outbox', unique, entry);
    await this.journal.remove('work', keyOf(task, tab));
    return this.#send(entry);
  }

  /** @param {any} entry */
  async #send(entry) {
    this.say(t('Saving…'));
    try {
      const answer = entry.method === 'POST' ? await api.post(entry.path, entry.body) : await api.patch(entry.path, entry.body);
      await this.journal.remove('outbox', entry.id);
      this.say(t('Saved {time}', { time: clock(Date.now()) }), 'good');
      return answer;
    } catch (error) {
      this.#trouble(error);
      return null;
    }
  }

  /** Send what waits, oldest first. */
  async flush() {
    for (const entry of await this.journal.all('outbox')) if (!(await this.#send(entry))) return;
  }

  /** @param {any} error */
  #trouble(error) {
    if (error.name === 'Unreachable' || error.status >= 500) {
      this.say(t('Saved on this device, server unreachable'), 'warn');
      clearTimeout(this.#retry);
      this.#retry = window.setTimeout(() => this.flush(), 5000);
    } else if (error.status === 401) this.say(t('Saved on this device. Sign in again to send it.'), 'warn');
    else this.say(t('Saved on this device, refused by the server: {words}', { words: error.message }), 'bad');
  }

  #seconds() {
    return Math.round((Date.now() - this.#started) / 100) / 10;
  }

  close() {
    clearTimeout(this.#timer);
    clearTimeout(this.#retry);
    for (const work of this.#cleanups) work();
  }
}

/** @param {number} task @param {any} tab */
const keyOf = (task, tab) => `${task}:${tab.id ?? 'new'}`;

/** On plain http in a local network `randomUUID` is missing. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}
