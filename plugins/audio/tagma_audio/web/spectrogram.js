/**
 * The spectrogram, from tiles of loudness that the server cuts. Tiles lie on a fixed grid, so that moving along asks only for
 * what is new; what has not arrived is drawn from wider ones. Colours are given here: another choice asks the server nothing.
 */
import { table } from './colours.js';
import { marks } from './frequencies.js';

const COLUMNS = 256; // of a tile
const ROWS = 128;
const LEAST = 16; // samples of a column
const KEPT = 160; // tiles
const WIDER = 6; // how many widths above are looked at for a tile that has not arrived
const FRESH = 4; // tiles coloured in one frame, so that none takes long
const AGAIN = 2000; // milliseconds before a tile that failed is asked for again

/** @typedef {{loud: Uint8Array, picture: HTMLCanvasElement | null, colours: Uint32Array | null}} Tile */

export class Spectrogram {
  /** @type {Map<string, Tile | null>} null while it is on its way */
  #tiles = new Map();
  /** @type {{key: string, colours: Uint32Array} | undefined} */
  #table;
  #fresh = 0;
  /** Why it can't be had; told once. */
  trouble = '';

  /** @param {import('tagma/kit/derived.js').Derived} derived @param {import('./peaks.js').Peaks} peaks @param {import('./look.js').Look} look @param {() => void} arrived */
  constructor(derived, peaks, look, arrived) {
    this.derived = derived;
    this.peaks = peaks;
    this.look = look;
    this.arrived = arrived;
  }

  /** @param {number} step samples of a column @param {number} place of the tile @param {number} channel */
  #key(step, place, channel) {
    const { scale, fft, window } = this.look;
    return `${scale} ${fft} ${window} ${channel} ${step} ${place}`;
  }

  /** @param {number} step @param {number} place @param {number} channel @returns {Tile | null | undefined} */
  #known(step, place, channel) {
    const key = this.#key(step, place, channel);
    const found = this.#tiles.get(key);
    if (found) {
      this.#tiles.delete(key); // what was seen last stays longest
      this.#tiles.set(key, found);
    }
    return found;
  }

  /** @param {number} step @param {number} place @param {number} channel */
  #ask(step, place, channel) {
    const key = this.#key(step, place, channel);
    this.#tiles.set(key, null);
    const { scale, fft, window } = this.look;
    /** @type {Record<string, string | number>} */
    const params = { start: place * COLUMNS * step, step, columns: COLUMNS, rows: ROWS, channel, scale, window };
    if (fft) params.fft = fft;
    this.derived.bytes('tile', { params }).then((bytes) => {
      this.#tiles.set(key, { loud: new Uint8Array(bytes), picture: null, colours: null });
      for (const old of this.#tiles.keys()) {
        if (this.#tiles.size <= KEPT) break;
        this.#tiles.delete(old);
      }
      this.trouble = '';
      this.arrived();
    }).catch((error) => {
      if (this.derived.leaving.signal.aborted) return;
      this.trouble = String(error.message ?? error);
      this.arrived();
      setTimeout(() => this.#tiles.delete(key), AGAIN);
    });
  }

  /** @param {import('tagma/kit/line.js').LineSpace['painter']} painter */
  #colours(painter) {
    const { colours, depth } = this.look;
    const key = `${colours} ${depth} ${painter.sheet} ${painter.ink}`;
    if (this.#table?.key !== key) this.#table = { key, colours: table(colours, depth, { sheet: rgb(painter.sheet), ink: rgb(painter.ink) }) };
    return this.#table.colours;
  }

  /** Null if enough were coloured in this frame. @param {Tile} tile @param {Uint32Array} colours */
  #picture(tile, colours) {
    if (tile.picture && tile.colours === colours) return tile.picture;
    if (this.#fresh-- <= 0) return tile.picture;
    tile.picture ??= Object.assign(document.createElement('canvas'), { width: COLUMNS, height: ROWS });
    const context = /** @type {CanvasRenderingContext2D} */ (tile.picture.getContext('2d'));
    const pixels = context.createImageData(COLUMNS, ROWS);
    const words = new Uint32Array(pixels.data.buffer);
    for (let at = 0; at < words.length; at++) words[at] = colours[tile.loud[at]];
    context.putImageData(pixels, 0, 0);
    tile.colours = colours;
    return tile.picture;
  }

  /**
   * @param {CanvasRenderingContext2D} context @param {import('tagma/kit/line.js').LineSpace['painter']} painter
   * @param {{channel: number, start: number, perPixel: number, width: number, top: number, bottom: number}} how  `start` and `perPixel` in samples
   */
  draw(context, painter, { channel, start, perPixel, width, top, bottom }) {
    const colours = this.#colours(painter);
    this.#fresh = FRESH;
    const step = Math.max(2 ** Math.round(Math.log2(perPixel)), LEAST);
    const end = Math.min(start + width * perPixel, this.peaks.samples);
    context.save();
    context.beginPath();
    context.rect(0, top, width, bottom - top);
    context.clip();
    context.fillStyle = css(colours[0]);
    context.fillRect(0, top, (end - start) / perPixel, bottom - top);
    for (let place = Math.floor(start / (COLUMNS * step)); place * COLUMNS * step < end; place++) {
      let found = this.#known(step, place, channel);
      if (found === undefined) this.#ask(step, place, channel);
      let [from, columns, wider] = [0, COLUMNS, 0];
      while (!found && wider++ < WIDER) {
        found = this.#known(step * 2 ** wider, place >> wider, channel);
        columns = COLUMNS / 2 ** wider;
        from = (place & (2 ** wider - 1)) * columns;
      }
      if (!found) continue;
      const x = (place * COLUMNS * step - start) / perPixel;
      const picture = this.#picture(found, colours);
      if (picture) context.drawImage(picture, from, 0, columns, ROWS, x, top, (COLUMNS * step) / perPixel, bottom - top);
    }
    if (this.#fresh < 0) requestAnimationFrame(this.arrived);
    if (this.trouble) words(context, painter, this.trouble, 8, top + 14);
    else for (const { text, y } of marks(this.look.scale, this.peaks.rate / 2, bottom - top)) words(context, painter, text, 4, top + y);
    context.restore();
  }
}

/** Words that can be read on any ground. @param {CanvasRenderingContext2D} context @param {{font: string, sheet: string, ink: string}} painter @param {string} text @param {number} x @param {number} y */
function words(context, { font, sheet, ink }, text, x, y) {
  context.font = `11px ${font}`;
  context.textBaseline = 'middle';
  context.globalAlpha = 0.8;
  context.fillStyle = sheet;
  context.beginPath();
  context.roundRect(x, y - 7, context.measureText(text).width + 8, 14, 3);
  context.fill();
  context.globalAlpha = 1;
  context.fillStyle = ink;
  context.fillText(text, x + 4, y + 0.5);
}

/** @param {number} pixel */
const css = (pixel) => `rgb(${pixel & 255} ${(pixel >> 8) & 255} ${(pixel >> 16) & 255})`;

/** Red, green and blue of any colour a page may name. @param {string} color @returns {[number, number, number]} */
function rgb(color) {
  const context = /** @type {CanvasRenderingContext2D} */ (Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d'));
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
  return [r, g, b];
}
