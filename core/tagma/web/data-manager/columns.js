/** Columns of the table: what the server knows of them, and how this view shows them. */
import { h } from 'tagma/dom.js';
import { t } from 'tagma/i18n.js';
import { plain } from './text.js';

/** @typedef {{id: string, title: string, type: string, help: string, width: number, numeric: boolean, data: boolean, shown: boolean, server: boolean, choices?: any[]}} Column */

const TITLES = () => /** @type {Record<string, string>} */ ({
  id: t('ID'), state: t('State'), labels: t('Labels'), inner_id: t('Number'), completed_at: t('Completed'), total_annotations: t('Annotations'), cancelled_annotations: t('Skipped'),
  total_predictions: t('Predictions'), annotators: t('Annotators'), annotations_results: t('Annotation results'), annotations_ids: t('Annotation IDs'),
  predictions_score: t('Score'), predictions_model_versions: t('Models'), predictions_results: t('Prediction results'), file_upload: t('Uploaded file'),
  storage_filename: t('Storage file'), created_at: t('Created'), updated_at: t('Changed'), updated_by: t('Changed by'), avg_lead_time: t('Mean time'), draft_exists: t('Draft'),
});
const WIDTHS = /** @type {Record<string, number>} */ ({ id: 84, state: 112, labels: 200, annotators: 120, updated_at: 120, created_at: 120, completed_at: 120, annotations_results: 240, predictions_results: 240 });
const SHOWN_FIRST = new Set(['annotators', 'total_annotations', 'total_predictions', 'predictions_score', 'updated_at']);
const FILES = new Set(['Image', 'Audio', 'AudioPlus', 'Video', 'TimeSeries']);

/** Wide enough for what stands in the first rows, within reason. @param {string} key of the data @param {any[]} rows */
function widthOf(key, rows) {
  const longest = rows.slice(0, 30).reduce((most, row) => Math.max(most, plain(row.data?.[key] ?? '').length), key.length);
  return Math.max(88, Math.min(280, longest * 8 + 28));
}

/**
 * @param {any[]} server columns as `/api/dm/columns/` tells them @param {any} view the view's data @param {any[]} rows the first ones, for widths
 * @returns {Column[]} in the view's order
 */
export function columnsOf(server, view, rows) {
  const titles = TITLES();
  const made = server.filter((column) => column.id !== 'data').map((column) => {
    const data = column.parent === 'data';
    const id = data ? `data.${column.id}` : column.id;
    const numeric = column.type === 'Number' || column.type === 'Time';
    return {
      id, data, numeric, server: true, type: id === 'labels' ? 'Labels' : column.type, title: titles[id] ?? column.title, help: column.help ?? '', choices: column.schema?.items,
      width: WIDTHS[id] ?? (FILES.has(column.type) ? 260 : data ? widthOf(column.id, rows) : numeric ? 108 : 132), shown: data || SHOWN_FIRST.has(id),
    };
  });
  const at = (/** @type {string} */ id) => made.filter((column) => column.id === id);
  const rest = made.filter((column) => column.id !== 'id' && column.id !== 'state' && column.id !== 'labels' && !column.data);
  const order = [...at('id'), ...at('state'), ...made.filter((column) => column.data), ...at('labels'), ...rest.filter((column) => SHOWN_FIRST.has(column.id)), ...rest.filter((column) => !SHOWN_FIRST.has(column.id))];
  for (const column of [...at('id'), ...at('state'), ...at('labels')]) column.shown = true;
  return arrange(order, view);
}

/** @param {Column[]} columns @param {any} view */
function arrange(columns, view) {
  const key = (/** @type {Column} */ column) => `tasks:${column.id}`;
  const hidden = view.hiddenColumns?.explore;
  const wanted = view.columnsOrder ?? [];
  for (const column of columns) {
    column.width = Number(view.columnsWidth?.[key(column)]) || column.width;
    if (hidden) column.shown = !hidden.includes(key(column));
    if (column.id === 'id') column.shown = true;
  }
  const place = (/** @type {Column} */ column) => (column.id === 'id' ? -1 : wanted.indexOf(key(column)));
  return columns.map((column, index) => ({ column, rank: place(column) === -1 && column.id !== 'id' ? 1000 + index : place(column) }))
    .sort((a, b) => a.rank - b.rank).map(({ column }) => column);
}

/** What a view keeps of the columns. @param {Column[]} columns */
export function keep(columns) {
  return {
    hiddenColumns: { explore: columns.filter((column) => !column.shown).map((column) => `tasks:${column.id}`), labeling: [] },
    columnsWidth: Object.fromEntries(columns.map((column) => [`tasks:${column.id}`, column.width])),
    columnsOrder: columns.map((column) => `tasks:${column.id}`),
  };
}

/** @param {any} row @param {string} id */
export function valueOf(row, id) {
  return id.startsWith('data.') ? row.data?.[id.slice(5)] : row[id];
}

/** What state a task is in, as the server's column of that name has it. @param {any} row */
export function stateOf(row) {
  if (row.is_labeled) return 'done';
  if (row.draft_exists) return 'draft';
  if (row.cancelled_annotations && !row.total_annotations) return 'skipped';
  return row.total_annotations ? 'begun' : 'open';
}

export const stateWord = (/** @type {string} */ state) => ({ done: t('Done'), draft: t('Draft'), skipped: t('Skipped'), begun: t('Begun'), open: t('Open') })[state] ?? state;

/** A small mark of its own shape, and the word. @param {any} row */
export function stateMark(row) {
  const state = stateOf(row);
  return [h(`span.mark.mark-${state === 'begun' ? 'review' : state}`), stateWord(state)];
}
