/**
 * What is in sight of a series, from the windows the server gives: tiles that halve from level to level, level 0 being the whole. A tile
 * holds least and greatest of each of its buckets or, where there are few, the rows themselves. What lies the
 * way the person moves is fetched ahead; until a tile arrives the wider one above it stands in.
 */
import { t } from 'tagma';

export const BUCKETS = 512; // of a tile
const WIDE = 2; // pixels a bucket may be wide
const AT_ONCE = 3; // requests under way
const KEPT = 6 << 20; // bytes of tiles
const REST = 70; // milliseconds without another zoom after which tiles are fetched
const AGAIN = 3000; // milliseconds until what failed is asked for again

/**
 * @typedef {{times: Float64Array, low: Float64Array, high: Float64Array}} Points  NaN where there is a gap
 * @typedef {{raw: boolean, bytes: number, columns: Map<string, Points>}} Tile  `raw`: its points are rows of the file
 * @typedef {{times: number[], low: number[], high: number[], raw: boolean}} Run  points in order, one before and one after the sight among them
 */

export class Windows {
  /** @type {Map<string, Tile>} what was looked at last stands last */
  #tiles = new Map();
  /** @type {Map<string, number>} when what failed may be asked for again */
  #failed = new Map();
  /** @type {Set<string>} */
  #waiting = new Set();
  /** @type {Map<string, {level: number, index: number, columns: string[]}>} what the last look missed */
  #missed = new Map();
  #bytes = 0;
  #trouble = '';

  /**
   * @param {(ask: {level: number, from: number, to: number, columns: string[]}) => Promise<Tile>} fetch @param {{from: number, length: number}} time @param {string[][]} groups columns that are fetched together
   * @param {() => void} arrived told when more can be drawn, or that it can't be had
   */
  constructor(fetch, { from, length }, groups, arrived) {
    this.fetch = fetch;
    this.from = from;
    this.length = length;
    this.arrived = arrived;
    /** @type {Map<string, string[]>} */
    this.groups = new Map(groups.flatMap((group) => group.map((column) => [column, group])));
  }

  /** Why something could not be fetched, or nothing. */
  get trouble() {
    return this.#trouble;
  }

  /** The wide tiles without which nothing can be drawn. @param {string[]} columns */
  async open(columns) {
    const groups = new Set(columns.map((column) => this.groups.get(column) ?? [column]));
    await Promise.all([...groups].map((group) => this.#take({ level: 0, index: 0, columns: group })));
  }

  /** The level whose buckets are narrow enough. @param {number} scale pixels of a unit */
  levelFor(scale) {
    return Math.max(0, Math.ceil(Math.log2((this.length * scale) / WIDE / BUCKETS) - 1e-9));
  }

  /** @param {number} level @param {number} index @param {string} column */
  #key(level, index, column) {
    return `${level} ${index} ${(this.groups.get(column) ?? [column]).join('\0')}`;
  }

  /** The narrowest tile there is for a place, and whether a narrower one would say more. @param {string} column @param {number} level @param {number} index @returns {{tile: Tile, level: number, index: number} | null} */
  #best(column, level, index) {
    for (let at = level; at >= 0; at--, index = Math.floor(index / 2)) {
      const key = this.#key(at, index, column);
      const tile = this.#tiles.get(key);
      if (!tile) continue;
      if (at) {
        this.#tiles.delete(key);
        this.#tiles.set(key, tile);
      }
      return { tile, level: at, index };
    }
    return null;
  }

  /**
   * The points of a column between two moments, as fine as there are; what is missing is asked for.
   * @param {string} column @param {number} from @param {number} to both on the line, from 0 on @param {number} scale pixels of a unit @returns {Run}
   */
  run(column, from, to, scale) {
    const level = this.levelFor(scale);
    const span = this.length / 2 ** level;
    const last = 2 ** level - 1;
    const first = Math.min(Math.max(Math.floor(from / span), 0), last);
    const end = Math.min(Math.max(Math.ceil(to / span) - 1, first), last);
    /** @type {Run} */
    const run = { times: [], low: [], high: [], raw: true };
    for (let index = first; index <= end; index++) {
      const best = this.#best(column, level, index);
      if (!best || (best.level < level && !best.tile.raw)) this.#miss(column, level, index);
      if (best) this.#append(run, best.tile, column, index === first ? from : index * span, index === end ? to : (index + 1) * span);
    }
    this.#beside(run, column, level, first, from, -1);
    this.#beside(run, column, level, end, to, 1);
    return run;
  }

  /** @param {Run} run @param {Tile} tile @param {string} column @param {number} from @param {number} to */
  #append(run, tile, column, from, to) {
    const points = tile.columns.get(column);
    if (!points) return;
    const { times, low, high } = points;
    const begun = Math.max(run.times.at(-1) ?? -Infinity, this.from + from);
    let at = place(times, begun);
    if (run.times.length) while (at < times.length && times[at] <= begun) at++;
    for (; at < times.length && times[at] <= this.from + to; at++) {
      run.times.push(times[at]);
      run.low.push(low[at]);
      run.high.push(high[at]);
    }
    run.raw &&= tile.raw;
  }

  /** The nearest point beyond the sight, so that lines lead out of it. @param {Run} run @param {string} column @param {number} level @param {number} index @param {number} at @param {-1 | 1} way */
  #beside(run, column, level, index, at, way) {
    for (; level >= 0; level--, index = Math.floor(index / 2)) {
      for (const near of [index, index + way]) {
        const points = this.#tiles.get(this.#key(level, near, column))?.columns.get(column);
        if (!points) continue;
        const found = way < 0 ? place(points.times, this.from + at) - 1 : after(points.times, this.from + at);
        if (found < 0 || found >= points.times.length) continue;
        const add = way < 0 ? 'unshift' : 'push';
        run.times[add](points.times[found]);
        run.low[add](points.low[found]);
        run.high[add](points.high[found]);
        return;
      }
    }
  }

  /** The moment of a known row or bucket nearest to a point, and what stands there. @param {string} column @param {number} along @param {number} scale @returns {{at: number, low: number, high: number} | null} */
  near(column, along, scale) {
    const reach = 24 / scale;
    const { times, low, high } = this.run(column, along - reach, along + reach, scale);
    let best = -1;
    for (let at = 0; at < times.length; at++) {
      if (best < 0 || Math.abs(times[at] - this.from - along) < Math.abs(times[best] - this.from - along)) best = at;
    }
    return best < 0 ? null : { at: times[best], low: low[best], high: high[best] };
  }

  /** @param {string} column @param {number} level @param {number} index */
  #miss(column, level, index) {
    const key = this.#key(level, index, column);
    if (!this.#waiting.has(key)) this.#missed.set(key, { level, index, columns: this.groups.get(column) ?? [column] });
  }

  /** A look begins: what an older one missed is no longer wanted. */
  begin() {
    this.#missed.clear();
  }

  /** A look is over: fetch what it missed or, when nothing is missing, what lies the way the person goes. @param {string[]} columns @param {number} from @param {number} to @param {number} scale */
  end(columns, from, to, scale) {
    const level = this.levelFor(scale);
    const span = this.length / 2 ** level;
    const zoomed = level !== this.#last.level;
    const way = zoomed ? 0 : Math.sign(from - this.#last.from);
    this.#last = { level, from, way: way || (zoomed ? 0 : this.#last.way) };
    const index = this.#last.way > 0 ? Math.ceil(to / span) : Math.floor(from / span) - 1;
    if (this.#last.way && !this.#missed.size && index >= 0 && index < 2 ** level) {
      for (const column of columns) {
        const best = this.#best(column, level, index);
        if (!best || (best.level < level && !best.tile.raw)) this.#miss(column, level, index);
      }
    }
    clearTimeout(this.#rest);
    if (zoomed && this.#waiting.size) this.#rest = setTimeout(() => this.#pump(), REST);
    else this.#pump();
  }

  /** The look before: its level, where it began, and which way the person moves. */
  #last = { level: -1, from: 0, way: 0 };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #rest;

  #pump() {
    for (const [key, ask] of this.#missed) {
      if (this.#waiting.size >= AT_ONCE) return;
      this.#missed.delete(key);
      if ((this.#failed.get(key) ?? 0) > performance.now()) continue;
      this.#take(ask).catch((error) => {
        this.#failed.set(key, performance.now() + AGAIN);
        this.#trouble = [error.message, error.hint].filter(Boolean).join(' ') || t('A part of the series can’t be fetched.');
      }).finally(() => {
        this.#pump();
        this.arrived();
      });
    }
  }

  /** @param {{level: number, index: number, columns: string[]}} ask */
  async #take({ level, index, columns }) {
    const key = this.#key(level, index, columns[0]);
    const span = this.length / 2 ** level;
    this.#waiting.add(key);
    try {
      const tile = await this.fetch({ level, from: this.from + index * span, to: this.from + Math.min((index + 1) * span, this.length), columns });
      this.#tiles.set(key, tile);
      this.#bytes += tile.bytes;
      this.#failed.delete(key);
      this.#trouble = '';
      this.#forget();
    } finally {
      this.#waiting.delete(key);
    }
  }

  /** What was not looked at for the longest time goes; the whole stays. */
  #forget() {
    for (const [key, tile] of this.#tiles) {
      if (this.#bytes <= KEPT) return;
      if (key.startsWith('0 ')) continue;
      this.#tiles.delete(key);
      this.#bytes -= tile.bytes;
    }
  }
}

/** The first place whose time is not before `at`. @param {Float64Array} times @param {number} at */
export function place(times, at) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first place whose time is after `at`. @param {Float64Array} times @param {number} at */
function after(times, at) {
  let found = place(times, at);
  while (found < times.length && times[found] <= at) found++;
  return found;
}
