/** <Choices>: one or several answers, by mouse or by key. */
import { defineTag, h, sanitize } from 'tagma';
import { dress } from './dress.js';

let groups = 0;

/** @param {HTMLElement} host @param {import('tagma').Context} ctx */
function mount(host, ctx) {
  const { node, t } = ctx;
  const several = String(node.get('choice', 'single')) === 'multiple';
  const nested = node.is('allowNested');
  const store = (/** @type {any} */ option) => (nested ? option.path : option.value);
  const same = (/** @type {any} */ a, /** @type {any} */ b) => JSON.stringify(a) === JSON.stringify(b);
  const chosen = () => /** @type {any[]} */ ([].concat(ctx.answer ?? []));
  const toggle = (/** @type {any} */ option) => {
    if (ctx.readonly) return;
    const value = store(option);
    const now = chosen();
    const on = now.some((item) => same(item, value));
    const next = several ? (on ? now.filter((item) => !same(item, value)) : [...now, value]) : on ? [] : [value];
    ctx.setAnswer(next.length ? next : undefined);
  };
  const every = flat(ctx.options);
  ctx.preset(presets(every.filter((option) => String(option.attrs.selected) === 'true').map(store), several));
  for (const option of every) {
    ctx.command({ name: nameOf(node, option), group: t('Choices'), title: option.text, keys: option.key ? option.key.split(/,(?!$)/) : [], when: () => !ctx.readonly && !host.closest('[hidden]'), run: () => toggle(option) });
  }
  if (!every.length) host.append(h('p.soft', null, t('This task brings no choices.')));
  else if (String(node.get('layout')) === 'select' && !several && !nested) select(host, ctx, chosen);
  else list(host, ctx, { several, toggle, isChosen: (option) => chosen().some((item) => same(item, store(option)) || item === option.value) });
}

/** @param {any[]} options @returns {any[]} */
const flat = (options) => options.flatMap((option) => [option, ...flat(option.children)]);

/** @param {any[]} values @param {boolean} several */
const presets = (values, several) => (values.length ? (several ? values : values.slice(0, 1)) : undefined);

/** @param {any} node @param {any} option */
const nameOf = (node, option) => `choice:${node.name}:${option.path.join('/')}`;

/** @param {HTMLElement} host @param {import('tagma').Context} ctx @param {{several: boolean, toggle(option: any): void, isChosen(option: any): boolean}} how */
function list(host, ctx, { several, toggle, isChosen }) {
  const { node } = ctx;
  const name = `choices-${groups++}`; // several desks may show one task side by side
  /** @type {{option: any, input: HTMLInputElement}[]} */
  const inputs = [];
  /** @type {(options: any[]) => HTMLElement[]} */
  const build = (options) => options.map((option) => {
    const input = h('input.box', { type: several ? 'checkbox' : 'radio', name, disabled: ctx.readonly, onclick: () => toggle(option) }); // at once: whoever submits in the same breath means this too
    inputs.push({ option, input });
    const words = h('span', null, option.attrs.html ? sanitize(String(option.attrs.html)) : option.text);
    dress(words, option.attrs.style);
    const colored = option.attrs.background || option.attrs.color;
    return h('div.choice', null,
      h('label.choice-line', { title: option.hint }, input, colored ? h('span.region-swatch', { vars: { '--label': option.color } }) : null, words, ctx.keyOf(nameOf(node, option)), option.hint ? h('small.soft', null, option.hint) : null),
      option.children.length ? h('div.choice-children', { role: 'group', 'aria-label': option.text }, build(option.children)) : null);
  });
  const inline = node.is('showInline') || String(node.get('layout')) === 'inline';
  host.append(h(`div.choices${inline ? '.choices-inline' : ''}`, { role: several ? 'group' : 'radiogroup', 'aria-label': node.name }, build(ctx.options)));
  const update = () => {
    for (const { option, input } of inputs) input.checked = isChosen(option);
  };
  update();
  ctx.watch(update);
}

/** @param {HTMLElement} host @param {import('tagma').Context} ctx @param {() => any[]} chosen */
function select(host, ctx, chosen) {
  const field = h('select.input.input-short', { disabled: ctx.readonly, 'aria-label': ctx.node.name, onchange: () => ctx.setAnswer(field.value ? [field.value] : undefined) },
    h('option', { value: '' }, '—'), ctx.options.map((option) => h('option', { value: option.value, title: option.hint }, option.text)));
  host.append(field);
  const update = () => (field.value = chosen()[0] ?? '');
  update();
  ctx.watch(update);
}

export default defineTag({ api: 1, tag: 'Choices', kind: 'control', mount });
