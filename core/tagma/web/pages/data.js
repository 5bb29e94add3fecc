/** The data manager: one view of the tasks at a time, saved as a tab. */
import { api, root, url } from 'tagma/api.js';
import { h, icon } from 'tagma/dom.js';
import { number, t, tn } from 'tagma/i18n.js';
import { columnsOf, keep } from 'tagma/data-manager/columns.js';
import { colors, people } from 'tagma/data-manager/cells.js';
import { drawFilters } from 'tagma/data-manager/filters.js';
import { remember, remembered } from 'tagma/data-manager/place.js';
import { openQuick } from 'tagma/data-manager/quick.js';
import { Rows } from 'tagma/data-manager/rows.js';
import { Selection } from 'tagma/data-manager/selection.js';
import { Table } from 'tagma/data-manager/table.js';
import { countTabs, drawTabs } from 'tagma/data-manager/tabs.js';
import { exportDialog, importDialog } from 'tagma/data-manager/transfer.js';
import { runAction } from 'tagma/data-manager/actions.js';
import { keys } from 'tagma/ui/frame.js';
import { menu } from 'tagma/ui/menu.js';
import { toast, toastError, wordsOf } from 'tagma/ui/toast.js';

const LONGEST_QUERY = 6000; // an address of some 8,000 signs passes every proxy
const data = JSON.parse(document.getElementById('page-data')?.textContent ?? '{}');
const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
data.actions = [];
api.get(`/api/dm/actions/?project=${data.project.id}`).then((found) => { data.actions = found; }).catch(toastError);
for (const label of data.labels) colors.set(label.value, label.color);
for (const person of data.people) people.set(person.id, person);

/** The view on screen; `id` is null while it was never saved. @type {{id: number | null, data: any}} */
let view = data.view;
let filters = filtersOf(view);
let ordering = view.data.ordering?.[0] ?? '';
let columns = columnsOf(data.columns, view.data, data.first.rows);

/** @param {any} given */
function filtersOf(given) {
  const items = given.data.filters?.items ?? [];
  return { conjunction: given.data.filters?.conjunction ?? 'and', items: structuredClone(items) };
}

const query = () => JSON.stringify({ filters, ordering: ordering ? [ordering] : [] });
const rows = new Rows(
  (start, length, signal) => api.get(`/projects/${data.project.id}/data/rows?${new URLSearchParams({ start: String(start), length: String(length), query: query() })}`, { signal }),
  { onchange: () => changed(), onerror: (error) => fail(error) },
);
const selection = new Selection(() => changed());
const table = new Table($('dm-host'), {
  rows, selection, columns: () => columns, ordering: () => ordering,
  onsort: (next) => { ordering = next; ask(); },
  oncolumns: () => save(), onopen: (row) => open(row), onmenu: (row, anchor) => rowMenu(row, anchor),
});
let ready = false;
rows.seed(data.first);
ready = true;
table.setMode(modeOf());
changed();
drawAll();
const place = remembered(data.project.id);
const asked = new URLSearchParams(location.search);
if (place && place.tab !== view.id && !asked.has('tab') && data.views.some((/** @type {any} */ one) => one.id === place.tab)) {
  asked.set('tab', String(place.tab));
  location.replace(`?${asked}`);
} else if (place?.tab === view.id) {
  selection.restore(place.all, place.ids);
  table.goTo(place);
}
remember(data.project.id, () => ({ tab: view.id, ...table.place, all: selection.all, ids: [...selection.ids] }));
const recount = () => countTabs(data.views, view.id, data.project.id, () => drawAll());
recount();

/** @returns {string} */
function modeOf() {
  return view.data.type === 'grid' ? 'grid' : view.data.density === 'tall' ? 'tall' : 'near';
}

/** Something on screen may be different. */
function changed() {
  if (!ready) return;
  table.update();
  const chosen = selection.count(rows.total);
  $('dm-right').hidden = chosen > 0;
  $('dm-chosen').hidden = chosen === 0;
  if (chosen) drawChosen(chosen);
  $('dm-counts').textContent = [
    rows.total === data.project.task_number ? tn('{n} task', '{n} tasks', rows.total) : t('{shown} of {total} tasks', { shown: number(rows.total), total: number(data.project.task_number) }),
    tn('{n} annotation', '{n} annotations', rows.annotations), tn('{n} prediction', '{n} predictions', rows.predictions),
  ].join(' · ');
  const tab = data.views.find((/** @type {any} */ one) => one.id === view.id);
  if (tab && tab.count !== rows.total) {
    tab.count = rows.total;
    drawAll();
  }
  const label = $('dm-label');
  label.querySelector('span')?.replaceChildren(rows.total ? t('Label {n} tasks', { n: number(rows.total) }) : t('Label tasks'));
  drawEmpty();
}

function drawEmpty() {
  const empty = $('dm-empty');
  empty.hidden = rows.total > 0;
  if (rows.total) return;
  const filtered = filters.items.length > 0;
  empty.replaceChildren(h('div.empty', null, icon(filtered ? 'filter' : 'inbox', 32),
    h('h2', null, filtered ? t('No task fits these filters.') : t('This project has no tasks yet: bring in pictures, texts or a table.')),
    filtered ? h('button.button', { type: 'button', onclick: () => { filters.items.length = 0; ask(); } }, t('Remove all filters'))
      : data.may.import ? h('button.button.button-primary', { type: 'button', onclick: () => $('dm-import').click() }, icon('upload'), t('Import tasks')) : null));
}

/** @param {any} error */
function fail(error) {
  const empty = $('dm-empty');
  if (rows.total) return toastError(error);
  empty.hidden = false;
  empty.replaceChildren(h('div.empty', { role: 'alert' }, icon('circle-alert', 32), h('p', null, wordsOf(error)), h('button.button', { type: 'button', onclick: () => ask() }, t('Try again'))));
}

/** Filters or order changed: ask anew, and keep it in the view. */
async function ask() {
  drawAll();
  try {
    await rows.reload();
    table.scroller.scrollTo(0, 'start');
    save();
  } catch (error) {
    toastError(error);
  }
}

let saving = 0;
/** The view keeps what was chosen, a moment after the last change. */
function save() {
  if (!data.may.views) return;
  clearTimeout(saving);
  saving = setTimeout(async () => {
    const kept = { ...view.data, ...keep(columns), filters, ordering: ordering ? [ordering] : [] };
    try {
      const saved = view.id ? await api.patch(`/api/dm/views/${view.id}/`, { data: kept }) : await api.post('/api/dm/views/', { project: data.project.id, data: { title: t('All tasks'), ...kept } });
      if (!view.id) data.views.push(saved);
      else data.views.find((/** @type {any} */ one) => one.id === view.id).data = saved.data;
      view.id = saved.id;
      view.data = saved.data;
      drawAll();
    } catch (error) {
      toastError(error);
    }
  }, 500);
}

/** @param {any} next */
async function show(next) {
  view = next;
  filters = filtersOf(view);
  ordering = view.data.ordering?.[0] ?? '';
  columns = columnsOf(data.columns, view.data, data.first.rows);
  selection.clear();
  history.pushState({ tab: view.id }, '', `?tab=${view.id ?? ''}`);
  drawAll();
  table.setMode(modeOf());
  try {
    await rows.reload();
    table.scroller.scrollTo(0, 'start');
  } catch (error) {
    fail(error);
  }
}

function drawAll() {
  drawTabs($('dm-tabs'), { views: data.views, view, project: data.project.id, may: data.may.views, show, current: () => ({ ...view.data, ...keep(columns), filters, ordering: ordering ? [ordering] : [] }) });
  drawFilters($('dm-filters'), filters, columns, () => ask());
  for (const [id, mode] of [['dm-near', 'near'], ['dm-tall', 'tall'], ['dm-grid', 'grid']]) $(id).setAttribute('aria-pressed', String(modeOf() === mode));
  $('dm-label').setAttribute('href', `${root()}/projects/${data.project.id}/label${view.id ? `?view=${view.id}&tab=${view.id}` : ''}`);
}

for (const [id, change] of /** @type {[string, any][]} */ ([['dm-near', { type: 'list', density: 'near' }], ['dm-tall', { type: 'list', density: 'tall' }], ['dm-grid', { type: 'grid' }]])) {
  $(id).addEventListener('click', () => {
    Object.assign(view.data, change);
    table.setMode(modeOf());
    drawAll();
    save();
  });
}

$('dm-columns').addEventListener('click', () => menu($('dm-columns'), [
  ...columns.map((column) => columnEntry(column)),
], { label: t('Columns'), keep: true, className: '.dm-columns' }));

/** @param {import('tagma/data-manager/columns.js').Column} column */
function columnEntry(column) {
  const box = h('input.box', { type: 'checkbox', checked: column.shown, disabled: column.id === 'id', onchange: () => { column.shown = box.checked; table.update(); save(); } });
  const move = (/** @type {number} */ by) => {
    const at = columns.indexOf(column);
    const to = Math.max(1, Math.min(columns.length - 1, at + by));
    columns.splice(at, 1);
    columns.splice(to, 0, column);
    const entry = box.closest('.menu-item');
    const siblings = [...entry.parentElement.children];
    siblings[to][to > at ? 'after' : 'before'](entry);
    table.update();
    save();
  };
  return h('div.menu-item', null, h('label.row.grow', null, box, h('span.cut', null, column.title)),
    column.id === 'id' ? null : [
      h('button.icon-button', { type: 'button', title: t('Earlier'), 'aria-label': t('Move {column} earlier', { column: column.title }), onclick: () => move(-1) }, icon('chevron-up', 14)),
      h('button.icon-button', { type: 'button', title: t('Later'), 'aria-label': t('Move {column} later', { column: column.title }), onclick: () => move(1) }, icon('chevron-down', 14))]);
}

$('dm-sort').addEventListener('click', () => {
  const [sorted, down] = [ordering.replace(/^-?tasks:/, ''), ordering.startsWith('-')];
  menu($('dm-sort'), [
    { title: t('In the order they came'), checked: !ordering, run: () => { ordering = ''; ask(); } },
    ...columns.filter((column) => column.type !== 'Labels').map((column) => ({ title: column.title, icon: column.id === sorted ? (down ? 'arrow-down' : 'arrow-up') : undefined, checked: column.id === sorted, run: () => { ordering = ordering === `tasks:${column.id}` ? `-tasks:${column.id}` : `tasks:${column.id}`; ask(); } })),
  ], { label: t('Sort') });
});

/** @param {number} chosen */
function drawChosen(chosen) {
  const act = (/** @type {string} */ id) => data.actions.find((/** @type {any} */ one) => one.id === id);
  const run = (/** @type {any} */ action, /** @type {number} */ count = chosen, /** @type {any} */ wire = selection.wire) => runAction(action, { project: data.project.id, count, wire, filters, ordering, done: refresh });
  const rest = data.actions.filter((/** @type {any} */ one) => !one.hidden && one.id !== 'delete_tasks');
  const more = h('button.icon-button', { type: 'button', title: t('More actions'), 'aria-label': t('More actions'), onclick: () => menu(more, rest.map((/** @type {any} */ one) => ({ title: t(one.title), disabled: one.disabled ? one.disabled_reason ?? t('not possible here') : '', run: () => run(one) }))) }, icon('ellipsis'));
  $('dm-chosen').replaceChildren(
    h('b.num', { role: 'status' }, tn('{n} selected', '{n} selected', chosen)),
    ...(chosen < rows.total ? [h('button.link-button', { type: 'button', onclick: () => selection.everything() }, t('Select all {n}', { n: number(rows.total) }))] : []),
    h('button.button.button-small.button-quiet', { type: 'button', onclick: () => labelChosen() }, icon('tag'), t('Label tasks')),
    ...(data.may.export ? [h('button.button.button-small.button-quiet', { type: 'button', onclick: () => openExport() }, icon('download'), t('Export'))] : []),
    ...(act('delete_tasks') ? [h('button.button.button-small.button-quiet.button-bad', { type: 'button', onclick: () => run(act('delete_tasks')) }, icon('trash-2'), t('Delete'))] : []),
    ...(rest.length ? [more] : []),
    h('span.grow'),
    h('button.icon-button', { type: 'button', title: t('Clear the selection (Esc)'), 'aria-label': t('Clear the selection'), onclick: () => selection.clear() }, icon('x')));
}

/** A label stream of the chosen tasks only, in the order of the list. */
function labelChosen() {
  const query = JSON.stringify({ filters, ordering: ordering ? [ordering] : [], selectedItems: selection.wire });
  if (query.length > LONGEST_QUERY) return void toast(t('These are too many single tasks for one stream. Choose fewer, or narrow the list by a filter and take all of it.'), { kind: 'bad' });
  location.assign(url(`/projects/${data.project.id}/label?${new URLSearchParams({ query, ...(view.id ? { tab: String(view.id) } : {}) })}`));
}

async function refresh() {
  selection.clear();
  try {
    data.project = { ...data.project, ...(await api.get(`/api/projects/${data.project.id}/?include=task_number,title`)) };
    data.columns = (await api.get(`/api/dm/columns/?project=${data.project.id}`)).columns;
    columns = columnsOf(data.columns, { ...view.data, ...(view.data.hiddenColumns ? keep(columns) : {}) }, data.first.rows);
    await rows.reload();
    recount();
  } catch (error) {
    toastError(error);
  }
}

/** @param {any} row @param {Element} anchor */
function rowMenu(row, anchor) {
  const address = url(`/projects/${data.project.id}/label?task=${row.id}`);
  const remove = data.actions.find((/** @type {any} */ one) => one.id === 'delete_tasks');
  menu(anchor, [
    { title: t('Open beside the list'), icon: 'panel-right', key: '↵', run: () => open(row) },
    { title: t('Open on its own page'), icon: 'maximize-2', run: () => location.assign(address) },
    { title: t('Copy link'), icon: 'link', run: () => import('tagma/ui/copy.js').then(({ copy }) => copy(new URL(address, location.href).href)) },
    remove && { title: t('Delete'), icon: 'trash-2', bad: true, run: () => runAction(remove, { project: data.project.id, count: 1, wire: { all: false, included: [row.id] }, filters: null, ordering, done: refresh }) },
  ]);
}

/** @param {any} row */
function open(row) {
  openQuick(row, data.project, { back: () => table.viewport.focus(), changed: () => rows.reload().catch(toastError), step: (by) => step(row, by) });
}

/** The task before or after this one in the list. @param {any} row @param {number} by */
function step(row, by) {
  const at = rows.placeOf(row.id) + by;
  const next = rows.at(at);
  if (!next) return;
  table.focus(at);
  open(next);
}

const openExport = () => exportDialog(data.project.id, { total: rows.total, chosen: selection.count(rows.total), wire: selection.wire, filters });
$('dm-import')?.addEventListener('click', () => importDialog(data.project.id, data.rules, refresh));
$('dm-export')?.addEventListener('click', openExport);
keys.add({ name: 'data:filter', title: t('Add a filter'), keys: ['f'], run: () => $('add-filter').click() });
keys.add({ name: 'data:import', title: t('Import tasks'), keys: ['i'], run: () => $('dm-import')?.click() });
keys.add({ name: 'data:export', title: t('Export'), keys: ['e'], run: () => $('dm-export')?.click() });
keys.add({ name: 'data:label', title: t('Label tasks'), keys: ['l'], run: () => $('dm-label').click() });
keys.add({ name: 'data:focus', title: t('Go to the table'), keys: ['t'], run: () => table.viewport.focus() });
addEventListener('popstate', () => location.reload());
const wanted = Number(new URLSearchParams(location.search).get('task'));
if (wanted) open(rows.at(rows.placeOf(wanted)) ?? { id: wanted });
