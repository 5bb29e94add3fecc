/** Fields of forms that plugins' settings make: one of each property of the schema. A secret is never shown, only replaced. */
import { h, icon } from 'tagma/dom.js';
import { t } from 'tagma/i18n.js';

/** @typedef {{name: string, read: () => any, say: (words: string) => void, element: HTMLElement}} Field */

/**
 * @param {string} name @param {any} schema @param {any} one @param {[string, string] | undefined} words @param {boolean | undefined} required
 * @returns {Field}
 */
export function field(name, schema, one, words, required) {
  const plain = schema.anyOf?.find((/** @type {any} */ each) => each.type !== 'null') ?? schema;
  const [title, help] = words ?? [t(schema.title ?? name), t(schema.description ?? '')];
  const fault = h('p.fault', { role: 'alert', hidden: true });
  const say = (/** @type {string} */ text) => {
    fault.hidden = !text;
    fault.textContent = text;
  };
  const now = one?.[name] ?? schema.default;
  if (plain.type === 'boolean') {
    const box = h('input', { type: 'checkbox', checked: Boolean(now) });
    return { name, say, read: () => box.checked, element: h('div', null, h('label.check', null, box, h('span', null, title, ' ', help ? h('span.help', null, help) : null)), fault) };
  }
  const helps = help ? h('p.help', null, help) : null;
  if (plain.format === 'password' || plain.writeOnly) return secret(name, title, helps, fault, say, Boolean(one?.[`${name}_is_set`]));
  if (Array.isArray(plain.enum)) {
    const choice = h('select.input', { required }, plain.enum.map((/** @type {any} */ each) => h('option', { value: String(each), selected: each === now }, t(spoken(String(each))))));
    return { name, say, read: () => choice.value, element: h('div.field', null, h('label.field', null, h('span.label', null, title), choice), helps, fault) };
  }
  if (!plain.type) { // anything: text, or JSON where it is some
    const free = h('textarea.input', { rows: 2, value: typeof now === 'string' ? now : now == null ? '' : JSON.stringify(now, null, 2) });
    return { name, say, read: () => jsonOr(free.value), element: h('div.field', null, h('label.field', null, h('span.label', null, title), free), helps, fault) };
  }
  const counts = plain.type === 'integer' || plain.type === 'number';
  const input = h('input.input', { type: counts ? 'number' : 'text', min: plain.minimum, value: now ?? '', required, autocomplete: 'off', placeholder: plain.examples?.[0] ?? schema.examples?.[0] ?? '' });
  const read = () => (!counts ? input.value : input.value === '' ? (schema.anyOf ? null : undefined) : Number(input.value));
  return { name, say, read, element: h('div.field', null, h('label.field', null, h('span.label', null, title), input), helps, fault) };
}

/** BASIC_AUTH as people would write it. @param {string} word */
function spoken(word) {
  const small = word.replaceAll('_', ' ').toLowerCase();
  return small.charAt(0).toUpperCase() + small.slice(1);
}

/** @param {string} text */
function jsonOr(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Kept as it is until somebody replaces it. @param {string} name @param {string} title @param {any} helps @param {HTMLElement} fault @param {(words: string) => void} say @param {boolean} set @returns {Field} */
function secret(name, title, helps, fault, say, set) {
  const input = h('input.input', { type: 'password', autocomplete: 'new-password', 'aria-label': title });
  const open = () => {
    kept.replaceWith(input);
    set = false;
    input.focus();
  };
  const kept = h('div.secret', null, icon('lock'), h('span.grow.soft', null, t('Set; it is never shown')), h('button.button.button-small', { type: 'button', 'aria-label': t('Replace {name}', { name: title }), onclick: open }, t('Replace')));
  return { name, say, read: () => (set ? undefined : input.value), element: h('div.field', null, h('span.label', null, title), set ? kept : input, helps, fault) };
}
