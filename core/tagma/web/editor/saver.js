/**
 * Keeps work safe and says so: the work in hand (`work.js`), annotations that were handed in and wait in the outbox, and what
 * was left unsent on an earlier visit. Trouble is waited out: sending goes on by itself when the server, or the sign-in, is back.
 */
import { api, url } from '../api.js';
import { h, icon } from '../dom.js';
import { clock, t } from '../i18n.js';
import { Store } from '../store.js';
import { wordsOf } from '../ui/toast.js';
import { Work } from './work.js';

const PATIENCE = [2, 4, 8, 15, 30]; // seconds between tries
const LONGEST = 2000; // ms that a person waits for a draft to be sent before they see something else
const REMEMBERED = 7 * 86400_000; // ms that the steps of sent work are kept, for undo

/** @typedef {{id: string, key: string, task: number, annotation: number | null, path: string, method: 'POST' | 'PATCH', body: any}} Letter */

export class Saver {
  #tries = 0;
  #retry = 0;
  /** @type {Promise<any>} letters go one after the other */
  #posting = Promise.resolve();
  /** @type {Work | null} */
  #work = null;
  /** @type {(() => void)[]} */
  #cleanups = [];

  /**
   * @param {import('../journal.js').Journal} journal
   * @param {{say(content: any, kind?: string): void, delivered(letter: Letter, answer: any): void, refused(letter: Letter, error: any): void}} desk
   */
  constructor(journal, desk) {
    this.journal = journal;
    this.desk = desk;
    const now = () => {
      this.#tries = 0;
      this.flush();
    };
    const seen = () => (document.hidden ? void this.#work?.send({ leaving: true }) : this.#retry && now());
    for (const [target, name, listener] of /** @type {[EventTarget, string, any][]} */ ([[window, 'online', now], [window, 'focus', () => this.#retry && now()], [document, 'visibilitychange', seen]])) {
      target.addEventListener(name, listener);
      this.#cleanups.push(() => target.removeEventListener(name, listener));
    }
  }

  /**
   * What to begin with: the journal's if it holds work the server lacks, or the very work the server's draft holds (so that
   * undo goes on); else the server's.
   * @param {number} task @param {any} tab @returns {Promise<{results: any[], kept: import('../journal.js').Kept | null}>}
   */
  async open(task, tab) {
    const kept = tab.kind === 'prediction' ? null : await this.journal.work(keyOf(task, tab));
    const unsent = kept && kept.sent < kept.steps.length;
    if (kept && (unsent || (tab.draft && tab.draft === kept.draft && tab.draft_at === kept.updated_at))) {
      tab.draft ??= kept.draft;
      return { results: kept.base, kept };
    }
    if (kept) await this.journal.removeWork(keyOf(task, tab));
    return { results: tab.result ?? [], kept: null };
  }

  /**
   * @param {import('./session.js').Session} session @param {number} task @param {any} tab @param {import('../journal.js').Kept | null} kept
   * @param {() => void} twice told when another tab of this browser has the same work in hand
   */
  follow(session, task, tab, kept, twice = () => {}) {
    const work = new Work(this.journal, session, tab, {
      key: keyOf(task, tab), task, kept, seconds: tab.lead_time ?? 0,
      onstate: (state, error) => {
        if (state === 'failed') this.#trouble(error);
        else if (state === 'saved') this.#saved();
      },
    });
    this.#work = work;
    hold(`${this.journal.owner}:${work.key}`, work.left).then((alone) => !alone && twice()).catch(reportError);
    return work;
  }

  /** The person leaves what is in hand, without handing it in. */
  async leave() {
    const work = this.#work;
    this.#work = null;
    if (work) await Promise.race([work.leave(), new Promise((done) => setTimeout(done, LONGEST))]); // the journal has it in any case
  }

  /** Hand an annotation in. @param {import('./session.js').Session} session @param {number} task @param {any} tab @param {boolean} skipped @returns {Promise<any>} the server's answer, null while it waits or when it was refused */
  async submit(session, task, tab, skipped) {
    const work = this.#work;
    const id = uuid();
    const body = {
      result: session.scope.serialize(), lead_time: work?.seconds ?? 0, was_cancelled: skipped,
      ...(tab.draft ? { draft_id: tab.draft } : {}), ...(tab.parent_prediction ? { parent_prediction: tab.parent_prediction } : {}), ...(tab.parent_annotation ? { parent_annotation: tab.parent_annotation } : {}),
    };
    const key = keyOf(task, tab);
    const annotation = tab.kind === 'annotation' ? tab.id : null;
    /** @type {Letter} */
    const letter = annotation
      ? { id, key, task, annotation, method: 'PATCH', path: `/api/annotations/${annotation}/`, body }
      : { id, key, task, annotation, method: 'POST', path: `/api/tasks/${task}/annotations/`, body: { ...body, unique_id: id } };
    work?.close();
    this.#work = null;
    await work?.written();
    await this.journal.post(key, id, letter);
    return this.#queue(async () => {
      await work?.quiet(); // a draft that came after its annotation would stay behind
      return this.#post(letter);
    });
  }

  /** @param {() => Promise<any>} work */
  #queue(work) {
    return (this.#posting = this.#posting.then(work, work));
  }

  /** @param {Letter} letter */
  async #post(letter) {
    try {
      const answer = letter.method === 'POST' ? await api.post(letter.path, letter.body) : await api.patch(letter.path, letter.body, { headers: { 'Idempotency-Key': letter.id } });
      await this.journal.delivered(letter.id);
      this.#saved();
      this.desk.delivered(letter, answer);
      return answer;
    } catch (error) {
      if (isFinal(error)) await this.#giveBack(letter, error);
      else this.#trouble(error);
      return null;
    }
  }

  /** A letter the server will never take becomes work again. @param {Letter} letter @param {any} error */
  async #giveBack(letter, error) {
    const found = { task: letter.task, annotation: letter.annotation, base: [], draft: null, updated_at: null, sent: 0 };
    const store = new Store();
    store.tx('', (tx) => {
      for (const region of new Store(letter.body.result).all()) tx.put(region);
    });
    await this.journal.putWork(letter.key, found);
    await this.journal.putStep(letter.key, 0, letter.body.result.length ? store.lastStep() : { op: 'do', changes: [] });
    await this.journal.delivered(letter.id);
    this.desk.refused(letter, error);
  }

  /** Send all that waits, oldest first. */
  async flush() {
    clearTimeout(this.#retry);
    this.#retry = 0;
    return this.#queue(async () => {
      for (const letter of await this.journal.outbox()) {
        const left = await this.#post(letter);
        if (!left && this.#retry) return;
      }
      await this.#work?.send();
    });
  }

  /** Drafts that an earlier visit could not send, of other tasks than the one in hand; what was sent long ago is forgotten. */
  async sendLeft() {
    const inHand = await held();
    for (const work of await this.journal.works()) {
      if (work.key === this.#work?.key || inHand.has(`${this.journal.owner}:${work.key}`)) continue;
      const kept = await this.journal.work(work.key);
      if (!kept) continue;
      if (kept.sent >= kept.steps.length) {
        if (Date.now() - work.at > REMEMBERED) await this.journal.removeWork(work.key);
        continue;
      }
      const store = new Store(kept.base);
      store.replay(kept.steps);
      const path = kept.annotation ? `/api/tasks/${kept.task}/annotations/${kept.annotation}/drafts` : `/api/tasks/${kept.task}/drafts`;
      try {
        const answer = await api.post(path, { result: store.serialize() });
        await this.journal.putWork(work.key, { task: kept.task, annotation: kept.annotation, base: kept.base, draft: answer.id, updated_at: answer.updated_at, sent: kept.steps.length });
      } catch (error) {
        if (!isFinal(error)) return; // the next visit tries again
      }
    }
  }

  #saved() {
    this.#tries = 0;
    this.desk.say([icon('check', 14), ' ', t('Saved {time}', { time: clock(Date.now()) })], 'good');
  }

  /** @param {any} error */
  #trouble(error) {
    const here = this.journal.durable;
    if (error?.status === 401) {
      this.desk.say([here ? t('Saved on this device.') : t('Not saved.'), ' ', h('a', { href: url('/user/login/'), target: '_blank' }, t('Sign in again to send it'))], 'warn');
    } else if (error?.name === 'Unreachable' || !isFinal(error)) {
      this.desk.say(here ? t('Saved on this device, server unreachable') : t('Not saved, server unreachable: keep this page open'), 'warn');
    } else {
      return this.desk.say(t('Saved on this device, refused by the server: {words}', { words: wordsOf(error) }), 'bad');
    }
    clearTimeout(this.#retry);
    this.#retry = window.setTimeout(() => this.flush(), PATIENCE[Math.min(this.#tries++, PATIENCE.length - 1)] * 1000);
  }

  close() {
    this.#work?.leave();
    this.#work = null;
    clearTimeout(this.#retry);
    for (const work of this.#cleanups) work();
  }
}

const LOCK = 'tagma-work ';

/** Take the lock of a work until it is left. @param {string} key @param {Promise<void>} left @returns {Promise<boolean>} false if another tab has it */
function hold(key, left) {
  if (!navigator.locks) return Promise.resolve(true); // plain http in a local network
  return new Promise((tell, fail) => {
    navigator.locks.request(LOCK + key, { ifAvailable: true }, (lock) => {
      tell(lock !== null);
      return lock ? left : undefined;
    }).catch(fail);
  });
}

/** Keys of the works that tabs of this browser have in hand. */
async function held() {
  const { held: locks = [] } = (await navigator.locks?.query()) ?? {};
  return new Set(locks.filter(({ name }) => name?.startsWith(LOCK)).map(({ name }) => String(name).slice(LOCK.length)));
}

/** Whether trying again would be answered the same way. @param {any} error */
const isFinal = (error) => error?.status >= 400 && error.status < 500 && ![401, 408, 425, 429].includes(error.status);

/** @param {number} task @param {any} tab */
const keyOf = (task, tab) => `${task}:${tab.kind === 'annotation' ? tab.id : 'new'}`;

/** On plain http in a local network `randomUUID` is missing. */
function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}
