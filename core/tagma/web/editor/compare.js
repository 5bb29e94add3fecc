/** Several annotations and predictions side by side; nothing can be changed here, but any of them can be opened or copied. */
import { fill, h, icon } from '../dom.js';
import { dateTime, t, tn } from '../i18n.js';
import { Keys } from '../keys.js';
import { openDesk } from './desk.js';

/** @param {HTMLElement} host @param {import('./index.js').Editor} editor @param {import('./tabs.js').Tab[]} tabs @returns {Promise<() => void>} */
export async function openCompare(host, editor, tabs) {
  const grid = h('div.compare');
  host.append(grid);
  /** @type {{destroy(): void}[]} */
  const desks = [];
  for (const [place, tab] of tabs.entries()) {
    if (tab.kind === 'new' && !tab.result.length) continue;
    const head = h('div.compare-head', null, icon(tab.kind === 'prediction' ? 'sparkles' : 'user-round', 14), h('button.link-button', { type: 'button', onclick: () => editor.choose(place) }, tab.title),
      h('span.soft.grow', null, [tab.when ? dateTime(tab.when) : '', tab.skipped ? t('skipped') : ''].filter(Boolean).join(' · ')), h('span.soft.num'));
    const body = h('div.compare-body');
    const labels = h('ul.compare-labels'); // there from the start, so that what is fitted into the rest stays so
    grid.append(h('section.compare-card', { 'aria-label': tab.title }, head, body, labels));
    const desk = await openDesk(body, { root: editor.root, task: editor.task, keys: new Keys(), results: tab.result, readonly: true, panel: false });
    fill(/** @type {Element} */ (head.lastElementChild), tn('{n} region', '{n} regions', desk.session.regions().length));
    fill(labels, countLabels(desk.session).map(({ text, color, count }) => h('li', null, h('span.region-swatch', { vars: { '--label': color } }), text, h('span.num.soft', null, ` ${count}`))));
    desks.push(desk);
  }
  return () => {
    desks.forEach((desk) => desk.destroy());
    grid.remove();
  };
}

/** @param {import('./session.js').Session} session */
function countLabels(session) {
  const said = session.regions().map((region) => session.describe(region));
  return [...Map.groupBy(said, ({ text }) => text)].map(([text, all]) => ({ text, color: all[0].color, count: all.length }));
}
