/**
 * The bodies of a line, one below the other: rows that share the stage, or rows with heights of their own, of which the stage
 * shows a part and scrolls. Places are those on the screen.
 */
export class LineRows {
  /** Of the stage, in pixels. */
  height = 0;
  /** How far the rows are scrolled up. */
  scrolled = 0;
  /** @type {number[]} where each row begins, and where the last ends */
  #edges = [];

  /** @param {number} count @param {number[] | undefined} heights in pixels, where they don't share the stage @param {boolean} linked whether regions lie over all of them */
  constructor(count, heights, linked) {
    this.count = heights?.length ?? count;
    this.linked = linked || this.count < 2;
    this.resize(heights);
  }

  /** @param {number[] | undefined} heights */
  resize(heights) {
    let edge = 0;
    this.count = heights?.length ?? this.count;
    this.#edges = heights ? [0, ...heights.map((one) => (edge += one))] : [];
  }

  get total() {
    return this.#edges.at(-1) ?? this.height;
  }

  get overflows() {
    return this.total > this.height + 1;
  }

  /** Top and bottom of a row; -1 is all of them. @param {number} row @returns {[number, number]} */
  place = (row) => {
    if (row < 0 || this.count < 2 && !this.#edges.length) return [0, Math.min(this.height, this.total)];
    if (this.#edges.length) return [this.#edges[row] - this.scrolled, this.#edges[row + 1] - this.scrolled];
    return [(this.height / this.count) * row, (this.height / this.count) * (row + 1)];
  };

  /** The row at a point. @param {number} y */
  at(y) {
    const last = this.count - 1;
    if (!this.#edges.length) return Math.min(Math.max(Math.floor((y / this.height) * this.count), 0), last);
    const found = this.#edges.findIndex((edge) => edge > y + this.scrolled) - 1;
    return found < 0 ? (y + this.scrolled < 0 ? 0 : last) : found;
  }

  /** The row on which a region at a point lies: -1 where regions lie over all. @param {number} y */
  regionAt(y) {
    return this.linked ? -1 : this.at(y);
  }
}
