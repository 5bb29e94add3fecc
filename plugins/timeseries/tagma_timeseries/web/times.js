/** The time of a series: what the column holds, what a result holds, what a person reads, and where a ruler has its marks. */
import { format, ticks, utcFormat, utcParse, utcTickInterval } from 'd3-bundle';
import { t, tn } from 'tagma';

const DATES = /%[-_0]?[a-zA-Z]/;
const MILLISECOND = 1;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** @typedef {{from: number, to: number, unit: 'number' | 'date' | 'row', sorted?: boolean, repeated?: number}} TimeHead  dates in milliseconds since 1970; whether rows came in order, and how many have the time of the one before */

export class Times {
  /** @param {TimeHead} head @param {number} rows @param {{timeFormat?: string, display?: string, duration?: string}} [formats] in D3's words; empty for none */
  constructor({ from, to, unit }, rows, { timeFormat = '', display = '', duration = '' } = {}) {
    this.from = from;
    this.to = to;
    this.unit = unit;
    this.length = to > from ? to - from : unit === 'date' ? SECOND : 1; // a single moment is given some room
    /** How far rows lie apart, on the whole. */
    this.step = rows > 1 && to > from ? (to - from) / (rows - 1) : 1;
    this.asDate = unit === 'date' || display === 'date' || DATES.test(display);
    this.written = unit === 'date' && timeFormat ? timeFormat : '';
    this.writes = this.written ? utcFormat(this.written) : null;
    this.reads = this.written ? utcParse(this.written) : null;
    this.shows = !display || display === 'date' ? null : this.asDate ? utcFormat(display) : format(display);
    this.measures = !duration || (this.asDate && !DATES.test(duration)) ? null : this.asDate ? utcFormat(duration) : format(duration);
  }

  /** What a result says, in the column's own numbers; NaN for what is no time. @param {unknown} value */
  read(value) {
    if (typeof value === 'number') return value;
    if (typeof value !== 'string' || !value.trim()) return NaN;
    if (this.unit !== 'date') return Number(value);
    const found = this.reads?.(value)?.getTime() ?? Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(value) || !/\d:\d/.test(value) ? value : `${value}Z`);
    return Number.isNaN(found) ? Number(value) : found;
  }

  /** What a result is to say of a moment of the column. @param {number} at @returns {number | string} */
  write(at) {
    if (this.writes) return this.writes(new Date(at));
    if (this.unit === 'row') return Math.round(at);
    return this.unit === 'date' ? Math.round(at) : Number(at.toPrecision(15));
  }

  /** @param {number} at @param {number} [precision] the least difference that is to be seen */
  show(at, precision = this.step) {
    if (this.shows) return this.shows(this.asDate ? /** @type {any} */ (new Date(at)) : at);
    if (this.asDate) return date(at, precision);
    return this.unit === 'row' ? String(Math.round(at)) : decimal(at, precision);
  }

  /** In lists: without what all moments of the series, or the one told before, have in common. @param {number} at @param {number} before NaN if none was told */
  brief(at, before) {
    const words = this.show(at);
    if (this.shows || !this.asDate || words.length < 11) return words;
    const day = (/** @type {number} */ moment) => Math.floor(moment / DAY);
    if (day(at) === day(before) || day(this.from) === day(this.to)) return words.slice(11);
    return new Date(this.from).getUTCFullYear() === new Date(this.to).getUTCFullYear() ? words.slice(5) : words;
  }

  /** How long something lasts. @param {number} span @param {number} [precision] */
  last(span, precision = this.step) {
    if (this.measures) return this.measures(this.asDate ? /** @type {any} */ (new Date(span)) : span);
    if (this.asDate) return lasting(span);
    return this.unit === 'row' ? tn('{n} row', '{n} rows', Math.round(span)) : decimal(span, precision);
  }

  /** Seconds since the beginning, as recordings and films count, and back. @param {number} along the line, from 0 on */
  seconds(along) {
    return this.asDate ? along / SECOND : along;
  }

  /** @param {number} seconds */
  along(seconds) {
    return this.asDate ? seconds * SECOND : seconds;
  }

  /** Marks of a ruler over a part of the line, which begins at 0. @param {number} start @param {number} end @param {number} width */
  ticks(start, end, width) {
    const [from, to] = [this.from + start, this.from + end];
    const count = Math.max(1, Math.floor(width / (this.asDate ? 120 : 100)));
    if (!(to > from)) return [{ at: 0, text: this.show(this.from) }];
    if (!this.asDate) {
      const found = ticks(from, to, count).filter((at) => this.unit !== 'row' || Number.isInteger(at));
      const apart = found.length > 1 ? found[1] - found[0] : this.step;
      return found.map((at) => ({ at: at - this.from, text: this.shows ? this.show(at) : decimal(at, apart) }));
    }
    const interval = utcTickInterval(new Date(from), new Date(to), count);
    const found = interval ? interval.range(new Date(from), new Date(to + 1)) : [];
    return found.map((at) => ({ at: at.getTime() - this.from, text: this.shows ? this.show(at.getTime()) : mark(at) }));
  }
}

/** A number with the digits its neighbour is told apart by. @param {number} value @param {number} apart */
export function decimal(value, apart) {
  const digits = Math.min(Math.max(Math.ceil(-Math.log10(Math.abs(apart) || 1) - 1e-9), 0), 15);
  return digits > 9 || Math.abs(value) >= 1e15 ? String(Number(value.toPrecision(12))) : value.toFixed(digits);
}

const WHOLE = utcFormat('%Y-%m-%d %H:%M:%S.%L');

/** @param {number} at @param {number} precision in milliseconds */
function date(at, precision) {
  const words = WHOLE(new Date(at));
  if (precision >= DAY && at % DAY === 0) return words.slice(0, 10);
  return precision < SECOND || at % SECOND ? words : words.slice(0, 19);
}

const MARKS = /** @type {[number, (at: Date) => string][]} */ ([
  [SECOND, utcFormat('.%L')], [MINUTE, utcFormat('%H:%M:%S')], [DAY, utcFormat('%H:%M')],
]);
const DAYS = utcFormat('%m-%d');
const MONTHS = utcFormat('%Y-%m');
const YEARS = utcFormat('%Y');

/** A mark of the ruler says what is new at it: the day at midnight, the hour within a day. @param {Date} at */
function mark(at) {
  for (const [unit, words] of MARKS) if (at.getTime() % unit) return words(at);
  if (at.getUTCDate() > 1) return DAYS(at);
  return at.getUTCMonth() ? MONTHS(at) : YEARS(at);
}

/** @param {number} span in milliseconds */
function lasting(span) {
  const steps = /** @type {[number, string][]} */ ([[DAY, t('{n} d')], [HOUR, t('{n} h')], [MINUTE, t('{n} min')], [SECOND, t('{n} s')], [MILLISECOND, t('{n} ms')]]);
  const place = steps.findIndex(([unit]) => span >= unit);
  if (place < 0) return steps[4][1].replace('{n}', String(Number(span.toPrecision(3))));
  const [unit, words] = steps[place];
  if (place >= 3) return words.replace('{n}', String(Number((span / unit).toPrecision(4))));
  const [less, rest] = steps[place + 1];
  const over = Math.floor((span % unit) / less);
  return [words.replace('{n}', String(Math.floor(span / unit))), ...(over ? [rest.replace('{n}', String(over))] : [])].join(' ');
}
