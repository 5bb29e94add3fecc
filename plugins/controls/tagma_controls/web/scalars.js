/** Rating, Number, DateTime: one value each. */
import { defineTag, h, icon } from 'tagma';
import { parse, write } from './moments.js';

const ICONS = /** @type {Record<string, string>} */ ({ star: 'star', heart: 'heart', fire: 'flame', smile: 'smile' });
const SIZES = /** @type {Record<string, number>} */ ({ small: 16, medium: 20, large: 28 });

export const rating = defineTag({
  api: 1, tag: 'Rating', kind: 'control',
  mount(host, ctx) {
    const { node, t } = ctx;
    const most = Math.max(1, node.number('maxRating', 5));
    const sign = ICONS[String(node.get('icon', 'star'))] ?? 'star';
    const size = SIZES[String(node.get('size', 'medium'))] ?? 20;
    const words = h('span.soft.num');
    const give = (/** @type {number} */ stars) => !ctx.readonly && ctx.setAnswer(stars > 0 ? Math.min(stars, most) : undefined);
    const stars = Array.from({ length: most }, (_, place) => h('button.star', {
      type: 'button', role: 'radio', disabled: ctx.readonly, 'aria-label': t('{n} of {most}', { n: place + 1, most }),
      onclick: () => give(ctx.answer === place + 1 ? 0 : place + 1),
    }, icon(sign, size)));
    const group = h('div.rating', { role: 'radiogroup', 'aria-label': node.name, onkeydown: (/** @type {KeyboardEvent} */ event) => {
      const now = ctx.answer ?? 0;
      const to = { ArrowRight: now + 1, ArrowUp: now + 1, ArrowLeft: now - 1, ArrowDown: now - 1, Home: 1, End: most, Delete: 0, Backspace: 0 }[event.key] ?? (/^[0-9]$/.test(event.key) && Number(event.key) <= most ? Number(event.key) : undefined);
      if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      give(to);
      stars[Math.max(0, Math.min(to, most) - 1)].focus();
    } }, stars, words);
    host.append(group);
    const name = `rating:${node.name}`;
    ctx.command({ name, group: t('Answers'), title: t('One more: {name}', { name: node.name }), keys: node.get('hotkey') ? [String(node.get('hotkey'))] : [], when: () => !ctx.readonly && !host.closest('[hidden]'), run: () => give(((ctx.answer ?? 0) % most) + 1) });
    group.append(ctx.keyOf(name));
    ctx.preset(node.number('defaultValue', 0) || undefined);
    const update = () => {
      const now = Math.min(ctx.answer ?? 0, most);
      stars.forEach((star, place) => {
        star.classList.toggle('on', place < now);
        star.setAttribute('aria-checked', String(place + 1 === now));
        star.tabIndex = place === Math.max(0, now - 1) ? 0 : -1;
      });
      words.textContent = ctx.answer ? t('{n} of {most}', { n: ctx.answer, most }) : '';
    };
    update();
    ctx.watch(update);
  },
});

/**
 * A field for one value; what the field can't take is said beside it.
 * @param {HTMLElement} host @param {import('tagma').Context} ctx
 * @param {{type: string, props?: any, read(text: string): any, show(value: any): string, title: string, hint?: string}} how
 */
function field(host, ctx, { type, props = {}, read, show, title, hint = '' }) {
  const { node, t } = ctx;
  const words = h('span.help', { role: 'status' });
  const input = h('input.input.input-short', { type, min: node.get('min'), max: node.get('max'), disabled: ctx.readonly, 'aria-label': node.name, title: hint, ...props });
  const name = `field:${node.name}`;
  ctx.command({ name, group: t('Answers'), title, keys: node.get('hotkey') ? [String(node.get('hotkey'))] : [], when: () => !ctx.readonly && !host.closest('[hidden]'), run: () => input.focus() });
  let merge = Symbol('typing');
  input.addEventListener('focus', () => (merge = Symbol('typing')));
  const check = () => {
    words.textContent = input.validity.valid ? '' : input.validationMessage;
    input.setAttribute('aria-invalid', String(!input.validity.valid));
  };
  input.addEventListener('input', () => {
    check();
    if (input.validity.valid) ctx.setAnswer(input.value === '' ? undefined : read(input.value), { merge });
  });
  input.addEventListener('blur', () => {
    if (input.validity.valid) return;
    input.value = ctx.answer === undefined ? '' : show(ctx.answer); // what could not be taken does not stay as if it were
    words.textContent = t('{words} It was not taken.', { words: words.textContent ?? '' });
    input.setAttribute('aria-invalid', 'false');
  });
  const row = h('div.row.field-row', null, input, ctx.keyOf(name), words);
  host.append(row);
  const update = () => {
    const text = ctx.answer === undefined ? '' : show(ctx.answer);
    if (document.activeElement !== input && input.value !== text) input.value = text;
  };
  update();
  ctx.watch(update);
  return { input, row };
}

export const number = defineTag({
  api: 1, tag: 'Number', kind: 'control',
  mount(host, ctx) {
    const { node, t } = ctx;
    const first = node.number('defaultValue', NaN);
    ctx.preset(Number.isFinite(first) ? first : undefined);
    const least = node.number('min', 0);
    const most = node.number('max', 100);
    const step = node.get('step') ?? 'any';
    const title = t('Go to {name}', { name: node.name });
    const { row } = field(host, ctx, { type: 'number', props: { step: node.attrs.step ?? 'any' }, read: Number, show: String, title });
    if (!node.is('slider')) return;
    let merge = Symbol('sliding');
    const slider = h('input', { type: 'range', min: String(least), max: String(most), step: String(step), disabled: ctx.readonly, 'aria-label': t('{name}, slider', { name: node.name }), onpointerdown: () => (merge = Symbol('sliding')), oninput: () => ctx.setAnswer(Number(slider.value), { merge }) });
    row.prepend(slider);
    const update = () => (slider.value = String(ctx.answer ?? least));
    update();
    ctx.watch(update);
  },
});

export const dateTime = defineTag({
  api: 1, tag: 'DateTime', kind: 'control',
  mount(host, ctx) {
    const { node, t } = ctx;
    const only = String(node.get('only') ?? '').split(',').map((part) => part.trim()).filter(Boolean);
    const has = (/** @type {string} */ part) => only.includes(part);
    const type = !only.length || (has('date') && has('time')) ? 'datetime-local' : has('time') ? 'time' : has('date') ? 'date' : has('month') ? 'month' : 'number';
    const given = String(node.get('format') ?? '');
    const format = given && given !== 'none' ? given : '';
    ctx.preset(node.get('defaultValue') ? read(String(node.get('defaultValue'))) : undefined);
    /** @param {string} text */
    function read(text) {
      return format ? write(text, format) : text;
    }
    field(host, ctx, {
      type, read, show: (value) => (format ? parse(String(value), format, type) || String(value) : String(value)), title: t('Go to {name}', { name: node.name }),
      props: type === 'number' ? { step: node.get('step') ?? '1', min: node.get('min') ?? '1', max: node.get('max') ?? '9999', placeholder: t('Year') } : { step: node.get('step') },
    });
  },
});
