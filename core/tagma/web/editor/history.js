/** What an annotation was after each action, the newest first; any of them can be taken up again, as one undoable step. */
import { api } from '../api.js';
import { fill, h } from '../dom.js';
import { dateTime, t, tn } from '../i18n.js';
import { regionsOf } from '../store.js';

const ACTIONS = () => /** @type {Record<string, string>} */ ({
  imported: t('Imported'), prediction: t('From a prediction'), submitted: t('Submitted'), updated: t('Updated'), skipped: t('Skipped'),
  deleted: t('Deleted'), restored: t('Restored'),
});

/** @param {HTMLElement} host @param {import('./session.js').Session} session @param {number} annotation */
export async function mountHistory(host, session, annotation) {
  fill(host, h('p.regions-empty.soft', { role: 'status' }, t('Loading')));
  try {
    const steps = await api.get(`/api/annotations/${annotation}/history/`);
    const names = ACTIONS();
    fill(host, steps.length ? h('ol.history-list', null, steps.toReversed().map((/** @type {any} */ step) => h('li', null,
      h('div', null, h('strong', null, names[step.action] ?? step.action), ' ', h('span.soft', null, nameOf(step.created_by))),
      h('div.soft', null, dateTime(step.created_at), ' · ', tn('{n} result', '{n} results', step.result?.length ?? 0)),
      session.readonly ? null : h('button.link-button', { type: 'button', onclick: () => takeUp(session, step.result ?? []) }, t('Take this up again'))))) : h('p.regions-empty.soft', null, t('Nothing was noted yet.')));
  } catch (error) {
    fill(host, h('p.regions-empty', { role: 'alert' }, /** @type {Error} */ (error).message));
  }
}

/** @param {any} person */
const nameOf = (person) => [person?.first_name, person?.last_name].filter(Boolean).join(' ') || person?.email || '';

/** @param {import('./session.js').Session} session @param {any[]} results */
function takeUp(session, results) {
  session.store.tx(t('Take up an earlier state'), (tx) => {
    const wanted = regionsOf(results);
    const ids = new Set(wanted.map((region) => region.id));
    for (const region of session.store.all()) if (!ids.has(region.id)) tx.remove(region.id);
    for (const region of wanted) tx.put(region);
  });
}
