/**
 * Offsets of text. Browsers count UTF-16 units, results count code points (as Python does), so that `text[start:end]` is the
 * quoted text whatever emoji come before. One number for every 1024 units makes both directions quick in a megabyte.
 */
const STEP = 1024;

const isHigh = (/** @type {number} */ unit) => unit >= 0xd800 && unit < 0xdc00;
const isLow = (/** @type {number} */ unit) => unit >= 0xdc00 && unit < 0xe000;

export class Offsets {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    /** @type {Uint32Array | null} code points before each step; null when units and code points agree */
    this.table = null;
    if (!/[\ud800-\udbff][\udc00-\udfff]/.test(text)) return;
    this.table = new Uint32Array(Math.ceil(text.length / STEP) + 1);
    let points = 0;
    for (let unit = 0; unit < text.length; unit++) {
      if (unit % STEP === 0) this.table[unit / STEP] = points;
      if (!this.#isSecond(unit)) points++;
    }
    this.table[this.table.length - 1] = points;
    this.total = points;
  }

  /** Whether a unit is the second half of a pair. @param {number} unit */
  #isSecond(unit) {
    return unit > 0 && isLow(this.text.charCodeAt(unit)) && isHigh(this.text.charCodeAt(unit - 1));
  }

  /** Number of code points. */
  get length() {
    return this.total ?? this.text.length;
  }

  /** @param {number} unit @returns {number} */
  toPoints(unit) {
    if (!this.table) return unit;
    const step = Math.floor(unit / STEP);
    if (unit >= this.text.length) return this.length;
    let points = this.table[step];
    for (let at = step * STEP; at < unit; at++) if (!this.#isSecond(at)) points++;
    return points;
  }

  /** @param {number} points @returns {number} */
  toUnits(points) {
    if (!this.table) return Math.min(points, this.text.length);
    if (points >= this.length) return this.text.length;
    let low = 0;
    let high = this.table.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.table[middle] <= points) low = middle;
      else high = middle - 1;
    }
    let unit = low * STEP;
    if (this.#isSecond(unit)) unit++;
    for (let count = this.table[low]; count < points; count++) unit += isHigh(this.text.charCodeAt(unit)) && isLow(this.text.charCodeAt(unit + 1)) ? 2 : 1;
    return unit;
  }

  /** Never inside a pair. @param {number} unit @param {-1 | 1} direction */
  snap(unit, direction) {
    return this.#isSecond(unit) ? unit + direction : unit;
  }
}

/**
 * Paragraphs of a text: `[start, end)` in units, line breaks (`\n`, `\r\n`, `\r`) in none of them. Very long ones are cut at a
 * space, so that no piece costs much to lay out.
 * @param {string} text @param {number} [most] @returns {{start: number, end: number, continues: boolean}[]}
 */
export function paragraphs(text, most = 20000) {
  /** @type {{start: number, end: number, continues: boolean}[]} */
  const found = [];
  const add = (/** @type {number} */ start, /** @type {number} */ end) => {
    let continues = false;
    while (end - start > most) {
      let cut = text.lastIndexOf(' ', start + most);
      if (cut <= start) cut = start + most - (isHigh(text.charCodeAt(start + most - 1)) ? 1 : 0);
      else cut++;
      found.push({ start, end: cut, continues });
      start = cut;
      continues = true;
    }
    found.push({ start, end, continues });
  };
  const breaks = /\r\n|\n|\r/g;
  let start = 0;
  for (let match = breaks.exec(text); match; match = breaks.exec(text)) {
    add(start, match.index);
    start = match.index + match[0].length;
  }
  add(start, text.length);
  return found;
}

/**
 * Lines for underlines that would lie on each other: each span gets the lowest free one.
 * @param {{start: number, end: number}[]} spans sorted by start @returns {Uint8Array}
 */
export function levels(spans, most = 4) {
  const ends = new Array(most).fill(-1);
  return Uint8Array.from(spans, ({ start, end }) => {
    let level = ends.findIndex((last) => last <= start);
    if (level < 0) level = ends.indexOf(Math.min(...ends));
    ends[level] = Math.max(ends[level], end);
    return level;
  });
}

/**
 * Widen a passage to whole words, sentences or paragraphs; for symbols only to whole characters.
 * @param {string} text @param {number} start @param {number} end @param {string} granularity @returns {[number, number]}
 */
export function snap(text, start, end, granularity) {
  if (granularity === 'paragraph') {
    const before = Math.max(text.lastIndexOf('\n', start - 1), text.lastIndexOf('\r', start - 1)) + 1;
    const after = /[\r\n]/.exec(text.slice(end))?.index;
    return [before, after === undefined ? text.length : end + after];
  }
  const unit = granularity === 'word' || granularity === 'sentence' ? granularity : 'grapheme';
  const from = Math.max(0, start - (unit === 'sentence' ? 5000 : 200));
  const until = Math.min(text.length, end + (unit === 'sentence' ? 5000 : 200));
  const segments = new Intl.Segmenter(undefined, { granularity: unit }).segment(text.slice(from, until));
  const first = segments.containing(Math.min(start - from, until - from - 1));
  const last = segments.containing(Math.max(end - from - 1, 0));
  if (!first || !last) return [start, end];
  let a = from + first.index;
  let b = from + last.index + last.segment.length;
  if (unit !== 'grapheme') {
    while (a < b && /\s/.test(text[a])) a++;
    while (b > a && /\s/.test(text[b - 1])) b--;
  }
  return a < b ? [a, b] : [start, end];
}

const LINK = /\bhttps?:\/\/[^\s<>"“”]+/g;

/** Addresses in a text, `[start, end)` in units; a full stop or bracket that closes the sentence is none of theirs. @param {string} text @returns {[number, number][]} */
export function linksIn(text) {
  return [...text.matchAll(LINK)].map((match) => {
    const address = match[0].replace(match[0].includes('(') ? /[.,;:!?，。；：！？]+$/ : /[.,;:!?)\]，。；：！？）]+$/, '');
    return [match.index, match.index + address.length];
  });
}
