/** Which regions are selected, hidden, locked: what the person sees, no part of the result. */
import { tell } from './store.js';

export class Selection {
  /** @type {Set<string>} in the order they were chosen */
  ids = new Set();
  /** @type {Set<string>} */
  hidden = new Set();
  /** @type {Set<string>} */
  locked = new Set();
  /** @type {Set<(changed: Set<string>) => void>} */
  #listeners = new Set();

  get first() {
    for (const id of this.ids) return id;
    return undefined;
  }

  /** @param {string} id */
  has(id) {
    return this.ids.has(id);
  }

  /** @param {Iterable<string>} ids */
  set(ids) {
    const next = new Set(ids);
    if (next.size === this.ids.size && [...next].every((id) => this.ids.has(id))) return;
    const changed = new Set([...this.ids, ...next]);
    this.ids = next;
    this.tell(changed);
  }

  clear() {
    this.set([]);
  }

  /** @param {string} id */
  toggle(id) {
    const next = new Set(this.ids);
    if (!next.delete(id)) next.add(id);
    this.set(next);
  }

  /** @param {'hidden' | 'locked'} kind @param {Iterable<string>} ids @param {boolean} on */
  mark(kind, ids, on) {
    const changed = new Set(ids);
    for (const id of changed) this[kind][on ? 'add' : 'delete'](id);
    this.tell(changed);
  }

  /** @param {(changed: Set<string>) => void} listener */
  on(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @param {Set<string>} changed */
  tell(changed) {
    tell(this.#listeners, changed);
  }
}
