/**
 * What can be looked at of a task: its annotations, its predictions, and a new annotation; as tabs, in this order.
 *
 * @typedef {{kind: 'new' | 'annotation' | 'prediction' | 'compare', id: number | null, title: string, mine: boolean, result: any[],
 *   draft?: number | null, draft_at?: string | null, lead_time?: number, when?: string, skipped?: boolean, truth?: boolean,
 *   score?: number | null, parent_prediction?: number, parent_annotation?: number}} Tab
 */
import { h, icon, iconButton } from '../dom.js';
import { dateTime, number, t } from '../i18n.js';

/**
 * The prediction that a new annotation begins from: the newest of the version that the project shows.
 * @param {any} task @param {{show_collab_predictions?: boolean, shown_version?: string}} project
 */
export function startOf(task, { show_collab_predictions: shows = true, shown_version: version = '' }) {
  const found = shows && (task.predictions ?? []).findLast((/** @type {any} */ one) => one.result?.length && (!version || one.model_version === version));
  return found ? { result: asStart(found.result), parent_prediction: found.id } : null;
}

/** A prediction's results as those of an annotation that begins with them. @param {any[]} result */
export const asStart = (result) => result.map((item) => ({ ...item, origin: 'prediction' }));

/**
 * @param {any} task @param {number} me @param {Partial<Tab> | null} begun a new annotation that was asked for
 * @param {{start?: Partial<Tab> | null, predictions?: boolean}} [how] `start`: what a new one begins with that nobody has begun; whether `predictions` are shown
 * @returns {Tab[]}
 */
export function tabsOf(task, me, begun, { start = null, predictions: shown = true } = {}) {
  const draftOf = (/** @type {number | null} */ annotation) => (task.drafts ?? []).findLast((/** @type {any} */ one) => (one.annotation ?? null) === annotation);
  const drafted = (/** @type {any} */ draft) => draft && { draft: draft.id, draft_at: draft.updated_at, lead_time: draft.lead_time ?? 0, result: draft.result ?? [] };
  const annotations = (task.annotations ?? []).map((/** @type {any} */ one) => /** @type {Tab} */ ({
    kind: 'annotation', id: one.id, result: one.result ?? [], title: personOf(one), mine: idOf(one.completed_by) === me, when: one.updated_at,
    skipped: one.was_cancelled, truth: one.ground_truth, lead_time: one.lead_time ?? 0, ...drafted(draftOf(one.id)),
  }));
  const predictions = (shown ? (task.predictions ?? []) : []).map((/** @type {any} */ one) => /** @type {Tab} */ ({
    kind: 'prediction', id: one.id, result: one.result ?? [], title: one.model_version && one.model_version !== 'undefined' ? one.model_version : t('Prediction'), mine: false, when: one.created_at, score: one.score,
  }));
  const mine = annotations.filter((/** @type {Tab} */ one) => one.mine);
  const others = annotations.filter((/** @type {Tab} */ one) => !one.mine);
  const draft = draftOf(null);
  const fresh = begun || draft || !mine.length ? [/** @type {Tab} */ ({ kind: 'new', id: null, title: t('New annotation'), mine: true, result: [], ...(draft || begun || mine.length ? {} : start), ...drafted(draft), ...begun })] : [];
  return [...fresh, ...mine, ...others, ...predictions];
}

/** @param {any} by */
const idOf = (by) => (typeof by === 'object' ? by?.id : by);

/** @param {any} annotation */
function personOf({ id, completed_by: by }) {
  return (by && [by.first_name, by.last_name].filter(Boolean).join(' ')) || by?.email?.split('@')[0] || t('Annotation {id}', { id });
}

/**
 * The row of tabs; null where there is only one thing to see.
 * @param {Tab[]} tabs @param {number} chosen -1 for the comparison @param {import('./index.js').Editor} editor
 */
export function drawTabs(tabs, chosen, editor) {
  if (tabs.length < 2) return null;
  const entry = (/** @type {number} */ place, /** @type {string} */ sign, /** @type {any[]} */ words, /** @type {string} */ title) => h('button.editor-tab', {
    type: 'button', role: 'tab', 'aria-selected': String(place === chosen), tabIndex: place === chosen ? 0 : -1, title, onclick: () => editor.choose(place),
  }, icon(sign, 14), words);
  const row = h('div.editor-tabs', null,
    h('div.editor-tablist', { role: 'tablist', 'aria-label': t('Annotations'), onkeydown: walk },
      tabs.map((one, place) => entry(place, one.kind === 'prediction' ? 'sparkles' : one.kind === 'new' ? 'pencil' : one.truth ? 'star' : 'user-round', [
        h('span', null, one.title), one.skipped ? h('span.soft', null, t('skipped')) : null, one.draft && one.kind === 'annotation' ? h('span.soft', null, t('draft')) : null, one.score === null || one.score === undefined ? null : h('span.soft.num', null, number(Math.round(one.score * 100) / 100)),
      ], one.when ? dateTime(one.when) : '')),
      entry(-1, 'columns-3', [h('span', null, t('Compare'))], editor.keys.hint('annotation:compare'))),
    tabs.some((one) => one.kind === 'new') || !editor.page.may.create ? null : iconButton('plus', t('New annotation'), editor.keys.hint('annotation:new'), () => editor.begin({})));
  return row;
}

/** Arrows walk along the tabs. @param {KeyboardEvent} event */
function walk(event) {
  const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  if (!by) return;
  event.preventDefault();
  event.stopPropagation();
  const tabs = [.../** @type {HTMLElement} */ (event.currentTarget).querySelectorAll('button')];
  const at = tabs.indexOf(/** @type {any} */ (document.activeElement));
  tabs[(at + by + tabs.length) % tabs.length].focus();
}
