/** Numbers, sizes, moments and lengths of time in the reader's words. */
import { number, t } from 'tagma/i18n.js';

const language = document.documentElement.lang || 'en';
const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });
const day = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short' });
const dayYear = new Intl.DateTimeFormat(language, { dateStyle: 'medium' });

/** Near moments as a distance, far ones as a day. @param {string | Date | null | undefined} moment */
export function ago(moment) {
  if (!moment) return '';
  const then = new Date(moment);
  if (Number.isNaN(then.getTime())) return '';
  const seconds = (Date.now() - then.getTime()) / 1000;
  if (seconds < 60) return t('just now');
  if (seconds < 3600) return relative.format(-Math.floor(seconds / 60), 'minute');
  if (seconds < 86400) return relative.format(-Math.floor(seconds / 3600), 'hour');
  if (seconds < 7 * 86400) return relative.format(-Math.floor(seconds / 86400), 'day');
  return (then.getFullYear() === new Date().getFullYear() ? day : dayYear).format(then);
}

/** @param {number} bytes */
export function size(bytes) {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const step = bytes > 0 ? Math.min(4, Math.floor(Math.log(bytes) / Math.log(1024))) : 0;
  return `${(bytes / 1024 ** step).toLocaleString(language, { maximumFractionDigits: step > 1 ? 1 : 0 })} ${units[step]}`;
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 90) return t('{n} s', { n: number(Math.round(seconds)) });
  if (seconds < 5400) return t('{n} min', { n: number(Math.round(seconds / 60)) });
  return t('{n} h', { n: number(Math.round(seconds / 360) / 10) });
}
