/** What stands in a cell, by the column's type. */
import { url } from 'tagma/api.js';
import { h, icon } from 'tagma/dom.js';
import { dateTime, number, t } from 'tagma/i18n.js';
import { ago, duration } from 'tagma/ui/format.js';
import { stateMark, valueOf } from './columns.js';
import { fileName, plain } from './text.js';

/** @type {Map<number, {name: string, initials: string}>} */
export const people = new Map();

/** @param {any} row @param {import('./columns.js').Column} column @param {boolean} tall room for a thumbnail @returns {any} */
export function cell(row, column, tall) {
  if (column.type === 'State') return stateMark(row);
  if (column.type === 'Labels') return labelsOf(row);
  const value = valueOf(row, column.id);
  if (value === null || value === undefined || value === '') return column.id === 'annotators' ? none() : '';
  if (column.id === 'annotators' || column.id === 'updated_by') return persons(value);
  if (column.type === 'Datetime') return h('time.soft', { datetime: value, title: dateTime(value) }, ago(value));
  if (column.type === 'Time') return duration(Number(value));
  if (column.type === 'Boolean') return value ? icon('check') : '';
  if (column.id === 'predictions_score') return Number(value).toLocaleString(document.documentElement.lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  if (column.numeric && typeof value === 'number') return column.id === 'id' ? String(value) : number(value);
  if (column.type === 'Image' && tall) return [picture(row, value), h('span.cut', null, fileName(value))];
  return h('span.cut', { title: plain(value).slice(0, 1000) }, column.type === 'Image' ? fileName(value) : plain(value));
}

/** Colours of the labels that the project offers. @type {Map<string, string>} */
export const colors = new Map();

/** What a task was labeled with; more than fits is cut off at the cell's end and said in its tooltip. @param {any} row */
export function labelsOf(row) {
  if (!row.labels?.length) return row.total_annotations ? none() : h('span.soft', null, t('None yet'));
  return h('span.row.dm-labels', { title: row.labels.join(', ') }, row.labels.map((/** @type {string} */ label) => h('span.row', null, h('i.swatch', { vars: { '--swatch': colors.get(label) ?? 'var(--tagma-ink-soft)' } }), label)));
}

const none = () => h('span.soft', null, t('None'));

/** @param {any} value */
function persons(value) {
  const ids = (Array.isArray(value) ? value : [value]).map((one) => (typeof one === 'object' && one ? one.user_id ?? one.id : one));
  if (!ids.length) return none();
  return h('span.row.avatars', null, ids.slice(0, 3).map((id) => {
    const person = people.get(Number(id));
    return h('span.avatar.avatar-small', { title: person?.name ?? String(id) }, person?.initials ?? String(id));
  }), ids.length > 3 ? h('span.soft', null, `+${ids.length - 3}`) : null);
}

/** The small picture of a task, made once by the server. @param {any} row @param {any} value */
export function picture(row, value) {
  const first = Array.isArray(value) ? value[0] : value;
  const image = h('img.thumb', { loading: 'lazy', decoding: 'async', alt: '', src: thumbnail(row, first) });
  image.addEventListener('error', () => image.replaceWith(h('span.thumb.thumb-none', { title: t('This picture can’t be shown.') }, icon('image'))), { once: true });
  return image;
}

/** @param {any} row @param {string} value */
function thumbnail(row, value) {
  if (row.thumbnail) return url(row.thumbnail);
  return typeof value === 'string' ? url(value) : '';
}
