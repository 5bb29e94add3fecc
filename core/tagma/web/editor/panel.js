/** The panel at the side: the list of regions, of which only the rows in sight exist, and the details of the selected one. */
import { eachFrame, fill, h, iconButton } from '../dom.js';
import { t } from '../i18n.js';
import { mountHistory } from './history.js';

const ROW = 32;

/** @param {HTMLElement} side @param {import('./session.js').Session} session @param {{controls: HTMLElement, marks: boolean, past: number | null, clean(work: () => void): void}} given `marks`: whether there can be regions at all */
export function mountPanel(side, session, { controls, marks, past, clean }) {
  const count = h('span.num.soft');
  const space = h('div.regions-space');
  const list = h('div.regions', { tabIndex: 0, role: 'listbox', 'aria-label': t('Regions') }, space);
  const title = h('div.details-title');
  const numbers = h('p.details-numbers.num.soft');
  const details = h('section.details', { 'aria-label': t('Details') }, title, numbers, controls);
  const regionsPage = h('div.side-page', null, list, details);
  const historyPage = h('div.side-page.history');
  const pages = [...(marks ? [{ words: [t('Regions'), count], page: regionsPage, show: () => {} }] : []), ...(past === null ? [] : [{ words: [t('History')], page: historyPage, show: () => mountHistory(historyPage, session, past) }])];
  const tabs = pages.map(({ words }, place) => h('button.side-tab', { type: 'button', role: 'tab', onclick: () => open(place) }, words));
  const open = (/** @type {number} */ chosen) => {
    pages.forEach(({ page }, place) => {
      page.hidden = place !== chosen;
      tabs[place].setAttribute('aria-selected', String(place === chosen));
    });
    pages[chosen].show();
  };
  side.append(h('div.side-head', { role: 'tablist' }, pages.length > 1 ? tabs : h('h2', null, pages[0].words)), ...pages.map(({ page }) => page));
  open(0);
  /** @type {string[]} */
  let ids = [];
  /** @type {Map<string, number>} id -> place in the list */
  let places = new Map();
  const { selection, store } = session;
  const regionAt = (/** @type {number} */ place) => /** @type {import('../store.js').Region} */ (store.get(ids[place]));

  const row = (/** @type {import('../store.js').Region} */ region, /** @type {number} */ place) => {
    const said = session.describe(region);
    const hidden = selection.hidden.has(region.id);
    const locked = said.locked || selection.locked.has(region.id);
    const element = h('div.region', { role: 'option', 'aria-posinset': String(place + 1), title: said.why, class: hidden ? 'is-hidden' : '', vars: { '--label': said.color },
      onclick: (/** @type {MouseEvent} */ event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) selection.toggle(region.id);
        else selection.set([region.id]);
        session.reveal.get(said.object)?.(region);
      } },
    h('span.region-number.num', null, String(place + 1)), h('span.region-swatch'), h('span.region-label', null, said.text), h('span.region-excerpt.soft', null, said.excerpt),
    iconButton(hidden ? 'eye-off' : 'eye', hidden ? t('Show') : t('Hide'), '', (event) => { event.stopPropagation(); selection.mark('hidden', [region.id], !hidden); }, { class: hidden ? 'kept' : '', tabIndex: -1 }),
    iconButton(locked ? 'lock' : 'lock-open', locked ? t('Unlock') : t('Lock'), '', (event) => { event.stopPropagation(); selection.mark('locked', [region.id], !locked); }, { class: locked ? 'kept' : '', disabled: said.locked, tabIndex: -1 }));
    element.style.transform = `translateY(${place * ROW}px)`;
    return element;
  };

  /** @type {Map<string, {element: HTMLElement, made: string, region: import('../store.js').Region}>} rows that exist, kept while they say the same */
  const rows = new Map();
  const empty = h('p.regions-empty.soft');
  space.append(empty);
  const drawList = () => {
    const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 4);
    const last = Math.min(ids.length, first + Math.ceil((list.clientHeight || 400) / ROW) + 8);
    for (const [id, { element }] of rows) {
      const place = places.get(id) ?? -1;
      if (place >= first && place < last) continue;
      element.remove();
      rows.delete(id);
    }
    for (let place = first; place < last; place++) {
      const region = regionAt(place);
      const made = `${place} ${selection.hidden.has(region.id)} ${selection.locked.has(region.id)}`;
      let kept = rows.get(region.id);
      if (kept?.region !== region && kept && alike(session.describe(kept.region), session.describe(region))) kept.region = region;
      if (kept?.region !== region || kept.made !== made) {
        const element = row(region, place);
        if (kept) kept.element.replaceWith(element);
        else space.append(element);
        rows.set(region.id, (kept = { element, made, region }));
      }
      const selected = String(selection.has(region.id));
      if (kept.element.getAttribute('aria-selected') !== selected) kept.element.setAttribute('aria-selected', selected);
    }
  };
  /** Take up changes; the list is gathered anew only when a region came or went. @param {Iterable<string>} [changed] */
  const gather = (changed) => {
    const is = (/** @type {string} */ id) => Boolean(store.get(id) && session.describe(/** @type {any} */ (store.get(id))).isRegion);
    if (changed && [...changed].every((id) => places.has(id) === is(id))) return;
    ids = session.regions().map((region) => region.id);
    places = new Map(ids.map((id, place) => [id, place]));
    count.textContent = String(ids.length);
    space.style.height = `${ids.length * ROW}px`;
    empty.hidden = ids.length > 0;
    empty.textContent = session.readonly ? t('No regions.') : t('What you mark is listed here.');
  };
  const drawDetails = () => {
    const region = session.scope.selected;
    const said = region && session.describe(region);
    details.hidden = !region || !said?.isRegion;
    if (!region || !said) return;
    const many = selection.ids.size;
    fill(title, h('span.region-swatch', { vars: { '--label': said.color } }), h('strong.grow', null, many > 1 ? t('{n} selected', { n: many }) : said.text),
      iconButton('copy-plus', t('Duplicate'), 'Ctrl+D', () => session.keys.run('region:duplicate')), iconButton('trash-2', t('Delete'), '⌫', () => session.remove([...selection.ids]), { disabled: !session.editable([...selection.ids]).length }));
    const geometry = session.geometry(region);
    const size = { width: geometry.original_width || 100, height: geometry.original_height || 100 };
    const words = said.why ? [] : (session.shapeOf(region)?.describe?.(geometry.value, size) ?? []);
    fill(numbers, said.why || (words.length ? words.map(({ name, value }) => h('span', null, `${name} `, h('b', null, value))) : typeof geometry.value?.start === 'number' ? t('Characters {a} to {b}', { a: geometry.value.start, b: geometry.value.end }) : ''));
  };
  const draw = eachFrame(() => {
    drawList();
    drawDetails();
  });
  gather();
  draw();
  clean(store.on((changed) => {
    gather(changed);
    draw();
  }));
  clean(selection.on(draw));
  clean(() => draw.cancel());
  list.addEventListener('scroll', drawList, { passive: true });
  list.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (!by || !ids.length) return;
    event.preventDefault();
    const now = selection.first === undefined ? -1 : (places.get(selection.first) ?? -1);
    const place = Math.min(Math.max(now + by, 0), ids.length - 1);
    selection.set([ids[place]]);
    const region = regionAt(place);
    session.reveal.get(session.describe(region).object)?.(region);
    list.scrollTop = Math.min(Math.max(list.scrollTop, (place + 1) * ROW - list.clientHeight), place * ROW);
  });
}

/** Whether a row would look the same. @param {any} a @param {any} b */
const alike = (a, b) => a.text === b.text && a.color === b.color && a.excerpt === b.excerpt && a.why === b.why && a.locked === b.locked;
