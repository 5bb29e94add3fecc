/**
 * Paints a line on which regions have lanes of their own, as the tracks of a film: over each bar its number and label, in it
 * its points. What is out of sight costs nothing.
 */
import { LinePainter } from './line-painter.js';
import { LineRows } from './line-rows.js';

const WORDS = 10; // from the lane's top to the middle of its words
const BAR = { top: 17, height: 8 };
const MARK = 4.5; // half a point's diagonal
const APART = 3; // pixels between points at least; in a crowd some stand for others
const LEAST = 3;

/** @typedef {import('./line-scene.js').Stretch} Stretch @typedef {(row: number) => [number, number]} Rows */

/** Rows that come and go with the regions; below the last there is room that belongs to none. */
export class Lanes extends LineRows {
  /** @param {number} tall a lane in pixels */
  constructor(tall) {
    super(0, [], false);
    this.tall = tall;
  }

  /** @param {number} y */
  regionAt(y) {
    return Math.floor((y + this.scrolled) / this.tall);
  }
}

export class LanePainter extends LinePainter {
  /** @param {(context: CanvasRenderingContext2D) => void} content @param {Rows} rows @param {Set<string>} without drawn on the other canvas */
  paintRest(content, rows, without) {
    const { rest: context, view, scene } = this;
    context.clearRect(0, 0, view.width, this.height);
    content(context);
    this.#lines(context, rows);
    /** @type {Map<number, number>} row -> where the words before end */
    const taken = new Map();
    for (const one of this.#inSight(rows)) {
      if (without.has(one.id) || scene.session.selection.hidden.has(one.id)) continue;
      this.#bar(context, one, rows, false);
      taken.set(one.row, this.#words(context, one, rows, false, taken.get(one.row) ?? -Infinity));
    }
  }

  /** @param {Rows} rows */
  #inSight(rows) {
    const { view, scene, height } = this;
    return scene.within(view.start, view.end).filter(({ row }) => {
      const [top, bottom] = rows(row);
      return bottom > 0 && top < height;
    });
  }

  /** @param {CanvasRenderingContext2D} context @param {Rows} rows */
  #lines(context, rows) {
    context.fillStyle = this.edge;
    context.globalAlpha = 0.5;
    for (let row = 0; row < this.scene.lanes; row++) {
      const [, bottom] = rows(row);
      if (bottom > 0 && bottom < this.height) context.fillRect(0, Math.round(bottom) - 1, this.view.width, 1);
    }
    context.globalAlpha = 1;
  }

  /** @param {Parameters<LinePainter['paintActive']>[0]} what */
  paintActive({ selected, hover, draft, cursor, marks, rows, handles }) {
    const { active: context, view } = this;
    context.clearRect(0, 0, view.width, this.height);
    if (hover) this.#row(context, hover, rows, 0.06);
    for (const one of selected) {
      this.#row(context, one, rows, 0.12);
      this.#bar(context, one, rows, true);
      this.#words(context, one, rows, true, -Infinity);
      if (handles) this.#ends(context, one, rows);
    }
    if (draft) {
      context.fillStyle = this.color(draft.color);
      context.globalAlpha = 0.25;
      context.fillRect(view.toScreen(draft.from), 0, Math.max(view.toScreen(draft.to) - view.toScreen(draft.from), LEAST), this.height);
      context.globalAlpha = 1;
    }
    this.paintCursor(cursor, marks);
  }

  /** The whole lane of a region. @param {CanvasRenderingContext2D} context @param {Stretch} one @param {Rows} rows @param {number} strength */
  #row(context, one, rows, strength) {
    const [top, bottom] = rows(one.row);
    context.globalAlpha = strength;
    context.fillStyle = this.color(one.color);
    context.fillRect(0, top, this.view.width, bottom - top - 1);
    context.globalAlpha = 1;
  }

  /** @param {CanvasRenderingContext2D} context @param {Stretch} one @param {Rows} rows @param {boolean} strong */
  #bar(context, one, rows, strong) {
    const { view } = this;
    const y = rows(one.row)[0] + BAR.top;
    const x = (/** @type {number} */ at) => Math.min(Math.max(view.toScreen(at), -8), view.width + 8);
    const [left, right] = [x(one.from), x(one.to)];
    context.fillStyle = this.color(one.color);
    context.fillRect(left, y + BAR.height / 2 - 0.5, right - left, 1);
    context.globalAlpha = strong ? 0.85 : 0.55;
    for (const part of one.parts ?? [one]) {
      const [a, b] = [x(part.from), x(part.to)];
      context.beginPath();
      context.roundRect(a, y, Math.max(b - a, LEAST), BAR.height, 2);
      context.fill();
    }
    context.globalAlpha = 1;
    if (!one.marks) return;
    [context.fillStyle, context.strokeStyle] = strong ? [this.sheet, this.color(one.color)] : [this.color(one.color), this.sheet];
    this.#marks(context, one.marks, y + BAR.height / 2);
  }

  /** @param {CanvasRenderingContext2D} context @param {number[]} marks in order @param {number} y */
  #marks(context, marks, y) {
    context.lineWidth = 1;
    context.beginPath();
    let last = -Infinity;
    for (const mark of marks) {
      const x = this.view.toScreen(mark);
      if (x < -MARK || x - last < APART) continue;
      if (x > this.view.width + MARK) break;
      last = x;
      context.moveTo(x, y - MARK);
      context.lineTo(x + MARK, y);
      context.lineTo(x, y + MARK);
      context.lineTo(x - MARK, y);
      context.closePath();
    }
    context.fill();
    context.stroke();
  }

  /** Number and label above the bar, at its beginning or at the edge it reaches over. @param {CanvasRenderingContext2D} context @param {Stretch} one @param {Rows} rows @param {boolean} strong @param {number} taken @returns {number} where these end */
  #words(context, one, rows, strong, taken) {
    const { view } = this;
    const [left, right] = [view.toScreen(one.from), view.toScreen(one.to)];
    const y = rows(one.row)[0] + WORDS;
    context.font = `${strong ? 600 : 400} 12px ${this.font}`;
    context.textBaseline = 'middle';
    const digits = `${one.number}  `;
    const [first, rest] = [context.measureText(digits).width, context.measureText(one.text).width];
    // what begins near the right edge has its words to the left of that
    const x = Math.max(Math.min(Math.max(left, 6), view.width - first - rest - 6), Math.min(6, right - 12));
    if (x < taken) return taken;
    context.fillStyle = this.soft;
    context.fillText(digits, x, y);
    context.fillStyle = this.ink;
    context.fillText(one.text, x + first, y);
    return x + first + rest + 10;
  }

  /** @param {CanvasRenderingContext2D} context @param {Stretch} one @param {Rows} rows */
  #ends(context, one, rows) {
    const y = rows(one.row)[0] + BAR.top - 4;
    context.strokeStyle = this.sheet;
    context.lineWidth = 1;
    context.fillStyle = this.color(one.color);
    for (const at of [one.from, one.to]) {
      context.beginPath();
      context.roundRect(this.view.toScreen(at) - 2, y, 4, BAR.height + 8, 2);
      context.fill();
      context.stroke();
    }
  }
}

/** The point of a region near a place of the screen, or the place itself. @param {Stretch | undefined} stretch @param {number} x @param {import('./line-view.js').LineView} view @param {number} slack in pixels */
export function markNear(stretch, x, view, slack) {
  let [best, least] = [view.toLine(x), slack];
  for (const mark of stretch?.marks ?? []) {
    const distance = Math.abs(view.toScreen(mark) - x);
    if (distance <= least) [best, least] = [mark, distance];
  }
  return best;
}
