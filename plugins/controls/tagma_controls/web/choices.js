/** <Choices>: one or several answers, by mouse or by key. */
import { defineTag, h, sanitize } from 'tagma';
import { spell } from 'tagma/keys.js';

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
  /** @type {{option: any, input: HTMLInputElement}[]} */
  const inputs = [];
  if (String(node.get('layout')) === 'select' && !several && !nested) return select(host, ctx, toggle, chosen);
  /** @type {(options: any[]) => HTMLElement[]} */
  const build = (options) => options.map((option) => {
    const input = h('input', { type: several ? 'checkbox' : 'radio', name: `${node.name}-${ctx.session.task?.id ?? ''}`, disabled: ctx.readonly, onclick: (/** @type {Event} */ event) => {
      event.preventDefault();
      setTimeout(() => toggle(option));
    } });
    inputs.push({ option, input });
    if (option.key) ctx.command({ name: `choice:${node.name}:${option.path.join('/')}`, group: node.name, title: option.text, keys: option.key.split(/,(?!$)/), when: () => !host.closest('[hidden]'), run: () => toggle(option) });
    return h('div.choice', null,
      h('label.choice-line', { title: option.hint }, input, h('span', null, option.attrs.html ? sanitize(String(option.attrs.html)) : option.text), option.key ? h('kbd', null, spell(option.key)) : null, option.hint ? h('small.soft', null, option.hint) : null),
      option.children.length ? h('div.choice-children', null, build(option.children)) : null);
  });
  const inline = node.is('showInline') || String(node.get('layout')) === 'inline';
  host.append(h(`div.choices${inline ? '.choices-inline' : ''}`, { role: several ? 'group' : 'radiogroup', 'aria-label': node.name }, build(ctx.options)));
  if (!ctx.options.length) host.append(h('p.soft', null, t('This task brings no choices.')));
  const update = () => {
    const now = chosen();
    for (const { option, input } of inputs) input.checked = now.some((item) => same(item, store(option)) || item === option.value);
  };
  const preset = inputs.filter(({ option }) => String(option.attrs.selected) === 'true');
  if (preset.length && !ctx.readonly && !node.is('perRegion') && ctx.answer === undefined && !ctx.store.size) ctx.setAnswer(preset.map(({ option }) => store(option)));
  update();
  ctx.watch(update);
}

/** @param {HTMLElement} host @param {import('tagma').Context} ctx @param {(option: any) => void} toggle @param {() => any[]} chosen */
function select(host, ctx, toggle, chosen) {
  const list = h('select.input', { disabled: ctx.readonly, 'aria-label': ctx.node.name, onchange: () => {
    const option = ctx.options.find((one) => one.value === list.value);
    if (option) toggle(option);
    else ctx.setAnswer(undefined);
  } }, h('option', { value: '' }, '—'), ctx.options.map((option) => h('option', { value: option.value }, option.text)));
  host.append(list);
  const update = () => (list.value = chosen()[0] ?? '');
  update();
  ctx.watch(update);
}

export default defineTag({ api: 1, tag: 'Choices', kind: 'control', mount });
