/** Rows of a list by their place, fetched in windows around what is on screen; what nobody looks at any more is not waited for. */

const WINDOW = 100;
const MOST_WINDOWS = 80;

export class Rows {
  /** @type {Map<number, any[]>} */
  #windows = new Map();
  /** @type {Map<number, AbortController>} */
  #asked = new Map();
  #waiting = 0;
  #wanted = [0, 0];
  total = 0;
  annotations = 0;
  predictions = 0;

  /**
   * @param {(start: number, length: number, signal: AbortSignal) => Promise<{rows: any[], total: number, annotations: number, predictions: number}>} load
   * @param {{onchange: () => void, onerror: (error: any) => void}} tell
   */
  constructor(load, tell) {
    this.load = load;
    this.tell = tell;
  }

  /** The window the server put into the page. @param {any} first */
  seed(first) {
    this.#take(0, first);
  }

  /** Forget all: filters or order are others now. */
  reset() {
    for (const controller of this.#asked.values()) controller.abort();
    this.#asked.clear();
    this.#windows.clear();
  }

  /** @param {number} index @returns {any | undefined} undefined while it is on its way */
  at(index) {
    return this.#windows.get(Math.floor(index / WINDOW))?.[index % WINDOW];
  }

  /** Every row that is here. */
  *known() {
    for (const rows of this.#windows.values()) yield* rows;
  }

  /** @param {number} id @returns {number} its place, or -1 if it is not here */
  placeOf(id) {
    for (const [number, rows] of this.#windows) {
      const at = rows.findIndex((row) => row.id === id);
      if (at >= 0) return number * WINDOW + at;
    }
    return -1;
  }

  /** See to it that these are here soon. @param {number} first @param {number} last */
  want(first, last) {
    this.#wanted = [Math.floor(first / WINDOW), Math.floor(Math.max(first, last) / WINDOW)];
    if (this.#missing().length === 0) return;
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => this.#ask(), this.#asked.size ? 60 : 0); // a fling passes many windows
  }

  #missing() {
    const found = [];
    for (let number = this.#wanted[0]; number <= this.#wanted[1]; number++) if (!this.#windows.has(number) && !this.#asked.has(number)) found.push(number);
    return found;
  }

  #ask() {
    for (const [number, controller] of this.#asked) {
      if (number >= this.#wanted[0] && number <= this.#wanted[1]) continue;
      controller.abort();
      this.#asked.delete(number);
    }
    for (const number of this.#missing()) this.#fetch(number);
  }

  /** @param {number} number */
  async #fetch(number) {
    const controller = new AbortController();
    this.#asked.set(number, controller);
    try {
      this.#take(number, await this.load(number * WINDOW, WINDOW, controller.signal));
    } catch (error) {
      if (!controller.signal.aborted) this.tell.onerror(error);
    } finally {
      if (this.#asked.get(number) === controller) this.#asked.delete(number);
    }
  }

  /** Load the first window anew and wait for it. */
  async reload() {
    this.reset();
    const controller = new AbortController();
    this.#asked.set(this.#wanted[0], controller);
    const number = this.#wanted[0];
    try {
      this.#take(number, await this.load(number * WINDOW, WINDOW, controller.signal));
    } finally {
      if (this.#asked.get(number) === controller) this.#asked.delete(number);
    }
  }

  /** @param {number} number @param {any} answer */
  #take(number, answer) {
    this.#windows.delete(number);
    this.#windows.set(number, answer.rows);
    if (this.#windows.size > MOST_WINDOWS) {
      const [oldest] = this.#windows.keys();
      this.#windows.delete(oldest);
    }
    this.total = answer.total;
    this.annotations = answer.annotations;
    this.predictions = answer.predictions;
    this.tell.onchange();
  }
}
