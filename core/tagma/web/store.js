/**
 * The state of one annotation: the result JSON itself.
 *
 * Results that share an id are one region (a box, its label, the text written about it), so an entry is a frozen
 * `{id, results}` whose results keep the wire's shape, key for key. Results without an id (relations) get a key of
 * their own that never leaves the browser. Every change goes through `tx`, which notes what was before and after; undo,
 * autosave, "who did this" and the journal all read that one log.
 *
 * @typedef {Record<string, any>} Result  one item of `annotation.result`, as the API sends it
 * @typedef {{readonly id: string, readonly results: readonly Result[], readonly proposed?: 'prompt' | 'suggestion'}} Region  `proposed`: it stands on the desk but is no part of the work, see smart.js
 * @typedef {'person'|'prediction'|'undo'|'load'} Origin
 * @typedef {{id: string, before: Region|undefined, after: Region|undefined}} Change
 * @typedef {{label: string, origin: Origin, merge?: any, changes: Change[], at: number}} Entry
 * @typedef {'do' | 'grow' | 'undo' | 'redo' | 'load'} Op  `grow`: the last step became longer, as in a drag
 * @typedef {{op: Op, label?: string, changes?: Change[]}} Step  what the journal keeps of a change
 */

/** @template T @param {T} value @returns {T} */
export function freeze(value) {
  if (value && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const key in value) if (typeof value[key] === 'object') freeze(value[key]);
  }
  return value;
}

/** Tell everybody; one listener's fault must not keep the others from the news. @template {any[]} A @param {Set<(...args: A) => void>} listeners @param {A} news */
export function tell(listeners, ...news) {
  for (const listener of [...listeners]) { // who listens may change while the news goes round
    try {
      listener(...news);
    } catch (error) {
      reportError(error);
    }
  }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** A region's id: ten characters, as the field's tools write them. */
export function newId() {
  let id = '';
  for (const byte of crypto.getRandomValues(new Uint8Array(10))) id += ALPHABET[byte & 63];
  return id;
}

/** Group results by id, in the order in which the ids first appear. @param {readonly Result[]} results @returns {Region[]} */
export function regionsOf(results) {
  /** @type {Map<string, Result[]>} */
  const groups = new Map();
  let nameless = 0;
  for (const result of results) {
    const key = result.id ? String(result.id) : `\0${nameless++}`;
    const group = groups.get(key);
    if (group) group.push(result);
    else groups.set(key, [result]);
  }
  return [...groups].map(([id, items]) => freeze({ id, results: items }));
}

export class Store {
  /** @type {Map<string, Region>} */
  #regions = new Map();
  /** @type {Map<string, number>} place in the list; kept for deleted ids so that undo puts them back where they were */
  #places = new Map();
  #nextPlace = 0;
  /** @type {Region[] | null} */
  #list = [];
  /** @type {Entry[]} */
  #done = [];
  /** @type {Entry[]} */
  #undone = [];
  /** @type {Set<(ids: Set<string>, entry: Entry, op: Op) => void>} */
  #listeners = new Set();
  /** @type {Map<string, Change> | null} changes of the open transaction */
  #open = null;
  /** Raised by every change; two equal numbers mean nothing happened between. */
  version = 0;
  readonly = false;

  /** @param {readonly Result[]} [results] */
  constructor(results = []) {
    this.#fill(results);
  }

  get size() {
    return this.#regions.size;
  }

  /** @param {string} id */
  get(id) {
    return this.#regions.get(id);
  }

  /** @param {string} id */
  has(id) {
    return this.#regions.has(id);
  }

  /** Every region in list order. The array is shared: don't change it. @returns {readonly Region[]} */
  all() {
    if (!this.#list) {
      this.#list = [...this.#regions.values()];
      this.#list.sort((a, b) => /** @type {number} */ (this.#places.get(a.id)) - /** @type {number} */ (this.#places.get(b.id)));
    }
    return this.#list;
  }

  /** What is saved. @returns {Result[]} */
  serialize() {
    return this.all().flatMap((region) => (region.proposed ? [] : region.results));
  }

  /** @param {(ids: Set<string>, entry: Entry, op: Op) => void} listener @returns {() => void} call it to stop listening */
  on(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Change regions in one undoable step.
   * @param {string} label names the step in the history, e.g. "Move box"
   * @param {(tx: {put(region: Region): void, remove(id: string): void}) => void} work
   * @param {{origin?: Origin, merge?: any}} [options] steps with the same `merge` become one, as the moves of a drag; what
   *   comes by `load` is where the person begins, and no step
   */
  tx(label, work, { origin = 'person', merge } = {}) {
    if (this.readonly && origin === 'person') return;
    if (this.#open) return void work(this.#writer);
    this.#open = new Map();
    try {
      work(this.#writer);
    } catch (error) {
      for (const { id, before } of this.#open.values()) this.#set(id, before);
      this.#open = null;
      throw error;
    }
    const changes = [...this.#open.values()].filter((change) => change.before !== change.after);
    this.#open = null;
    if (!changes.length) return;
    const entry = { label, origin, merge, changes, at: Date.now() };
    if (origin === 'load') return void this.#tell(entry, 'load');
    this.#undone.length = 0;
    const last = this.#done.at(-1);
    if (last && merge !== undefined && last.merge === merge) {
      this.#coalesce(last, changes);
      this.#tell(entry, 'grow');
    } else {
      this.#done.push(entry);
      this.#tell(entry, 'do');
    }
  }

  canUndo() {
    return this.#done.length > 0;
  }

  canRedo() {
    return this.#undone.length > 0;
  }

  /** The steps that can be undone, oldest first. @returns {readonly Entry[]} */
  get log() {
    return this.#done;
  }

  undo() {
    const entry = this.readonly ? undefined : this.#done.pop();
    if (!entry) return false;
    this.#back(entry);
    this.seal();
    this.#tell({ ...entry, origin: 'undo' }, 'undo');
    return true;
  }

  redo() {
    const entry = this.readonly ? undefined : this.#undone.pop();
    if (!entry) return false;
    this.#forth(entry);
    this.seal();
    this.#tell({ ...entry, origin: 'undo' }, 'redo');
    return true;
  }

  /** @param {Entry} entry */
  #back(entry) {
    for (let i = entry.changes.length - 1; i >= 0; i--) this.#set(entry.changes[i].id, entry.changes[i].before);
    this.#undone.push(entry);
  }

  /** @param {Entry} entry */
  #forth(entry) {
    for (const { id, after } of entry.changes) this.#set(id, after);
    this.#done.push(entry);
  }

  /** Ends coalescing: the next step is one of its own, whatever its `merge`. */
  seal() {
    const last = this.#done.at(-1);
    if (last) last.merge = undefined;
  }

  /** Take up what the journal kept: every step since the results this store was made of. @param {readonly Step[]} steps */
  replay(steps) {
    for (const { op, label = '', changes = [] } of steps) {
      const entry = op === 'undo' ? this.#done.pop() : op === 'redo' ? this.#undone.pop() : undefined;
      if (op === 'undo') entry && this.#back(entry);
      else if (op === 'redo') entry && this.#forth(entry);
      else {
        this.#undone.length = 0;
        this.#forth({ label, origin: 'person', changes: changes.map(({ id, before, after }) => ({ id, before: freeze(before), after: freeze(after) })), at: 0 });
      }
    }
    this.#tell({ label: '', origin: 'load', changes: this.all().map((region) => ({ id: region.id, before: undefined, after: region })), at: Date.now() }, 'load');
  }

  /** The last step as the journal keeps it. @returns {Step} */
  lastStep() {
    const { label, changes } = /** @type {Entry} */ (this.#done.at(-1));
    return { op: 'do', label, changes };
  }

  /** @param {readonly Result[]} results */
  #fill(results) {
    this.#regions.clear();
    this.#places.clear();
    this.#nextPlace = 0;
    for (const region of regionsOf(results)) this.#set(region.id, region);
  }

  #writer = {
    /** @param {Region} region */
    put: (region) => this.#change(region.id, freeze(region)),
    /** @param {string} id */
    remove: (id) => this.#change(id, undefined),
  };

  /** @param {string} id @param {Region | undefined} after */
  #change(id, after) {
    const open = /** @type {Map<string, Change>} */ (this.#open);
    const known = open.get(id);
    if (known) known.after = after;
    else open.set(id, { id, before: this.#regions.get(id), after });
    this.#set(id, after);
  }

  /** @param {string} id @param {Region | undefined} region */
  #set(id, region) {
    const before = this.#regions.get(id);
    if (before && region && this.#list) this.#list[this.#indexOf(id)] = region;
    else if (region && !this.#places.has(id)) this.#list?.push(region);
    else if (before || region) this.#list = null;
    if (region) {
      if (!this.#places.has(id)) this.#places.set(id, this.#nextPlace++);
      this.#regions.set(id, region);
    } else {
      this.#regions.delete(id);
    }
  }

  /** Where in the list a region stands, by halving. @param {string} id */
  #indexOf(id) {
    const list = /** @type {Region[]} */ (this.#list);
    const place = /** @type {number} */ (this.#places.get(id));
    let low = 0;
    let high = list.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (/** @type {number} */ (this.#places.get(list[middle].id)) < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** @param {Entry} entry @param {Change[]} changes */
  #coalesce(entry, changes) {
    for (const change of changes) {
      const known = entry.changes.find((old) => old.id === change.id);
      if (known) known.after = change.after;
      else entry.changes.push(change);
    }
    entry.at = Date.now();
  }

  /** @param {Entry} entry @param {Op} op */
  #tell(entry, op) {
    this.version++;
    tell(this.#listeners, new Set(entry.changes.map((change) => change.id)), entry, op);
  }
}
