/**
 * What was done in this browser and is not yet on the server, in IndexedDB: work in progress (`work`) and annotations that
 * were submitted but not acknowledged (`outbox`). It outlives a lost network, a closed tab and an expired login. Where the
 * browser has no storage the journal lives as long as the page, and says so in `durable`.
 */
const NAME = 'tagma';
const STORES = ['work', 'outbox'];

/** @typedef {'work' | 'outbox'} Shelf */
export class Journal {
  /** @type {Promise<IDBDatabase | null>} */
  #database;
  /** @type {Record<Shelf, Map<string, any>>} */
  #memory = { work: new Map(), outbox: new Map() };
  durable = true;

  /** @param {string} owner whose work it is; people who share a browser do not see each other's */
  constructor(owner) {
    this.owner = owner;
    this.#database = open().catch(() => {
      this.durable = false;
      return null;
    });
  }

  /** @param {Shelf} shelf @param {string} key @param {any} value */
  async put(shelf, key, value) {
    const entry = { ...value, key: `${this.owner}:${key}`, at: Date.now() };
    this.#memory[shelf].set(entry.key, entry);
    await this.#run(shelf, 'readwrite', (store) => store.put(entry));
  }

  /** @param {Shelf} shelf @param {string} key @returns {Promise<any>} */
  async get(shelf, key) {
    const full = `${this.owner}:${key}`;
    return (await this.#run(shelf, 'readonly', (store) => store.get(full))) ?? this.#memory[shelf].get(full);
  }

  /** @param {Shelf} shelf @param {string} key */
  async remove(shelf, key) {
    const full = `${this.owner}:${key}`;
    this.#memory[shelf].delete(full);
    await this.#run(shelf, 'readwrite', (store) => store.delete(full));
  }

  /** Everything of this person on a shelf, oldest first. @param {Shelf} shelf @returns {Promise<any[]>} */
  async all(shelf) {
    const found = (await this.#run(shelf, 'readonly', (store) => store.getAll())) ?? [...this.#memory[shelf].values()];
    return found.filter((/** @type {any} */ entry) => entry.key.startsWith(`${this.owner}:`)).sort((/** @type {any} */ a, /** @type {any} */ b) => a.at - b.at);
  }

  /** @param {Shelf} shelf @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest} work @returns {Promise<any>} */
  async #run(shelf, mode, work) {
    const database = await this.#database;
    if (!database) return undefined;
    return new Promise((done, fail) => {
      const transaction = database.transaction(shelf, mode, { durability: 'strict' });
      const request = work(transaction.objectStore(shelf));
      transaction.oncomplete = () => done(request.result);
      transaction.onabort = () => fail(transaction.error);
    });
  }
}

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((done, fail) => {
    if (!globalThis.indexedDB) return void fail(new Error('no IndexedDB'));
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => STORES.forEach((name) => request.result.createObjectStore(name, { keyPath: 'key' }));
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
}
