/** Which part of a line is on the screen: `screen = (at − start) × scale`. Pure numbers, in the line's own unit. */
export class LineView {
  start = 0;
  /** What the person last asked for: the whole line keeps fitting when the window changes. */
  fits = true;

  /** @param {number} length of the line @param {number} width of the screen in pixels @param {number} [closest] pixels of a unit at the highest zoom */
  constructor(length, width, closest = 100) {
    this.length = length;
    this.width = width;
    this.closest = closest;
    this.scale = this.whole;
  }

  /** Pixels of a unit at which the whole line is in sight. */
  get whole() {
    return this.width / Math.max(this.length, 1e-9);
  }

  get span() {
    return this.width / this.scale;
  }

  get end() {
    return Math.min(this.start + this.span, this.length);
  }

  /** How many times the whole the line is wide. */
  get zoomed() {
    return this.scale / this.whole;
  }

  /** @param {number} width */
  resize(width) {
    this.width = width;
    if (this.fits) this.fit();
    else this.#keep();
  }

  fit() {
    this.fits = true;
    this.scale = this.whole;
    this.start = 0;
  }

  /** @param {number} factor @param {number} [x] the point of the screen that stays */
  zoom(factor, x = this.width / 2) {
    const at = this.toLine(x);
    this.scale = Math.min(Math.max(this.scale * factor, this.whole), Math.max(this.closest, this.whole, this.scale));
    this.start = at - x / this.scale;
    this.fits = false;
    this.#keep();
  }

  /** @param {number} start @param {number} end */
  show(start, end) {
    this.scale = Math.min(Math.max(this.width / Math.max(end - start, 1e-9), this.whole), Math.max(this.closest, this.whole));
    this.start = (start + end) / 2 - this.span / 2;
    this.fits = false;
    this.#keep();
  }

  /** @param {number} by in pixels, to the right is later */
  pan(by) {
    this.start += by / this.scale;
    this.#keep();
  }

  /** Bring a stretch into sight without zooming, unless it is too long. @param {number} from @param {number} to @returns {boolean} whether anything moved */
  reveal(from, to) {
    if (from >= this.start && to <= this.start + this.span) return false;
    if (to - from > this.span) this.show(from - (to - from) * 0.1, to + (to - from) * 0.1);
    else {
      this.start = (from + to) / 2 - this.span / 2;
      this.#keep();
    }
    return true;
  }

  /** Follow a point that runs along: turn the page when it leaves. @param {number} at @returns {boolean} */
  follow(at) {
    if (at >= this.start && at <= this.start + this.span) return false;
    this.start = at - this.span * 0.05;
    this.#keep();
    return true;
  }

  #keep() {
    this.start = Math.min(Math.max(this.start, 0), Math.max(0, this.length - this.span));
    if (this.zoomed <= 1.000001) this.fits = true;
  }

  /** @param {number} at */
  toScreen(at) {
    return (at - this.start) * this.scale;
  }

  /** @param {number} x */
  toLine(x) {
    return this.start + x / this.scale;
  }
}
