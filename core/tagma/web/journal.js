/**
 * What was done in this browser, in IndexedDB: work in progress (`work`: what it began with; `steps`: each change since, so that
 * noting one costs what the change costs) and annotations that were submitted but not acknowledged (`outbox`). It outlives a
 * lost network, a closed or crashed tab and an expired login, and undo reaches back through it. Where the browser has no
 * storage the journal lives as long as the page, and says so in `durable`.
 *
 * @typedef {import('./store.js').Step} Step
 * @typedef {{task: number, annotation: number | null, base: any[], draft: number | null, updated_at: string | null, sent: number}} Work
 *   `sent`: how many steps the draft `draft`, saved at `updated_at`, holds
 * @typedef {Work & {key: string, steps: Step[]}} Kept
 */
const NAME = 'tagma';
const STORES = /** @type {const} */ (['work', 'steps', 'outbox']);

/** @typedef {typeof STORES[number]} Shelf */
export class Journal {
  /** @type {Promise<IDBDatabase | null>} */
  #database;
  /** @type {Record<Shelf, Map<string, any>>} */
  #memory = { work: new Map(), steps: new Map(), outbox: new Map() };
  durable = true;

  /** @param {string} owner whose work it is; people who share a browser do not see each other's */
  constructor(owner) {
    this.owner = owner;
    this.#database = open().catch(() => {
      this.durable = false;
      return null;
    });
  }

  /** Whether there is storage to rely on. */
  async ready() {
    await this.#database;
    return this.durable;
  }

  // work in progress ---------------------------------------------------------------------------------------------------

  /** @param {string} key @param {Work} work */
  async putWork(key, work) {
    await this.#write([['work', this.#full(key), work]], 'relaxed');
  }

  /** The `n`-th step of a work; the same `n` again replaces it, as while a drag goes on. @param {string} key @param {number} n @param {Step} step */
  async putStep(key, n, step) {
    await this.#write([['steps', this.#stepKey(key, n), step]], 'relaxed');
  }

  /** @param {string} key @returns {Promise<Kept | null>} */
  async work(key) {
    const [found] = await this.#range('work', this.#full(key), this.#full(key));
    return found ? { ...found, key, steps: await this.#range('steps', this.#stepKey(key, 0), this.#stepKey(key, 99999999)) } : null;
  }

  /** Every work of this person, by key. @returns {Promise<(Work & {key: string, at: number})[]>} */
  async works() {
    const found = await this.#range('work', this.#full(''), this.#full('\uffff'));
    return found.map((work) => ({ ...work, key: work.key.slice(this.owner.length + 1) }));
  }

  /** @param {string} key */
  async removeWork(key) {
    await this.#write(await this.#removal(key));
  }

  /** @param {string} key @returns {Promise<[Shelf, string, null][]>} */
  async #removal(key) {
    const steps = await this.#range('steps', this.#stepKey(key, 0), this.#stepKey(key, 99999999));
    return [['work', this.#full(key), null], ...steps.map((step) => /** @type {[Shelf, string, null]} */ (['steps', step.key, null]))];
  }

  // what was handed in -------------------------------------------------------------------------------------------------

  /** Work becomes a letter in the outbox, at once or not at all. @param {string} key the work's @param {string} id the letter's @param {any} letter */
  async post(key, id, letter) {
    await this.#write([['outbox', this.#full(id), letter], ...(await this.#removal(key))], 'strict');
  }

  /** Letters that wait, oldest first. @returns {Promise<any[]>} */
  async outbox() {
    return (await this.#range('outbox', this.#full(''), this.#full('\uffff'))).sort((a, b) => a.at - b.at);
  }

  /** @param {string} id */
  async delivered(id) {
    await this.#write([['outbox', this.#full(id), null]], 'strict');
  }

  // storage --------------------------------------------------------------------------------------------------------------

  /** @param {string} key */
  #full(key) {
    return `${this.owner}:${key}`;
  }

  /** @param {string} key @param {number} n */
  #stepKey(key, n) {
    return `${this.#full(key)}\n${String(n).padStart(8, '0')}`;
  }

  /** All of these or none; null removes. @param {[Shelf, string, any][]} entries @param {IDBTransactionDurability} [durability] */
  async #write(entries, durability = 'relaxed') {
    const rows = entries.map(([shelf, key, value]) => /** @type {const} */ ([shelf, key, value && { ...value, key, at: Date.now() }]));
    const database = await this.#database;
    if (!database) {
      for (const [shelf, key, value] of rows) value ? this.#memory[shelf].set(key, value) : this.#memory[shelf].delete(key);
      return;
    }
    await new Promise((done, fail) => {
      const transaction = database.transaction([...new Set(rows.map(([shelf]) => shelf))], 'readwrite', { durability });
      for (const [shelf, key, value] of rows) value ? transaction.objectStore(shelf).put(value) : transaction.objectStore(shelf).delete(key);
      transaction.oncomplete = done;
      transaction.onabort = () => fail(transaction.error);
    });
  }

  /** @param {Shelf} shelf @param {string} from @param {string} to @returns {Promise<any[]>} in the order of their keys */
  async #range(shelf, from, to) {
    const database = await this.#database;
    if (!database) return [...this.#memory[shelf].values()].filter(({ key }) => from <= key && key <= to).sort((a, b) => (a.key < b.key ? -1 : 1));
    return new Promise((done, fail) => {
      const request = database.transaction(shelf).objectStore(shelf).getAll(IDBKeyRange.bound(from, to));
      request.onsuccess = () => done(request.result);
      request.onerror = () => fail(request.error);
    });
  }
}

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((done, fail) => {
    if (!globalThis.indexedDB) return void fail(new Error('no IndexedDB'));
    const request = indexedDB.open(NAME, 2);
    request.onupgradeneeded = (event) => {
      if (event.oldVersion === 1) for (const name of request.result.objectStoreNames) request.result.deleteObjectStore(name);
      STORES.forEach((name) => request.result.createObjectStore(name, { keyPath: 'key' }));
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      done(request.result);
    };
    request.onerror = () => fail(request.error);
  });
}
