/** Paints a line: what it carries (by the tag), its regions, the ruler, the overview, and what is in the hand. */
const HANDLE = { width: 6, height: 26 };
const WORDS = 20; // height of a region's words
const INSTANT = 160; // pixels that the words of an instant may take
const LEAST = 3; // pixels a region is drawn wide at least

/** @typedef {import('./line-scene.js').Stretch} Stretch */

export class LinePainter {
  ink = '';
  soft = '';
  sheet = '';
  edge = '';
  accent = '';
  font = '';
  ratio = 1;

  /** @param {{rest: HTMLCanvasElement, active: HTMLCanvasElement, ruler: HTMLCanvasElement, overview: HTMLCanvasElement | null, gutter?: HTMLCanvasElement | null}} canvases @param {import('./line-view.js').LineView} view @param {import('./line-scene.js').LineScene} scene @param {{head?: number, cursor?: string, thick?: number}} [look] `head` is what words leave free at the top, in pixels; `cursor` the colour of the point of time and `thick` its width */
  constructor({ rest, active, ruler, overview, gutter }, view, scene, { head = 0, cursor = '', thick = 2 } = {}) {
    const drawn = (/** @type {HTMLCanvasElement} */ canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    this.rest = drawn(rest);
    this.active = drawn(active);
    this.ruler = drawn(ruler);
    this.overview = overview && drawn(overview);
    this.gutter = gutter ? drawn(gutter) : null;
    this.view = view;
    this.scene = scene;
    this.height = 0;
    this.head = head;
    this.cursor = cursor;
    this.thick = thick;
    /** @type {Map<string, string>} */
    this.colors = new Map();
    this.readTheme();
  }

  readTheme() {
    this.colors.clear();
    this.forgetWhole();
    const style = getComputedStyle(this.rest.canvas);
    const get = (/** @type {string} */ name, /** @type {string} */ other) => style.getPropertyValue(name).trim() || other;
    this.ink = get('--tagma-ink', '#222');
    this.soft = get('--tagma-ink-soft', '#666');
    this.sheet = get('--tagma-sheet', '#fff');
    this.edge = get('--tagma-line-strong', '#ccc');
    this.accent = get('--tagma-accent', '#55c');
    this.font = style.fontFamily || 'system-ui';
  }

  /** A colour with variables replaced. @param {string} color */
  color(color) {
    const known = this.colors.get(color);
    if (known) return known;
    const name = /^var\((--[\w-]+)\)$/.exec(color)?.[1];
    let found = (name && getComputedStyle(this.rest.canvas).getPropertyValue(name).trim()) || color;
    if (!CSS.supports('color', found)) found = this.soft;
    this.colors.set(color, found);
    return found;
  }

  /** @param {number} width @param {number} height @param {{ruler: number, overview: number, gutter?: number}} sizes heights of the ruler and the overview, width of the gutter */
  resize(width, height, { ruler, overview, gutter = 0 }) {
    this.height = height;
    this.forgetWhole();
    this.ratio = devicePixelRatio || 1;
    for (const [context, tall, wide] of /** @type {[CanvasRenderingContext2D | null, number, number][]} */ ([[this.rest, height, width], [this.active, height, width], [this.ruler, ruler, width], [this.overview, overview, width], [this.gutter, height, gutter]])) {
      if (!context) continue;
      context.canvas.width = Math.round(wide * this.ratio);
      context.canvas.height = Math.round(tall * this.ratio);
      context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    }
  }

  /** @param {(context: CanvasRenderingContext2D) => void} content what the line carries @param {(row: number) => [number, number]} rows top and bottom of a row @param {Set<string>} without drawn on the other canvas @param {(context: CanvasRenderingContext2D) => void} [ground] what lies under their colours */
  paintRest(content, rows, without, ground) {
    const { rest: context, view, scene } = this;
    context.clearRect(0, 0, view.width, this.height);
    const shown = scene.within(view.start, view.end).filter((one) => !without.has(one.id) && !scene.session.selection.hidden.has(one.id));
    ground?.(context);
    for (const one of shown) this.#fill(context, one, rows, ground ? 0.22 : 0.12);
    content(context);
    for (const one of shown) this.#edges(context, one, rows);
    let right = -Infinity;
    for (const one of shown) right = this.#words(context, one, rows, false, right);
  }

  /** @param {{selected: Stretch[], hover: Stretch | null, draft: {from: number, to: number, row: number, color: string, text: string} | null, cursor: number | null, pointer?: number | null, marks: boolean, channel?: number | null, rows: (row: number) => [number, number], handles: boolean}} what */
  paintActive({ selected, hover, draft, cursor, pointer = null, marks, channel = null, rows, handles }) {
    const { active: context, view } = this;
    context.clearRect(0, 0, view.width, this.height);
    if (hover) this.#fill(context, hover, rows, 0.08);
    for (const one of selected) {
      this.#fill(context, one, rows, 0.16);
      this.#edges(context, one, rows);
      this.#words(context, one, rows, true, -Infinity);
      if (handles) this.#handles(context, one, rows);
    }
    if (draft) {
      const shown = { strength: 1, ...draft, id: '', number: 0, level: 0, over: false };
      this.#fill(context, shown, rows, 0.2);
      this.#edges(context, shown, rows);
    }
    if (pointer !== null) {
      context.globalAlpha = 0.5;
      context.fillStyle = this.ink;
      context.fillRect(Math.round(view.toScreen(pointer)), 0, 1, this.height);
      context.globalAlpha = 1;
    }
    this.paintCursor(cursor, marks);
  }

  /** @param {number | null} cursor @param {boolean} marks whether a region is being marked from it */
  paintCursor(cursor, marks) {
    const { active: context, view } = this;
    const x = cursor === null ? -Infinity : view.toScreen(cursor);
    if (x < -1 || x > view.width + 1) return;
    context.fillStyle = this.cursor ? this.color(this.cursor) : this.ink;
    context.fillRect(x - this.thick / 2, 0, this.thick, this.height);
    context.beginPath();
    context.moveTo(x - 6, 0);
    context.lineTo(x + 6, 0);
    context.lineTo(x, 8);
    context.fill();
    if (marks) context.fillRect(x - 4, this.height - 2, 8, 2);
  }

  /** @param {{from: number, to: number}} one @returns {[number, number]} left and right on the screen, never thinner than can be seen */
  #sides({ from, to }) {
    const a = this.view.toScreen(from);
    return [Math.max(a, -4), Math.min(Math.max(this.view.toScreen(to), a + LEAST), this.view.width + 4)];
  }

  /** @param {CanvasRenderingContext2D} context @param {any} one @param {(row: number) => [number, number]} rows @param {number} strength */
  #fill(context, one, rows, strength) {
    const [left, right] = this.#sides(one);
    const [top, bottom] = rows(one.row);
    context.save();
    context.globalAlpha = Math.min(strength * one.strength, 1);
    context.fillStyle = this.color(one.color);
    context.fillRect(left, top, right - left, bottom - top);
    if (one.over) {
      context.beginPath();
      context.rect(left, top, right - left, bottom - top);
      context.clip();
      context.globalAlpha = 0.45;
      context.strokeStyle = this.color(one.color);
      context.lineWidth = 1;
      context.beginPath();
      const tall = bottom - top;
      for (let x = left - tall - ((left - tall) % 8); x < right; x += 8) {
        context.moveTo(x, bottom);
        context.lineTo(x + tall, top);
      }
      context.stroke();
    }
    context.restore();
  }

  /** @param {CanvasRenderingContext2D} context @param {any} one @param {(row: number) => [number, number]} rows */
  #edges(context, one, rows) {
    const [top, bottom] = rows(one.row);
    const [left, right] = this.#sides(one);
    context.fillStyle = this.color(one.color);
    context.fillRect(left, top, 2, bottom - top);
    if (right - left > LEAST) context.fillRect(right - 2, top, 2, bottom - top);
  }

  /** Number and label in a corner; not where the words before stand. @param {CanvasRenderingContext2D} context @param {Stretch} one @param {(row: number) => [number, number]} rows @param {boolean} strong @param {number} taken @returns {number} where these end */
  #words(context, one, rows, strong, taken) {
    const [left, right] = this.#sides(one);
    const [top, bottom] = rows(one.row);
    const x = Math.max(left, 0) + 1;
    const y = top + (this.head || 7) + (one.level % 3) * (WORDS + 3);
    const instant = one.from === one.to; // its words stand beside it
    if (!strong && ((right - left < 18 && !instant) || (one.level === 0 && x < taken)) || y + WORDS > bottom) return taken;
    context.font = `${strong ? 600 : 400} 12px ${this.font}`;
    const digits = `${one.number}`;
    const room = instant ? INSTANT : Math.max(right - x - 2, strong ? 60 : 0);
    const full = context.measureText(`${digits}  ${one.text}`).width + 14;
    const width = full <= room ? full : context.measureText(digits).width + 14;
    if (width > room && !strong) return taken;
    context.fillStyle = this.sheet;
    context.strokeStyle = strong ? this.color(one.color) : this.edge;
    context.lineWidth = 1;
    context.beginPath();
    context.roundRect(x + 0.5, y + 0.5, width, WORDS, 4);
    context.fill();
    context.stroke();
    context.fillStyle = this.color(one.color);
    context.fillRect(x, y, 2, WORDS + 1);
    context.textBaseline = 'middle';
    context.fillStyle = this.soft;
    context.fillText(digits, x + 7, y + WORDS / 2 + 1);
    if (width === full) {
      context.fillStyle = this.ink;
      context.fillText(one.text, x + 7 + context.measureText(`${digits}  `).width, y + WORDS / 2 + 1);
    }
    return x + width + 2;
  }

  /** @param {CanvasRenderingContext2D} context @param {Stretch} one @param {(row: number) => [number, number]} rows */
  #handles(context, one, rows) {
    const [top, bottom] = rows(one.row);
    const y = (top + bottom) / 2 - HANDLE.height / 2;
    for (const at of new Set([one.from, one.to])) {
      const x = this.view.toScreen(at) - HANDLE.width / 2;
      context.beginPath();
      context.roundRect(x, y, HANDLE.width, HANDLE.height, 3);
      context.fillStyle = this.sheet;
      context.fill();
      context.strokeStyle = this.color(one.color);
      context.lineWidth = 1.5;
      context.stroke();
    }
  }

  /** @param {(from: number, to: number, width: number) => {at: number, text: string}[]} ticks */
  paintRuler(ticks) {
    const { ruler: context, view } = this;
    const height = context.canvas.height / this.ratio;
    context.clearRect(0, 0, view.width, height);
    context.font = `12px ${this.font}`;
    context.textBaseline = 'middle';
    context.fillStyle = this.soft;
    for (const { at, text } of ticks(view.start, view.start + view.span, view.width)) {
      const x = Math.round(view.toScreen(at));
      context.fillRect(x, height - 7, 1, 7);
      if (text) context.fillText(text, x + 4, height / 2 - 1);
    }
  }

  /** @param {(context: CanvasRenderingContext2D, painter: LinePainter) => void} content */
  paintGutter(content) {
    const { gutter: context } = this;
    if (!context) return;
    context.clearRect(0, 0, context.canvas.width, this.height);
    content(context, this);
  }

  /** What the overview shows of the whole changes seldom: it is painted once and copied. @type {HTMLCanvasElement | null} */
  #whole = null;

  /** Paint the whole anew at the next look. */
  forgetWhole() {
    this.#whole = null;
  }

  /** @param {(context: CanvasRenderingContext2D, width: number, height: number) => void} content @param {number} width @param {number} height */
  #wholeOf(content, width, height) {
    if (!this.#whole) {
      this.#whole = document.createElement('canvas');
      [this.#whole.width, this.#whole.height] = [Math.round(width * this.ratio), Math.round(height * this.ratio)];
      const context = /** @type {CanvasRenderingContext2D} */ (this.#whole.getContext('2d'));
      context.scale(this.ratio, this.ratio);
      content(context, width, height);
    }
    return this.#whole;
  }

  /** @param {(context: CanvasRenderingContext2D, width: number, height: number) => void} content @param {number | null} cursor */
  paintOverview(content, cursor) {
    const { overview: context, view, scene } = this;
    if (!context || !view.width) return;
    const height = context.canvas.height / this.ratio;
    const scale = view.width / view.length;
    context.clearRect(0, 0, view.width, height);
    context.drawImage(this.#wholeOf(content, view.width, height), 0, 0, view.width, height);
    for (const one of scene.stretches) {
      context.fillStyle = this.color(one.color);
      context.fillRect(one.from * scale, height - 4, Math.max((one.to - one.from) * scale, 1.5), 3);
    }
    if (cursor !== null) {
      context.fillStyle = this.ink;
      context.fillRect(cursor * scale - 0.5, 0, 1, height);
    }
    if (view.zoomed <= 1.001) return;
    const [x, width] = [view.start * scale, Math.max(view.span * scale, 6)];
    context.fillStyle = this.accent;
    context.globalAlpha = 0.1;
    context.beginPath();
    context.roundRect(x, 1, width, height - 2, 4);
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = this.accent;
    context.lineWidth = 1.5;
    context.stroke();
  }
}
