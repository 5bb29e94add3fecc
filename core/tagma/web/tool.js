/**
 * Tools: what a press on an object means. One is active at a time in an annotation; the rail lists those this config has.
 *
 * @typedef {{name: string, title: string, icon: string, key: string, order?: number, draws?: string}} Tool
 */
import { tell } from './store.js';

export class Tools {
  /** @type {Map<string, Tool>} */
  #tools = new Map();
  /** @type {Set<() => void>} */
  #listeners = new Set();
  #active = '';

  /** @param {Tool} tool the first that is added is active; a second of the same name changes nothing */
  add(tool) {
    if (this.#tools.has(tool.name)) return;
    this.#tools.set(tool.name, tool);
    this.#active ||= tool.name;
    this.#tell();
  }

  get active() {
    return this.#active;
  }

  /** @param {string} name */
  use(name) {
    if (!this.#tools.has(name) || this.#active === name) return;
    this.#active = name;
    this.#tell();
  }

  get current() {
    return this.#tools.get(this.#active);
  }

  list() {
    return [...this.#tools.values()].sort((a, b) => (a.order ?? 50) - (b.order ?? 50));
  }

  /** The tool that draws a shape. @param {string} shape */
  drawing(shape) {
    return this.list().find((tool) => tool.draws === shape);
  }

  /** @param {() => void} listener */
  on(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell() {
    tell(this.#listeners);
  }
}
