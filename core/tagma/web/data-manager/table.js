/** The table: sticky head, columns to resize, move and sort by, rows from the pool. On a phone each row is a card. */
import { h, icon } from 'tagma/dom.js';
import { t, tn } from 'tagma/i18n.js';
import { reorder } from 'tagma/ui/reorder.js';
import { cell, labelsOf, picture } from './cells.js';
import { stateMark, valueOf } from './columns.js';
import { Scroller } from './scroller.js';
import { fileName, plain } from './text.js';

const HEIGHTS = { near: 36, tall: 64, card: 96, grid: 232 };
const CARD = 208;

export class Table {
  /** What each element shows now. @type {WeakMap<HTMLElement, any[]>} */
  #drawn = new WeakMap();

  /**
   * @param {HTMLElement} host
   * @param {{rows: import('./rows.js').Rows, selection: import('./selection.js').Selection, columns: () => import('./columns.js').Column[],
   *   ordering: () => string, onsort: (ordering: string) => void, oncolumns: () => void, onopen: (row: any) => void, onmenu: (row: any, anchor: Element) => void}} desk
   */
  constructor(host, desk) {
    this.host = host;
    this.desk = desk;
    this.mode = 'near';
    this.perRow = 1;
    this.active = -1;
    this.head = h('div.dm-head', { role: 'row', 'aria-rowindex': 1 });
    this.viewport = h('div.dm-view', { role: 'grid', tabindex: 0, 'aria-label': t('Tasks'), 'aria-multiselectable': 'true' }, this.head);
    host.append(this.viewport);
    this.scroller = new Scroller(this.viewport, {
      rowHeight: HEIGHTS.near, head: 32,
      make: () => h('div.dm-row', { role: 'row' }),
      render: (element, index) => this.#render(element, index),
      onrange: (first, last) => desk.rows.want(first * this.perRow, (last + 1) * this.perRow - 1),
    });
    this.viewport.addEventListener('click', (/** @type {MouseEvent} */ event) => this.#click(event));
    this.viewport.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => this.#key(event));
    this.head.addEventListener('pointerdown', (/** @type {PointerEvent} */ event) => this.#grip(event));
    this.head.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => this.#widen(event));
    reorder(this.head, { selector: '.dm-th', handle: '.dm-sort, .dm-name', first: 1, moved: (from, to) => {
      const columns = desk.columns();
      const [column, other] = [/** @type {any} */ (this.shown)[from], /** @type {any} */ (this.shown)[to]];
      columns.splice(columns.indexOf(column), 1);
      columns.splice(columns.indexOf(other) + (to > from ? 1 : 0), 0, column);
      this.update();
      desk.oncolumns();
      this.#headOf(column.id)?.focus();
    } });
    new ResizeObserver(() => this.setMode(this.wanted ?? 'near')).observe(host);
  }

  /** @param {string} wanted near, tall or grid; a narrow window shows cards */
  setMode(wanted) {
    this.wanted = wanted;
    const mode = wanted !== 'grid' && this.host.clientWidth < 640 ? 'card' : wanted;
    const perRow = mode === 'grid' ? Math.max(1, Math.floor((this.host.clientWidth - 16) / CARD)) : 1;
    const same = mode === this.mode && perRow === this.perRow;
    this.mode = mode;
    this.perRow = perRow;
    this.viewport.dataset.mode = mode;
    this.viewport.style.setProperty('--per-row', String(perRow));
    this.scroller.options.head = mode === 'near' || mode === 'tall' ? 32 : 0;
    if (same) return;
    this.scroller.setRowHeight(/** @type {any} */ (HEIGHTS)[mode]);
    this.update();
  }

  /** Columns, rows or choice have changed. */
  update() {
    const shown = this.desk.columns().filter((column) => column.shown);
    this.shown = shown;
    this.layout = shown.map((column) => `${column.id} ${column.title}`).join('\n');
    const widths = ['40px', ...shown.map((column) => `${column.width}px`), 'minmax(48px, 1fr)'];
    this.viewport.style.setProperty('--columns', widths.join(' '));
    this.viewport.style.setProperty('--wide', `${40 + 48 + shown.reduce((sum, column) => sum + column.width, 0)}px`);
    this.viewport.setAttribute('aria-rowcount', String(this.desk.rows.total + 1));
    this.#drawHead(shown);
    const count = Math.ceil(this.desk.rows.total / this.perRow);
    if (count !== this.scroller.count) this.scroller.setCount(count);
    else this.scroller.refresh();
  }

  /** @param {import('./columns.js').Column[]} shown */
  #drawHead(shown) {
    const { selection, rows } = this.desk;
    const chosen = selection.count(rows.total);
    if (this.#stands(this.head, [this.layout, this.desk.ordering(), chosen > 0, chosen === rows.total])) return;
    const box = h('input.box', { type: 'checkbox', title: t('Choose all (Ctrl+A)'), 'aria-label': t('Choose all tasks'), checked: chosen > 0 && chosen === rows.total, data: { all: '' } });
    box.indeterminate = chosen > 0 && chosen < rows.total;
    const [sorted, down] = [this.desk.ordering().replace(/^-/, '').replace(/^tasks:/, ''), this.desk.ordering().startsWith('-')];
    this.head.replaceChildren(h('span.dm-check', { role: 'columnheader' }, box), ...shown.map((column) => h(`span.dm-th${column.numeric && column.id !== 'id' ? '.dm-number' : ''}`, {
      role: 'columnheader', 'aria-sort': column.id === sorted ? (down ? 'descending' : 'ascending') : null, title: [column.help, t('Alt+← and Alt+→ move the column, Shift+← and Shift+→ make it narrower or wider.')].filter(Boolean).join('\n'), data: { id: column.id },
    }, column.type !== 'Labels' ? h('button.dm-sort', { type: 'button' }, column.id === sorted ? icon(down ? 'arrow-down' : 'arrow-up', 12) : null, h('span.cut', null, column.title)) : h('span.dm-name.cut', { tabindex: 0 }, column.title),
    h('i.dm-grip', { data: { grip: column.id } }))), h('span', { role: 'columnheader' }, h('span.unseen', null, t('Actions'))));
  }

  /** @param {HTMLElement} element @param {number} index */
  #render(element, index) {
    if (this.mode === 'grid') return this.#renderGrid(element, index);
    const row = this.desk.rows.at(index);
    element.setAttribute('aria-rowindex', String(index + 2));
    element.id = `row-${index}`;
    element.dataset.index = String(index);
    element.classList.toggle('dm-active', index === this.active);
    if (!row) {
      this.#drawn.delete(element);
      element.removeAttribute('aria-selected');
      element.replaceChildren(h('span', { role: 'gridcell' }, h('span.unseen', null, t('Loading…'))), ...(this.shown ?? []).map(() => h('span', { role: 'gridcell', 'aria-hidden': 'true' }, h('i.dm-bone'))));
      return;
    }
    const chosen = this.desk.selection.has(row.id);
    element.setAttribute('aria-selected', String(chosen));
    if (this.#stands(element, [row, chosen, this.mode, this.layout])) return;
    const box = h('span.dm-check', { role: 'gridcell' }, h('input.box', { type: 'checkbox', checked: chosen, tabindex: -1, 'aria-label': t('Choose task {id}', { id: row.id }), data: { pick: String(row.id) } }));
    const more = h('span.dm-more', { role: 'gridcell' }, h('button.icon-button', { type: 'button', tabindex: -1, title: t('More'), 'aria-label': t('More for task {id}', { id: row.id }), data: { more: '' } }, icon('ellipsis')));
    if (this.mode === 'card') element.replaceChildren(box, this.#card(row), more);
    else {
      const tall = this.mode === 'tall';
      element.replaceChildren(box, ...(this.shown ?? []).map((column) => h(`span.dm-td${column.numeric && column.id !== 'id' ? '.dm-number' : ''}${column.id === 'id' ? '.dm-id' : ''}`, { role: 'gridcell' }, cell(row, column, tall))), more);
    }
  }

  /**
   * Whether an element shows just this already. Then it stays: what is taken away between press and release loses the click.
   * @param {HTMLElement} element @param {any[]} shows
   */
  #stands(element, shows) {
    const was = this.#drawn.get(element);
    this.#drawn.set(element, shows);
    return was?.length === shows.length && was.every((one, at) => one === shows[at]);
  }

  /** @param {any} row */
  #card(row) {
    const column = this.desk.columns().find((one) => one.data);
    return h('span.dm-card', { role: 'gridcell' },
      h('b.cut', null, column ? (column.type === 'Image' ? fileName(valueOf(row, column.id) ?? '') : plain(valueOf(row, column.id) ?? '')) : String(row.id)),
      h('span.row.small', null, h('span.soft.num', null, String(row.id)), h('span.state', null, stateMark(row))),
      h('span.small', null, row.labels?.length ? labelsOf(row) : h('span.soft.num', null, [tn('{n} annotation', '{n} annotations', row.total_annotations), tn('{n} prediction', '{n} predictions', row.total_predictions)].join(t(', ')))));
  }

  /** @param {HTMLElement} element @param {number} line */
  #renderGrid(element, line) {
    const column = this.desk.columns().find((one) => one.data && one.type === 'Image') ?? this.desk.columns().find((one) => one.data);
    const cards = [];
    element.removeAttribute('id');
    element.removeAttribute('aria-selected');
    const inside = Array.from({ length: this.perRow }, (_, at) => this.desk.rows.at(line * this.perRow + at));
    if (this.#stands(element, [this.mode, column?.id, line, this.active, this.desk.rows.total, ...inside, ...inside.map((row) => row && this.desk.selection.has(row.id))])) return;
    for (let at = line * this.perRow; at < Math.min(this.desk.rows.total, (line + 1) * this.perRow); at++) {
      const row = this.desk.rows.at(at);
      if (!row) {
        cards.push(h('span.dm-tile', { role: 'gridcell' }, h('i.dm-bone')));
        continue;
      }
      const value = column && valueOf(row, column.id);
      cards.push(h(`span.dm-tile${at === this.active ? '.dm-active' : ''}`, { role: 'gridcell', 'aria-selected': String(this.desk.selection.has(row.id)), data: { index: String(at) } },
        h('span.dm-picture', null, column?.type === 'Image' && value ? picture(row, value) : h('span.dm-words', null, plain(value ?? ''))),
        h('span.row.small', null, h('input.box', { type: 'checkbox', checked: this.desk.selection.has(row.id), tabindex: -1, 'aria-label': t('Choose task {id}', { id: row.id }), data: { pick: String(row.id) } }),
          h('span.num.grow', null, String(row.id)), h('span.state', null, stateMark(row)))));
    }
    element.replaceChildren(...cards);
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const { selection, rows } = this.desk;
    if (target.dataset.all !== undefined) return void (selection.count(rows.total) === rows.total ? selection.clear() : selection.everything());
    const sort = target.closest('.dm-sort')?.parentElement?.dataset.id;
    if (sort) return this.#sort(sort);
    const at = Number(/** @type {HTMLElement | null} */ (target.closest('[data-index]'))?.dataset.index ?? NaN);
    const row = Number.isNaN(at) ? undefined : rows.at(at);
    if (!row) return;
    if (target.closest('.dm-check, .box')) {
      if (event.shiftKey && this.anchor !== undefined) this.#range(this.anchor, at, !selection.has(row.id));
      else selection.toggle(row.id);
      this.anchor = at;
      this.focus(at);
    } else if (target.closest('[data-more]')) this.desk.onmenu(row, /** @type {Element} */ (target.closest('[data-more]')));
    else {
      this.focus(at);
      this.desk.onopen(row);
    }
  }

  /** @param {string} id */
  #sort(id) {
    const now = this.desk.ordering();
    this.desk.onsort(now === `tasks:${id}` ? `-tasks:${id}` : now === `-tasks:${id}` ? '' : `tasks:${id}`);
  }

  /** @param {number} from @param {number} to @param {boolean} on */
  #range(from, to, on) {
    const ids = [];
    for (let at = Math.min(from, to); at <= Math.max(from, to); at++) if (this.desk.rows.at(at)) ids.push(this.desk.rows.at(at).id);
    this.desk.selection.setMany(ids, on);
  }

  /** What is at the top, where the keyboard is, and how far to the side. */
  get place() {
    return { first: this.scroller.first * this.perRow, active: this.active, left: this.viewport.scrollLeft };
  }

  /** @param {{first: number, active: number, left: number}} place */
  goTo(place) {
    this.active = Math.min(place.active, this.desk.rows.total - 1);
    this.scroller.setCount(Math.ceil(this.desk.rows.total / this.perRow));
    this.scroller.scrollTo(Math.floor(place.first / this.perRow), 'start');
    this.viewport.scrollLeft = place.left;
    this.scroller.refresh();
  }

  /** @param {number} at the row the keyboard is on */
  focus(at) {
    this.active = Math.max(0, Math.min(this.desk.rows.total - 1, at));
    this.scroller.scrollTo(Math.floor(this.active / this.perRow));
    this.viewport.setAttribute('aria-activedescendant', `row-${this.active}`);
    this.scroller.refresh();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.target !== this.viewport || event.altKey || !this.desk.rows.total) return;
    const { selection, rows } = this.desk;
    const page = this.scroller.perPage * this.perRow;
    const steps = /** @type {Record<string, number>} */ ({ ArrowDown: this.perRow, ArrowUp: -this.perRow, ArrowRight: this.mode === 'grid' ? 1 : 0, ArrowLeft: this.mode === 'grid' ? -1 : 0, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity });
    const row = rows.at(this.active);
    if (event.ctrlKey || event.metaKey) {
      if (event.key.toLowerCase() === 'a') selection.everything();
      else return;
    } else if (steps[event.key]) {
      const from = this.active;
      this.focus(from < 0 && Number.isFinite(steps[event.key]) ? this.scroller.first * this.perRow : from + steps[event.key]);
      if (event.shiftKey) this.#range(from, this.active, true);
    } else if (event.key === ' ' && row) selection.toggle(row.id);
    else if (event.key === 'Enter' && row) this.desk.onopen(row);
    else if (event.key === 'Escape' && selection.count(rows.total)) selection.clear();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** What has the focus in a column's head. @param {string} id @returns {HTMLElement | null} */
  #headOf(id) {
    return this.head.querySelector(`[data-id="${CSS.escape(id)}"] :is(.dm-sort, .dm-name)`);
  }

  /** Wider or narrower with the keyboard. @param {KeyboardEvent} event */
  #widen(event) {
    const by = event.shiftKey && !event.altKey ? { ArrowLeft: -16, ArrowRight: 16 }[event.key] : 0;
    const id = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest('.dm-th'))?.dataset.id;
    const column = id && this.desk.columns().find((one) => one.id === id);
    if (!by || !column) return;
    event.preventDefault();
    event.stopPropagation();
    column.width = Math.max(56, Math.min(900, column.width + by));
    this.update();
    this.desk.oncolumns();
    this.#headOf(column.id)?.focus();
  }

  /** Pull a column wider. @param {PointerEvent} event */
  #grip(event) {
    const id = /** @type {HTMLElement} */ (event.target).dataset.grip;
    const column = id && this.desk.columns().find((one) => one.id === id);
    if (!column) return;
    event.preventDefault();
    const from = event.clientX - column.width;
    const move = (/** @type {PointerEvent} */ moved) => {
      column.width = Math.max(56, Math.min(900, Math.round(moved.clientX - from)));
      this.update();
    };
    const up = () => {
      removeEventListener('pointermove', move);
      this.desk.oncolumns();
    };
    addEventListener('pointermove', move);
    addEventListener('pointerup', up, { once: true });
  }
}
