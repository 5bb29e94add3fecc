/** <Taxonomy>: a tree of choices in a searchable list of which only the rows in sight exist. */
import { defineTag, h } from 'tagma';

const ROW = 32;

/** @param {HTMLElement} host @param {import('tagma').Context} ctx */
function mount(host, ctx) {
  const { node, t } = ctx;
  const separator = String(node.get('pathSeparator', ' / '));
  const leaves = node.is('leafsOnly');
  const most = node.number('maxUsages', Infinity);
  /** @type {{path: string[], text: string, find: string, depth: number, leaf: boolean}[]} */
  const rows = [];
  const walk = (/** @type {any[]} */ options, /** @type {string[]} */ words) => {
    for (const option of options) {
      const path = [...words, option.text];
      rows.push({ path: option.path, text: path.join(separator), find: path.join(' ').toLowerCase(), depth: words.length, leaf: !option.children.length });
      walk(option.children, path);
    }
  };
  walk(ctx.options, []);
  let found = rows;
  const chips = h('div.taxonomy-chosen');
  const field = h('input.input', { type: 'search', placeholder: String(node.get('placeholder') ?? '') || t('Search {n} choices', { n: rows.length }), 'aria-label': node.name, disabled: ctx.readonly });
  const space = h('div.taxonomy-space');
  const list = h('div.taxonomy-list', { role: 'listbox', 'aria-label': node.name, 'aria-multiselectable': 'true' }, space);
  host.append(h('div.taxonomy', null, chips, field, list));
  const chosen = () => /** @type {string[][]} */ (ctx.answer ?? []);
  const key = (/** @type {string[]} */ path) => path.join('\u001f');
  const toggle = (/** @type {string[]} */ path) => {
    const now = chosen();
    const rest = now.filter((item) => key(item) !== key(path));
    const next = rest.length < now.length ? rest : [...now, path];
    if (next.length > most) return ctx.session.say(t('At most {n} can be chosen.', { n: most }));
    ctx.setAnswer(next.length ? next : undefined);
  };
  const draw = () => {
    const on = new Set(chosen().map(key));
    const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 4);
    const last = Math.min(found.length, first + Math.ceil((list.clientHeight || 200) / ROW) + 8);
    space.style.height = `${found.length * ROW}px`;
    space.replaceChildren(...found.slice(first, last).map((row, index) => {
      const element = h('button.taxonomy-row', { type: 'button', role: 'option', 'aria-selected': String(on.has(key(row.path))), disabled: ctx.readonly || (leaves && !row.leaf), onclick: () => toggle(row.path) }, field.value ? row.text : row.path.at(-1));
      element.style.transform = `translateY(${(first + index) * ROW}px)`;
      element.style.paddingInlineStart = `${12 + (field.value ? 0 : row.depth * 16)}px`;
      return element;
    }));
    chips.replaceChildren(...chosen().map((path) => h('button.chip-removable', { type: 'button', title: t('Take away'), disabled: ctx.readonly, onclick: () => toggle(path) }, node.is('showFullPath') ? path.join(separator) : path.at(-1), ' ×')));
  };
  field.addEventListener('input', () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    found = words.length ? rows.filter((row) => words.every((/** @type {string} */ word) => row.find.includes(word))) : rows;
    list.scrollTop = 0;
    draw();
  });
  list.addEventListener('scroll', draw, { passive: true });
  draw();
  ctx.watch(draw);
}

export default defineTag({ api: 1, tag: 'Taxonomy', kind: 'control', mount });
