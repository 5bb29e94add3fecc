/**
 * One annotation being worked on: each change goes to the journal at once, and a moment later what changed goes to the server
 * as a draft. One request at a time; what happens meanwhile goes with the next.
 */
import { api } from '../api.js';

const PAUSE = 700; // ms without a change before a draft is sent
const KEEPALIVE = 60_000; // bytes a browser sends on for a page that is being closed

export class Work {
  #timer = 0;
  /** @type {Promise<void> | null} */
  #sending = null;
  /** @type {Promise<void>} */
  #writing = Promise.resolve();
  #noting = false;
  /** Steps noted so far, and those the journal has written. */
  #count = 0;
  /** @type {Map<number, import('../store.js').Step>} steps that wait for the journal */
  #waiting = new Map();
  /** @type {Set<string>} regions that changed since the draft the server has */
  #dirty = new Set();
  #whole = true;
  #unlisten = () => {};
  #closed = false;
  #release = () => {};
  /** Settles when the work is no longer in hand. @type {Promise<void>} */
  left = new Promise((done) => (this.#release = done));

  /**
   * @param {import('../journal.js').Journal} journal @param {import('./session.js').Session} session @param {any} tab
   * @param {{key: string, task: number, kept: import('../journal.js').Kept | null, seconds: number, onstate(state: 'saved' | 'failed', error?: any): void}} given
   */
  constructor(journal, session, tab, { key, task, kept, seconds, onstate }) {
    this.journal = journal;
    this.session = session;
    this.tab = tab;
    this.key = key;
    this.onstate = onstate;
    this.started = Date.now() - seconds * 1000;
    /** What the journal knows of it; null until something is done. @type {import('../journal.js').Work | null} */
    this.record = kept && { task: kept.task, annotation: kept.annotation, base: kept.base, draft: kept.draft, updated_at: kept.updated_at, sent: kept.sent };
    this.#count = kept?.steps.length ?? 0;
    const begun = [...session.store.all()];
    this.begin = () => ({ task, annotation: tab.kind === 'annotation' ? tab.id : null, base: begun.flatMap((region) => region.results), draft: tab.draft ?? null, updated_at: tab.draft_at ?? null, sent: 0 });
    this.#unlisten = session.store.on((ids, _entry, op) => this.#note(ids, op));
    if (kept && kept.sent < kept.steps.length) {
      this.#dirty.add('');
      this.#timer = window.setTimeout(() => this.send(), PAUSE);
    }
  }

  /** Seconds the person has had it open, over all visits. */
  get seconds() {
    return Math.round((Date.now() - this.started) / 100) / 10;
  }

  /** @param {Set<string>} ids @param {import('../store.js').Op} op */
  #note(ids, op) {
    if (op === 'load') return;
    const { store } = this.session;
    if (op !== 'grow') this.#count++;
    this.#waiting.set(this.#count - 1, op === 'do' || op === 'grow' ? store.lastStep() : { op });
    for (const id of ids) this.#dirty.add(id);
    this.#noteSoon();
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.send(), PAUSE);
  }

  /** Write what waits; while a write is under way steps gather for the next. */
  #noteSoon() {
    if (this.#noting) return;
    this.#noting = true;
    this.#writing = (async () => {
      try {
        if (!this.record) await this.journal.putWork(this.key, (this.record = this.begin()));
        while (this.#waiting.size && !this.#closed) {
          const steps = [...this.#waiting];
          this.#waiting.clear();
          for (const [n, step] of steps) if (!this.#closed) await this.journal.putStep(this.key, n, step);
        }
      } catch (error) {
        this.onstate('failed', error);
      } finally {
        this.#noting = false;
      }
    })();
  }

  /** Send what changed, unless it is being sent. @param {{leaving?: boolean}} [how] `leaving`: the page may be gone in a moment */
  async send({ leaving = false } = {}) {
    clearTimeout(this.#timer);
    if (this.#closed || !this.#dirty.size) return;
    if (this.#sending) return this.#sending;
    this.#sending = this.#send(leaving).finally(() => (this.#sending = null));
    await this.#sending;
    if (this.#dirty.size && !this.#closed && !this.#failed) this.#timer = window.setTimeout(() => this.send(), PAUSE);
  }

  #failed = false;

  /** @param {boolean} leaving */
  async #send(leaving) {
    const { tab, session } = this;
    const dirty = this.#dirty;
    const count = this.#count;
    this.#dirty = new Set();
    try {
      await this.#writing;
      const answer = await this.#request(dirty, leaving);
      tab.draft = answer.id;
      tab.draft_at = answer.updated_at;
      this.#whole = session.scope.conditional;
      this.#failed = false;
      if (this.#closed) return;
      const known = this.record ?? this.begin();
      this.record = { ...known, draft: answer.id, updated_at: answer.updated_at, sent: count };
      await this.journal.putWork(this.key, this.record);
      if (!this.#closed) this.onstate('saved');
    } catch (error) {
      for (const id of dirty) this.#dirty.add(id);
      this.#failed = true;
      this.onstate('failed', error);
    }
  }

  /** @param {Set<string>} dirty @param {boolean} leaving @returns {Promise<any>} */
  async #request(dirty, leaving) {
    const { tab, session, seconds } = this;
    const path = this.record?.annotation ? `/api/tasks/${this.record.task}/annotations/${this.record.annotation}/drafts` : `/api/tasks/${session.task.id}/drafts`;
    const options = (/** @type {any} */ body) => (leaving && JSON.stringify(body).length < KEEPALIVE ? { keepalive: true } : {});
    if (tab.draft && !this.#whole && ![...dirty].some((id) => !id || id.startsWith('\0'))) {
      const changes = Object.fromEntries([...dirty].map((id) => [id, session.store.get(id)?.results ?? null]));
      const body = { changes, since: tab.draft_at, lead_time: seconds };
      try {
        return await api.patch(`/api/drafts/${tab.draft}/`, body, options(body));
      } catch (error) {
        if (![404, 409].includes(/** @type {any} */ (error).status)) throw error; // saved or submitted elsewhere: all of it, then
      }
    }
    const body = { result: session.scope.serialize(), lead_time: seconds };
    return api.post(path, body, options(body));
  }

  /** The journal has all it will get. */
  async written() {
    await this.#writing;
  }

  /** No request of it is under way any more. */
  async quiet() {
    await this.#sending;
  }

  /** The person goes to something else: what is unsent goes now. */
  async leave() {
    this.#unlisten();
    clearTimeout(this.#timer);
    this.#release();
    await this.#sending;
    await this.send();
  }

  /** It was handed in: nothing more is noted or sent. */
  close() {
    this.#closed = true;
    this.#release();
    this.#unlisten();
    clearTimeout(this.#timer);
  }
}
