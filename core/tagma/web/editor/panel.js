/** The panel at the side, on a phone a sheet from the bottom: regions, history, and the details of the selected region below. */
import { h, icon } from '../dom.js';
import { t } from '../i18n.js';
import { toastError } from '../ui/toast.js';
import { drawDetails } from './details.js';
import { drawRegions } from './regions.js';

/** @param {HTMLElement} side @param {import('./session.js').Session} session @param {{controls: HTMLElement, marks: boolean, past: number | null, clean(work: () => void): void}} given `marks`: whether there can be regions at all */
export function mountPanel(side, session, { controls, marks, past, clean }) {
  const count = h('span.num.soft');
  const regionsPage = h('div.side-page');
  const historyPage = h('div.side-page.history');
  if (marks) {
    drawRegions(regionsPage, session, count, clean);
    drawDetails(regionsPage, session, controls, clean);
  }
  const pages = [...(marks ? [{ words: [t('Regions'), count], page: regionsPage, show: () => {} }] : []), ...(past === null ? [] : [{ words: [t('History')], page: historyPage, show: () => import('./history.js').then(({ mountHistory }) => mountHistory(historyPage, session, past)).catch(toastError) }])];
  const id = `side-${Math.random().toString(36).slice(2, 8)}`;
  const tabs = pages.map(({ words, page }, place) => {
    page.id = `${id}-${place}`;
    page.setAttribute('role', 'tabpanel');
    const tab = h('button.side-tab', { type: 'button', role: 'tab', id: `${id}-tab-${place}`, 'aria-controls': page.id, onclick: () => open(place, true), onkeydown: walk }, words);
    page.setAttribute('aria-labelledby', tab.id);
    return tab;
  });
  let chosen = 0;
  const narrow = matchMedia('(width < 720px)');

  /** @param {number} place @param {boolean} [byHand] on a phone a second tap closes the sheet again */
  function open(place, byHand = false) {
    if (byHand && narrow.matches) raise(place === chosen && side.dataset.sheet === 'open' ? '' : 'open');
    chosen = place;
    pages.forEach(({ page }, other) => {
      page.hidden = other !== chosen;
      tabs[other].setAttribute('aria-selected', String(other === chosen));
      tabs[other].tabIndex = other === chosen ? 0 : -1;
    });
    pages[chosen].show();
  }

  const handle = h('button.sheet-handle', { type: 'button', 'aria-label': t('Show or hide the panel'), 'aria-expanded': 'false', onclick: () => raise(side.dataset.sheet === 'open' ? '' : 'open') }, icon('chevron-up'));
  /** @param {string} state */
  function raise(state) {
    side.dataset.sheet = state;
    handle.setAttribute('aria-expanded', String(state === 'open'));
  }

  /** @param {KeyboardEvent} event */
  function walk(event) {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (!by || tabs.length < 2) return;
    event.preventDefault();
    open((chosen + by + tabs.length) % tabs.length);
    tabs[chosen].focus();
  }
  side.append(h('div.side-head', null, h('div.side-tabs', { role: 'tablist', 'aria-label': t('Panel') }, tabs), handle), ...pages.map(({ page }) => page));
  raise('');
  open(0);
}
