/**
 * The lines of a dialogue as the task has them, joined to one text, and places in it as results write them: the number of a
 * line as text, and UTF-16 units inside the line (source: the protocol's `paragraphlabels`).
 *
 * @typedef {{place: number, author: string, text: string, from: number | null, to: number | null, fault: string, start: number, end: number}} Line
 *   `from` and `to` are seconds of the recording, `start` and `end` units of the joined text; `fault` says why there is no text
 */

/** Seconds of `12.5`, `"12.5"` or `"1:02:03.5"`. @param {unknown} given @returns {number | null} */
export function seconds(given) {
  if (typeof given === 'number') return Number.isFinite(given) ? given : null;
  if (typeof given !== 'string' || !/^(\d+:){0,2}\d+([.,]\d+)?$/.test(given.trim())) return null;
  return given.trim().replace(',', '.').split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

export class Dialogue {
  /** @param {unknown[]} given @param {{name: string, text: string}} keys @param {(place: number, keys: string[]) => string} missing words for a line without its text */
  constructor(given, keys, missing) {
    /** @type {Line[]} */
    this.lines = [];
    let start = 0;
    for (const [place, item] of given.entries()) {
      const record = /** @type {Record<string, unknown>} */ (typeof item === 'object' && item ? item : { [keys.text]: item });
      const said = record[keys.text];
      const fine = typeof said === 'string' || typeof said === 'number';
      const text = fine ? String(said) : '';
      const from = seconds(record.start);
      const lasts = seconds(record.duration);
      const to = seconds(record.end) ?? (from !== null && lasts !== null ? from + lasts : null);
      const fault = fine ? '' : missing(place, Object.keys(record));
      this.lines.push({ place, author: String(record[keys.name] ?? ''), text, from, to, fault, start, end: start + text.length });
      start += text.length + 1;
    }
    this.text = this.lines.map(({ text }) => text).join('\n');
    // a line without an end lasts until the next begins
    for (const line of this.lines) line.to ??= line.from === null ? null : this.lines.find(({ place, from }) => place > line.place && from !== null)?.from ?? Infinity;
  }

  get authors() {
    return [...new Set(this.lines.map(({ author }) => author).filter(Boolean))];
  }

  get timed() {
    return this.lines.some(({ from }) => from !== null);
  }

  /** The line that holds a place of the text. @param {number} unit @returns {Line} */
  lineOf(unit) {
    let low = 0;
    let high = this.lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.lines[middle].start <= unit) low = middle;
      else high = middle - 1;
    }
    return this.lines[low];
  }

  /** @param {any} value of a result @returns {{start: number, end: number} | null} units of the text */
  place({ start, end, startOffset, endOffset }) {
    const [first, last] = [this.lines[Number(start)], this.lines[Number(end)]];
    if (!first || !last || !(startOffset >= 0 && startOffset <= first.text.length && endOffset <= last.text.length)) return null;
    const found = { start: first.start + startOffset, end: last.start + endOffset };
    return found.end > found.start ? found : null;
  }

  /** @param {number} start @param {number} end units of the text @param {boolean} quoted */
  value(start, end, quoted) {
    const [first, last] = [this.lineOf(start), this.lineOf(Math.max(end - 1, start))];
    const value = { start: String(first.place), end: String(last.place), startOffset: start - first.start, endOffset: end - last.start };
    return quoted ? { ...value, text: this.text.slice(start, end) } : value;
  }

  /** The last line that is spoken at a time. @param {number} at seconds @returns {Line | undefined} */
  spokenAt(at) {
    return this.lines.findLast(({ from, to }) => from !== null && to !== null && from <= at && at < to);
  }
}
