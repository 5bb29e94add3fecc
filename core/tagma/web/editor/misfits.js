/** What a prediction says that can't be drawn here, or does not fit the set-up: asked for when the desk is at rest, told quietly. */
import { api } from '../api.js';
import { h, icon } from '../dom.js';
import { t, tn } from '../i18n.js';

const SHOWN = 20;
const whenIdle = (/** @type {() => void} */ work) => ('requestIdleCallback' in globalThis ? requestIdleCallback(work, { timeout: 2000 }) : setTimeout(work, 200));

/** @param {HTMLElement} place before which the note stands @param {number} id of the prediction @returns {() => void} takes it away */
export function misfits(place, id) {
  const leaving = new AbortController();
  /** @type {HTMLElement | null} */
  let note = null;
  whenIdle(async () => {
    if (leaving.signal.aborted) return;
    try {
      const { results, faults } = await api.get(`/api/predictions/${id}/faults/`, { signal: leaving.signal });
      if (!faults.length || leaving.signal.aborted) return;
      const shown = h('details.editor-misfits', null,
        h('summary', null, icon('triangle-alert'), tn('{n} result of the prediction does not fit, and may not be drawn: see why', '{n} results of the prediction do not fit, and may not be drawn: see why', results)),
        h('div', { tabIndex: 0, role: 'region', 'aria-label': t('What does not fit') },
          h('ul', null, faults.slice(0, SHOWN).map(line), faults.length > SHOWN ? h('li', null, t('… and {n} more', { n: faults.length - SHOWN })) : null)));
      place.before(shown);
      note = shown;
    } catch (error) {
      if (!leaving.signal.aborted) console.warn('the faults of a prediction could not be asked for', error); // it is looked at all the same
    }
  });
  return () => {
    leaving.abort();
    note?.remove();
  };
}

/** @param {{message: string, hint: string, where: any}} fault */
const line = ({ message, hint, where }) => h('li', null, where.path ? h('code', null, where.path) : null, ' ', message, hint ? h('span.soft', null, ` ${hint}`) : null);
