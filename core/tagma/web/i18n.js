/**
 * Words on screen. The page carries the catalogue of its language as JSON; `t` looks a sentence up by its English text and
 * fills in `{names}`. A sentence without translation stays English.
 */

/** @type {Record<string, string | string[]>} */
let catalog = read();
let language = globalThis.document?.documentElement.lang || 'en';

function read() {
  const element = globalThis.document?.getElementById('tagma-catalog');
  if (!element?.textContent) return {};
  const found = JSON.parse(element.textContent);
  return found.messages ?? found;
}

/** @param {Record<string, string | string[]>} messages @param {string} lang */
export function useCatalog(messages, lang) {
  catalog = messages;
  language = lang;
}

/** @param {string} text @param {Record<string, unknown>} [values] */
function fill(text, values) {
  return values ? text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole)) : text;
}

/** @param {string} text @param {Record<string, unknown>} [values] */
export function t(text, values) {
  const found = catalog[text];
  return fill((Array.isArray(found) ? found[0] : found) || text, values);
}

/** One or many: `tn("{n} region", "{n} regions", 3)`. @param {string} one @param {string} many @param {number} n @param {Record<string, unknown>} [values] */
export function tn(one, many, n, values) {
  const found = catalog[one];
  const plural = new Intl.PluralRules(language).select(n) !== 'one';
  const text = Array.isArray(found) ? (found[plural ? Math.min(1, found.length - 1) : 0] || (plural ? many : one)) : plural ? t(many) : t(one);
  return fill(text, { n: number(n), ...values });
}

/** Whole numbers below a thousand look the same in our languages, and to learn a language's ways takes the browser a frame. @param {number} value */
export function number(value) {
  return value >= 0 && value < 1000 && Number.isInteger(value) ? String(value) : value.toLocaleString(language);
}

/** Hours and minutes of a moment. @param {Date | string | number} moment */
export function clock(moment) {
  return new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hour12: false }).format(new Date(moment));
}

/** @param {Date | string | number} moment */
export function dateTime(moment) {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(moment));
}
