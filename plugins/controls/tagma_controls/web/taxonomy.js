/** <Taxonomy>: a tree of choices in a searchable list of which only the rows in sight exist. */
import { defineTag, h } from 'tagma';

const ROW = 32;
let lists = 0;

/** @typedef {{path: string[], text: string, find: string, depth: number, leaf: boolean, own?: boolean}} Row */

/** @param {any[]} options @param {string} separator @returns {Row[]} */
function rowsOf(options, separator, /** @type {string[]} */ words = []) {
  return options.flatMap((option) => {
    const path = [...words, option.text];
    return [{ path: option.path, text: path.join(separator), find: path.join(' ').toLowerCase(), depth: words.length, leaf: !option.children.length }, ...rowsOf(option.children, separator, path)];
  });
}

/** @param {HTMLElement} host @param {import('tagma').Context} ctx */
function mount(host, ctx) {
  const { node, t } = ctx;
  const separator = String(node.get('pathSeparator', ' / '));
  const leaves = node.is('leafsOnly');
  const most = node.number('maxUsages', Infinity);
  const rows = rowsOf(ctx.options, separator);
  const id = `taxonomy-${lists++}`;
  let found = rows;
  let active = -1;
  const chips = h('div.taxonomy-chosen');
  const field = h('input.input', { type: 'text', placeholder: String(node.get('placeholder') ?? '') || t('Search {n} choices', { n: rows.length }), 'aria-label': node.name, disabled: ctx.readonly, role: 'combobox', 'aria-expanded': 'true', 'aria-controls': id, 'aria-autocomplete': 'list', autocomplete: 'off' });
  const space = h('div.taxonomy-space', { role: 'presentation' });
  const list = h('div.taxonomy-list', { role: 'listbox', id, 'aria-label': node.name, 'aria-multiselectable': 'true' }, space);
  const box = h('div.taxonomy', null, chips, field, list);
  for (const [name, property] of [['minWidth', 'minWidth'], ['maxWidth', 'maxWidth']]) if (node.get(name)) box.style.setProperty(property === 'minWidth' ? 'min-width' : 'max-width', length(node.get(name)));
  if (node.get('dropdownWidth')) list.style.width = length(node.get('dropdownWidth'));
  host.append(box);
  if (node.get('apiUrl') && !rows.length) box.append(h('p.help', { role: 'note' }, t('Choices from an address (apiUrl) are not fetched yet; give them in the set-up or in the task.')));
  ctx.command({ name: `field:${node.name}`, group: t('Answers'), title: t('Go to {name}', { name: node.name }), keys: [], when: () => !ctx.readonly && !host.closest('[hidden]'), run: () => field.focus() });
  const chosen = () => /** @type {string[][]} */ (ctx.answer ?? []);
  const key = (/** @type {string[]} */ path) => path.join('\u001f');
  const allowed = (/** @type {Row} */ row) => !ctx.readonly && (!leaves || row.leaf);
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
      const place = first + index;
      const element = h('div.taxonomy-row', {
        role: 'option', id: `${id}-${place}`, 'aria-selected': String(on.has(key(row.path))), 'aria-disabled': allowed(row) ? null : 'true', class: place === active ? 'active' : '', 'aria-setsize': String(found.length), 'aria-posinset': String(place + 1),
        onpointerdown: (/** @type {Event} */ event) => event.preventDefault(), onclick: () => allowed(row) && toggle(row.path),
      }, h('span.taxonomy-mark', { 'aria-hidden': 'true' }, on.has(key(row.path)) ? '✓' : ''), row.own ? t('Add “{text}”', { text: row.text }) : field.value ? row.text : row.path.at(-1));
      element.style.transform = `translateY(${place * ROW}px)`;
      element.style.paddingInlineStart = `${8 + (field.value ? 0 : row.depth * 16)}px`;
      return element;
    }));
    if (active >= first && active < last) field.setAttribute('aria-activedescendant', `${id}-${active}`);
    else field.removeAttribute('aria-activedescendant');
    chips.replaceChildren(...chosen().map((path) => h('button.chip-removable', { type: 'button', title: t('Take away'), 'aria-label': t('Take away “{text}”', { text: path.join(separator) }), disabled: ctx.readonly, onclick: () => toggle(path) }, node.is('showFullPath') ? path.join(separator) : path.at(-1), ' ×')));
  };
  /** @param {number} to */
  const walk = (to) => {
    active = Math.max(0, Math.min(to, found.length - 1));
    list.scrollTop = Math.min(Math.max(list.scrollTop, (active + 1) * ROW - list.clientHeight), active * ROW);
    draw();
  };
  field.addEventListener('input', () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    found = words.length ? rows.filter((row) => words.every((/** @type {string} */ word) => row.find.includes(word))) : rows;
    const text = field.value.trim();
    if (node.is('legacy') && text && !found.some((row) => row.path.at(-1) === text)) found = [...found, { path: [text], text, find: '', depth: 0, leaf: true, own: true }];
    active = found.length && words.length ? 0 : -1;
    list.scrollTop = 0;
    draw();
  });
  field.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    const to = { ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + 6, PageUp: active - 6 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      walk(to);
    } else if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey && !event.isComposing && found[active]) {
      event.preventDefault();
      if (!allowed(found[active])) return;
      toggle(found[active].path);
      if (field.value) field.select();
    } else if (event.key === 'Backspace' && !field.value && chosen().length) {
      event.preventDefault();
      toggle(/** @type {string[]} */ (chosen().at(-1)));
    }
  });
  list.addEventListener('scroll', draw, { passive: true });
  draw();
  ctx.watch(draw);
}

/** @param {any} value a number of pixels or a length of CSS */
const length = (value) => (/^\d+$/.test(String(value)) ? `${value}px` : String(value));

export default defineTag({ api: 1, tag: 'Taxonomy', kind: 'control', mount });
