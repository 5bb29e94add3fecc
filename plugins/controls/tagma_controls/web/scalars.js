/** Rating, Number, DateTime: one value each. */
import { defineTag, h, icon } from 'tagma';

export const rating = defineTag({
  api: 1, tag: 'Rating', kind: 'control',
  mount(host, ctx) {
    const { node, t } = ctx;
    const most = Math.max(1, node.number('maxRating', 5));
    const words = h('span.soft.num');
    const stars = Array.from({ length: most }, (_, place) => h('button.star', {
      type: 'button', role: 'radio', disabled: ctx.readonly, 'aria-label': t('{n} of {most}', { n: place + 1, most }),
      onclick: () => ctx.setAnswer(ctx.answer === place + 1 ? undefined : place + 1),
    }, icon('star', 20)));
    host.append(h('div.rating', { role: 'radiogroup', 'aria-label': node.name }, stars, words));
    const update = () => {
      stars.forEach((star, place) => {
        star.classList.toggle('on', place < (ctx.answer ?? 0));
        star.setAttribute('aria-checked', String(place + 1 === ctx.answer));
      });
      words.textContent = ctx.answer ? t('{n} of {most}', { n: ctx.answer, most }) : '';
    };
    update();
    ctx.watch(update);
  },
});

/** @param {HTMLElement} host @param {import('tagma').Context} ctx @param {string} type @param {(text: string) => any} read */
function field(host, ctx, type, read) {
  const { node } = ctx;
  const input = h('input.input.input-short', { type, min: node.get('min'), max: node.get('max'), step: node.get('step') ?? (type === 'number' ? 'any' : null), disabled: ctx.readonly, 'aria-label': node.name });
  let merge = Symbol('typing');
  input.addEventListener('focus', () => (merge = Symbol('typing')));
  input.addEventListener('input', () => input.validity.valid && ctx.setAnswer(input.value === '' ? undefined : read(input.value), { merge }));
  host.append(input);
  const update = () => {
    const text = String(ctx.answer ?? '');
    if (document.activeElement !== input && input.value !== text) input.value = text;
  };
  update();
  ctx.watch(update);
}

export const number = defineTag({ api: 1, tag: 'Number', kind: 'control', mount: (host, ctx) => field(host, ctx, 'number', Number) });

export const dateTime = defineTag({
  api: 1, tag: 'DateTime', kind: 'control',
  mount(host, ctx) {
    const only = String(ctx.node.get('only') ?? '').split(',').map((part) => part.trim()).filter(Boolean);
    const has = (/** @type {string} */ part) => only.includes(part);
    const type = !only.length || (has('date') && has('time')) ? 'datetime-local' : has('time') ? 'time' : has('date') ? 'date' : has('month') ? 'month' : 'number';
    field(host, ctx, type, String);
  },
});
