/** Where a picture lies on the screen: `screen = picture × scale + offset`. Pure numbers. */
export class Viewport {
  scale = 1;
  x = 0;
  y = 0;
  /** What the person last asked for: the whole picture keeps fitting when the window changes. @type {'fit' | 'actual' | 'free'} */
  mode = 'fit';

  /** @param {{width: number, height: number}} size of the picture @param {{width: number, height: number}} view of the screen */
  constructor(size, view) {
    this.size = size;
    this.view = view;
  }

  get fitScale() {
    const margin = Math.min(24, this.view.width * 0.03);
    const scale = Math.min((this.view.width - 2 * margin) / this.size.width, (this.view.height - 2 * margin) / this.size.height);
    return Math.max(scale, 1e-4);
  }

  /** Whether the picture is larger than the screen, so that there is something to pan. */
  get overflows() {
    return this.size.width * this.scale > this.view.width + 1 || this.size.height * this.scale > this.view.height + 1;
  }

  fit() {
    this.mode = 'fit';
    this.#center(this.fitScale);
  }

  actual() {
    this.mode = 'actual';
    this.#center(1);
  }

  /** @param {number} scale */
  #center(scale) {
    this.scale = scale;
    this.x = (this.view.width - this.size.width * scale) / 2;
    this.y = (this.view.height - this.size.height * scale) / 2;
  }

  /** @param {{width: number, height: number}} view */
  resize(view) {
    const dx = (view.width - this.view.width) / 2;
    const dy = (view.height - this.view.height) / 2;
    this.view = view;
    if (this.mode === 'fit') this.fit();
    else this.pan(dx, dy);
  }

  /** @param {number} factor @param {{x: number, y: number}} [at] the point of the screen that stays */
  zoom(factor, at = { x: this.view.width / 2, y: this.view.height / 2 }) {
    const scale = Math.min(Math.max(this.scale * factor, this.fitScale * 0.2), Math.max(64, this.fitScale * 4));
    this.x = at.x - ((at.x - this.x) * scale) / this.scale;
    this.y = at.y - ((at.y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.mode = 'free';
    this.#keepInSight();
  }

  /** @param {number} dx @param {number} dy */
  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
    if (this.mode === 'fit' && (dx || dy)) this.mode = 'free';
    this.#keepInSight();
  }

  #keepInSight() {
    const least = 48;
    this.x = Math.min(Math.max(this.x, least - this.size.width * this.scale), this.view.width - least);
    this.y = Math.min(Math.max(this.y, least - this.size.height * this.scale), this.view.height - least);
  }

  /** Bring a box of the picture into view, zooming only if it is too small to see or too large. @param {[number, number, number, number]} box */
  reveal([x0, y0, x1, y1]) {
    const a = this.toScreen({ x: x0, y: y0 });
    const b = this.toScreen({ x: x1, y: y1 });
    if (a.x >= 0 && a.y >= 0 && b.x <= this.view.width && b.y <= this.view.height) return false;
    const largest = Math.max((x1 - x0) / this.view.width, (y1 - y0) / this.view.height, 1e-6) * 1.2;
    this.scale = Math.min(this.scale, 1 / largest);
    this.x = this.view.width / 2 - ((x0 + x1) / 2) * this.scale;
    this.y = this.view.height / 2 - ((y0 + y1) / 2) * this.scale;
    this.mode = 'free';
    return true;
  }

  /** @param {{x: number, y: number}} point */
  toScreen = ({ x, y }) => ({ x: x * this.scale + this.x, y: y * this.scale + this.y });

  /** @param {{x: number, y: number}} point */
  toPicture = ({ x, y }) => ({ x: (x - this.x) / this.scale, y: (y - this.y) / this.scale });
}
