/** Filters: chips above the table, each edited in a small form of column, operator and value. */
import { h, icon } from 'tagma/dom.js';
import { t } from 'tagma/i18n.js';
import { menu } from 'tagma/ui/menu.js';
import { colors, people } from './cells.js';
import { stateWord } from './columns.js';

/** @typedef {{filter: string, operator: string, type: string, value: any}} Item */

const WORDS = () => /** @type {Record<string, string>} */ ({
  equal: t('is'), not_equal: t('is not'), less: t('below'), greater: t('above'), less_or_equal: t('at most'), greater_or_equal: t('at least'),
  in: t('between'), not_in: t('not between'), empty: t('is empty'), contains: t('contains'), not_contains: t('does not contain'),
  regex: t('matches the pattern'), not_regex: t('does not match the pattern'), starts_with: t('starts with'), ends_with: t('ends with'), in_list: t('is one of'), not_in_list: t('is none of'),
});
/** @type {() => Record<string, string>} */
const MOMENT_WORDS = () => ({ ...WORDS(), less: t('before'), greater: t('after') });
const BY_TYPE = /** @type {Record<string, string[]>} */ ({
  Number: ['equal', 'not_equal', 'less', 'greater', 'less_or_equal', 'greater_or_equal', 'in', 'not_in', 'in_list', 'not_in_list', 'empty'],
  Datetime: ['less', 'greater', 'in', 'not_in', 'empty'],
  Boolean: ['equal'],
  List: ['contains', 'not_contains', 'empty'],
  State: ['equal', 'not_equal'],
  Labels: ['contains', 'not_contains'],
  String: ['contains', 'not_contains', 'equal', 'not_equal', 'starts_with', 'ends_with', 'regex', 'not_regex', 'in_list', 'not_in_list', 'empty'],
});

const group = (/** @type {string} */ type) => (type === 'Time' ? 'Number' : BY_TYPE[type] ? type : 'String');

/** @param {Item} item */
export const idOf = (item) => item.filter.replace(/^filter:tasks:/, '');

/** @param {Item} item @param {import('./columns.js').Column | undefined} column */
export function describe(item, column) {
  const words = (group(item.type) === 'Datetime' ? MOMENT_WORDS() : WORDS())[item.operator] ?? item.operator;
  return { column: column?.title ?? idOf(item), words: item.operator === 'empty' && isNo(item.value) ? t('is not empty') : words, value: item.operator === 'empty' ? '' : said(item) };
}

const isNo = (/** @type {any} */ value) => value === false || value === 'false';

/** @param {Item} item @returns {string} */
function said({ value, type }) {
  if (value && typeof value === 'object' && !Array.isArray(value)) return t('{from} and {to}', { from: day(value.min, type), to: day(value.max, type) });
  if (Array.isArray(value)) return value.join(', ');
  if (type === 'Boolean') return isNo(value) ? t('no') : t('yes');
  if (type === 'State') return stateWord(value);
  if (type === 'List') return people.get(Number(value))?.name ?? String(value);
  return day(value, type);
}

const day = (/** @type {any} */ value, /** @type {string} */ type) => (type === 'Datetime' ? String(value).slice(0, 16).replace('T', ' ') : String(value));

/**
 * @param {HTMLElement} host @param {{conjunction: string, items: Item[]}} filters @param {import('./columns.js').Column[]} columns @param {() => void} onchange
 */
export function drawFilters(host, filters, columns, onchange) {
  const find = (/** @type {Item} */ item) => columns.find((column) => column.id === idOf(item));
  const chips = filters.items.map((item, index) => {
    const { column, words, value } = describe(item, find(item));
    return h('span.filter.chip', null,
      h('button.filter-words', { type: 'button', 'aria-haspopup': 'dialog', onclick: (/** @type {Event} */ event) => edit(/** @type {Element} */ (event.currentTarget), item, find(item), () => onchange()) }, `${column} ${words} `, value ? h('b', null, value) : null),
      h('button.icon-button', { type: 'button', title: t('Remove filter'), 'aria-label': t('Remove the filter on {column}', { column }), onclick: () => { filters.items.splice(index, 1); onchange(); } }, icon('x', 14)));
  });
  const join = filters.items.length > 1 ? h('button.button.button-small.button-quiet', {
    type: 'button', title: t('Switch between all and any of the filters'), onclick: () => { filters.conjunction = filters.conjunction === 'or' ? 'and' : 'or'; onchange(); },
  }, filters.conjunction === 'or' ? t('any of them') : t('all of them')) : null;
  const add = h('button.button.button-small.button-quiet', { type: 'button', id: 'add-filter', 'aria-haspopup': 'menu' }, icon('plus'), t('Filter'));
  add.addEventListener('click', () => menu(add, columns.filter((column) => column.server).map((column) => ({ title: column.title, run: () => begin(add, column, filters, onchange) })), { label: t('Filter by') }));
  host.replaceChildren(...chips, ...(join ? [join] : []), add);
}

/** @param {Element} anchor @param {import('./columns.js').Column} column @param {{conjunction: string, items: Item[]}} filters @param {() => void} onchange */
function begin(anchor, column, filters, onchange) {
  const item = { filter: `filter:tasks:${column.id}`, operator: BY_TYPE[group(column.type)][0], type: group(column.type), value: column.type === 'Boolean' ? true : '' };
  edit(anchor, item, column, () => {
    if (!filters.items.includes(item)) filters.items.push(item);
    onchange();
  });
}

/** @param {Element} anchor @param {Item} item @param {import('./columns.js').Column | undefined} column @param {() => void} done */
function edit(anchor, item, column, done) {
  const words = group(item.type) === 'Datetime' ? MOMENT_WORDS() : WORDS();
  const operator = h('select.input', { 'aria-label': t('Comparison') }, BY_TYPE[group(item.type)].map((name) => h('option', { value: name, selected: name === item.operator }, words[name])));
  const place = h('div.stack-near');
  const fault = h('p.fault', { role: 'alert', hidden: true });
  const draw = () => place.replaceChildren(...fields(item, column, operator.value));
  const form = h('form.filter-form', {
    onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      const value = read(place, item, operator.value);
      if (value === undefined) {
        fault.hidden = false;
        fault.textContent = t('Give a value to compare with.');
        return;
      }
      Object.assign(item, { operator: operator.value, value });
      list.hidePopover();
      done();
    },
  }, h('h3', null, column?.title ?? idOf(item)), operator, place, fault, h('button.button.button-primary.button-small', null, t('Apply')));
  operator.addEventListener('change', draw);
  draw();
  const list = menu(anchor, [form], { label: t('Filter'), keep: true });
  list.setAttribute('role', 'dialog');
  /** @type {HTMLElement | null} */ (place.querySelector('input, select') ?? operator)?.focus();
}

/** @param {Item} item @param {import('./columns.js').Column | undefined} column @param {string} operator @returns {HTMLElement[]} */
function fields(item, column, operator) {
  const type = group(item.type);
  const old = item.operator === operator ? item.value : undefined;
  if (operator === 'empty' || type === 'Boolean') {
    return [h('select.input', { name: 'value', 'aria-label': t('Value') }, h('option', { value: 'true', selected: !isNo(old) }, t('yes')), h('option', { value: 'false', selected: isNo(old) }, t('no')))];
  }
  const kind = type === 'Number' ? 'number' : type === 'Datetime' ? 'datetime-local' : 'text';
  const local = (/** @type {any} */ value) => (type === 'Datetime' && value ? new Date(new Date(value).getTime() - new Date(value).getTimezoneOffset() * 60000).toISOString().slice(0, 16) : value ?? '');
  const input = (/** @type {string} */ name, /** @type {any} */ value, /** @type {string} */ label) => h('input.input', { name, type: kind, step: 'any', value: local(value), 'aria-label': label });
  if (operator === 'in' || operator === 'not_in') return [input('min', old?.min, t('From')), input('max', old?.max, t('To'))];
  if (operator === 'in_list' || operator === 'not_in_list') return [h('textarea.input', { name: 'list', value: Array.isArray(old) ? old.join('\n') : '', 'aria-label': t('Values, one on each line'), placeholder: t('Values, one on each line') })];
  if (type === 'Labels' || type === 'State') {
    const choices = type === 'State' ? (column?.choices ?? []) : [...colors.keys()];
    return [h('select.input', { name: 'value', 'aria-label': t('Value') }, choices.map((choice) => h('option', { value: choice, selected: choice === old }, type === 'State' ? stateWord(choice) : choice)))];
  }
  if (type === 'List' && column?.choices?.length) {
    return [h('select.input', { name: 'value', 'aria-label': t('Value') }, column.choices.map((choice) => h('option', { value: String(choice), selected: String(choice) === String(old) }, people.get(Number(choice))?.name ?? String(choice))))];
  }
  return [input('value', typeof old === 'object' ? '' : old, t('Value'))];
}

/** @param {HTMLElement} place @param {Item} item @param {string} operator @returns {any} undefined when something is missing */
function read(place, item, operator) {
  const type = group(item.type);
  const field = (/** @type {string} */ name) => /** @type {HTMLInputElement | null} */ (place.querySelector(`[name=${name}]`))?.value ?? '';
  const typed = (/** @type {string} */ text) => (text === '' ? undefined : type === 'Number' ? Number(text) : type === 'Datetime' ? new Date(text).toISOString() : text);
  if (operator === 'empty' || type === 'Boolean') return field('value') === 'true';
  if (operator === 'in' || operator === 'not_in') {
    const [min, max] = [typed(field('min')), typed(field('max'))];
    return min === undefined || max === undefined ? undefined : { min, max };
  }
  if (operator === 'in_list' || operator === 'not_in_list') {
    const list = field('list').split('\n').map((line) => line.trim()).filter(Boolean).map(typed);
    return list.length ? list : undefined;
  }
  if (type === 'List') return /^\d+$/.test(field('value')) ? Number(field('value')) : field('value') || undefined;
  return typed(field('value'));
}
