/**
 * Moments as a config's `format` writes them (`%d.%m.%Y %H:%M`), to and from what a browser's field holds
 * (`2024-01-31T09:30`, `2024-01-31`, `09:30`, `2024-01`, `2024`).
 */
const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

/** @typedef {{year: number, month: number, day: number, hour: number, minute: number, second: number}} Moment */

/** @param {string} text what a field holds @returns {Moment | null} */
function read(text) {
  const found = /^(?:(\d{1,6})(?:-(\d\d)(?:-(\d\d))?)?)?(?:(?:^|T)(\d\d):(\d\d)(?::(\d\d))?.*)?$/.exec(text);
  if (!found || !text) return null;
  const [year, month, day, hour, minute, second] = found.slice(1).map((part) => (part === undefined ? NaN : Number(part)));
  return { year: year || 1900, month: month || 1, day: day || 1, hour: hour || 0, minute: minute || 0, second: second || 0 };
}

const two = (/** @type {number} */ value) => String(value).padStart(2, '0');

/** What each letter writes, and how it is read again. @type {Record<string, {write(m: Moment): string, match: string, take?(m: Moment, text: string): void}>} */
const LETTERS = {
  Y: { write: (m) => String(m.year).padStart(4, '0'), match: '\\d{4}', take: (m, text) => void (m.year = Number(text)) },
  y: { write: (m) => two(m.year % 100), match: '\\d{2}', take: (m, text) => void (m.year = Number(text) + (Number(text) < 69 ? 2000 : 1900)) },
  m: { write: (m) => two(m.month), match: '\\d{1,2}', take: (m, text) => void (m.month = Number(text)) },
  d: { write: (m) => two(m.day), match: '\\d{1,2}', take: (m, text) => void (m.day = Number(text)) },
  e: { write: (m) => String(m.day), match: '\\d{1,2}', take: (m, text) => void (m.day = Number(text)) },
  H: { write: (m) => two(m.hour), match: '\\d{1,2}', take: (m, text) => void (m.hour = Number(text)) },
  I: { write: (m) => two(m.hour % 12 || 12), match: '\\d{1,2}', take: (m, text) => void (m.hour = (m.hour >= 12 ? 12 : 0) + (Number(text) % 12)) },
  M: { write: (m) => two(m.minute), match: '\\d{1,2}', take: (m, text) => void (m.minute = Number(text)) },
  S: { write: (m) => two(m.second), match: '\\d{1,2}', take: (m, text) => void (m.second = Number(text)) },
  p: { write: (m) => (m.hour < 12 ? 'AM' : 'PM'), match: '[AaPp][Mm]', take: (m, text) => void (m.hour = (m.hour % 12) + (/^p/i.test(text) ? 12 : 0)) },
  B: { write: (m) => MONTHS[m.month - 1], match: MONTHS.join('|'), take: (m, text) => void (m.month = MONTHS.indexOf(text) + 1) },
  b: { write: (m) => MONTHS[m.month - 1].slice(0, 3), match: MONTHS.map((name) => name.slice(0, 3)).join('|'), take: (m, text) => void (m.month = MONTHS.findIndex((name) => name.startsWith(text)) + 1) },
  A: { write: (m) => DAYS[dayOf(m)], match: DAYS.join('|') },
  a: { write: (m) => DAYS[dayOf(m)].slice(0, 3), match: DAYS.map((name) => name.slice(0, 3)).join('|') },
  '%': { write: () => '%', match: '%' },
};

const dayOf = (/** @type {Moment} */ m) => new Date(Date.UTC(m.year, m.month - 1, m.day)).getUTCDay();

/** @param {string} text what a field holds @param {string} format @returns {string} */
export function write(text, format) {
  const moment = read(text);
  return moment ? format.replace(/%([A-Za-z%])/g, (all, letter) => LETTERS[letter]?.write(moment) ?? all) : text;
}

/** @param {string} text as `format` writes it @param {string} format @param {string} kind of the field: `date`, `time`, `month`, `number`, `datetime-local` @returns {string} what the field holds; "" if the text is something else */
export function parse(text, format, kind) {
  /** @type {string[]} */
  const letters = [];
  const pattern = format.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/%([A-Za-z%])/g, (all, letter) => {
    if (!LETTERS[letter]) return all;
    letters.push(letter);
    return `(${LETTERS[letter].match})`;
  });
  const found = new RegExp(`^${pattern}$`).exec(text);
  if (!found) return '';
  const m = { year: 1900, month: 1, day: 1, hour: 0, minute: 0, second: 0 };
  // "PM" must be known before the hour it belongs to
  const parts = letters.map((letter, place) => /** @type {const} */ ([letter, found[place + 1]])).sort(([a], [b]) => Number(b === 'p') - Number(a === 'p'));
  for (const [letter, part] of parts) LETTERS[letter].take?.(m, part);
  const date = `${String(m.year).padStart(4, '0')}-${two(m.month)}-${two(m.day)}`;
  const time = `${two(m.hour)}:${two(m.minute)}${m.second ? `:${two(m.second)}` : ''}`;
  return { date, time, month: date.slice(0, 7), number: String(m.year) }[kind] ?? `${date}T${time}`;
}
