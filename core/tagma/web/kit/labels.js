/** Label chips: what the next region wears, or the selected ones. Used by every control whose value is a list of labels. */
import { h, sanitize } from '../dom.js';
import { t } from '../i18n.js';

/** @param {HTMLElement} host @param {import('../editor/context.js').Context} ctx */
export function mountLabels(host, ctx) {
  const { session, node } = ctx;
  const bar = h('div.chips', { role: 'toolbar', 'aria-label': t('Labels') });
  host.append(bar);
  /** @type {Map<string, HTMLElement>} */
  const chips = new Map();
  const options = ctx.options;
  if (!options.length) bar.append(h('p.soft', null, t('This task brings no labels.')));
  for (const option of options) {
    const choose = () => session.labels.choose(node, option.value);
    const words = option.attrs.html ? sanitize(String(option.attrs.html)) : option.text;
    const name = `label:${node.name}:${option.value}`;
    const chip = h('button.chip', {
      type: 'button',
      'aria-pressed': 'false', onclick: choose, data: { value: option.value }, vars: { '--label': option.color }, disabled: ctx.readonly,
      // a press must not take away the passage marked in a text
      onpointerdown: (/** @type {Event} */ event) => event.preventDefault(),
    }, h('span.chip-word', null, words, option.attrs.showalias === 'true' && option.attrs.alias ? h('small', null, ` ${option.attrs.alias}`) : null));
    chips.set(option.value, chip);
    bar.append(chip);
    ctx.command({ name, group: t('Labels'), title: option.text, keys: option.key ? option.key.split(/,(?!$)/) : [], run: choose, when: () => !host.closest('[hidden]') && !ctx.readonly });
    const key = ctx.keyOf(name);
    chip.append(key);
    const title = () => (chip.title = [option.hint, key.textContent && t('Key {key}', { key: key.textContent })].filter(Boolean).join(' · '));
    title();
    ctx.cleanup(ctx.keys.on(title));
  }
  const update = () => {
    const region = ctx.scope.selected;
    const worn = region && session.describe(region).isRegion ? session.labels.of(region, node) : null;
    const active = worn?.length ? worn : (session.labels.active.get(node.name) ?? []);
    for (const [value, chip] of chips) {
      const on = active.includes(value);
      if ((chip.getAttribute('aria-pressed') === 'true') !== on) chip.setAttribute('aria-pressed', String(on));
    }
  };
  update();
  ctx.cleanup(session.labels.on(update));
  ctx.watch(update);
}
