/** The list of regions, of which only the rows in sight exist. */
import { eachFrame, h, iconButton } from '../dom.js';
import { t } from '../i18n.js';

/** @param {HTMLElement} host @param {import('./session.js').Session} session @param {HTMLElement} count says how many @param {(work: () => void) => void} clean */
export function drawRegions(host, session, count, clean) {
  const { selection, store } = session;
  const id = `regions-${Math.random().toString(36).slice(2, 8)}`;
  const space = h('div.regions-space', { role: 'rowgroup' });
  const list = h('div.regions', { tabIndex: 0, role: 'grid', 'aria-label': t('Regions'), 'aria-multiselectable': 'true' }, space);
  const empty = h('p.regions-empty.soft', null, session.readonly ? t('No regions.') : t('What you mark is listed here.'));
  host.append(empty, list);
  /** @type {string[]} */
  let ids = [];
  /** @type {Map<string, number>} id -> place in the list */
  let places = new Map();
  let height = 32;
  const regionAt = (/** @type {number} */ place) => /** @type {import('../store.js').Region} */ (store.get(ids[place]));

  const row = (/** @type {import('../store.js').Region} */ region, /** @type {number} */ place) => {
    const said = session.describe(region);
    const hidden = selection.hidden.has(region.id);
    const locked = said.locked || selection.locked.has(region.id);
    const element = h('div.region', { role: 'row', id: `${id}-${place}`, 'aria-rowindex': String(place + 1), title: said.why, class: hidden ? 'is-hidden' : '', data: region.proposed ? { proposed: region.proposed } : {}, vars: { '--label': said.color },
      onclick: (/** @type {MouseEvent} */ event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) selection.toggle(region.id);
        else selection.set([region.id]);
        session.reveal.get(said.object)?.(region);
      } },
    h('span.region-words', { role: 'gridcell' }, h('span.region-number.num', null, String(place + 1)), h('span.region-swatch'), h('span.region-label', null, said.text), h('span.region-excerpt.soft', null, said.excerpt)),
    h('span.region-acts', { role: 'gridcell' }, region.proposed === 'suggestion' ? [
      iconButton('check', t('Accept'), session.keys.hint('smart:accept'), (event) => { event.stopPropagation(); session.smart.accept([region.id]); }, { class: 'kept', tabIndex: -1 }),
      iconButton('x', t('Reject'), session.keys.hint('smart:reject'), (event) => { event.stopPropagation(); session.smart.reject([region.id]); }, { class: 'kept', tabIndex: -1 }),
    ] : region.proposed ? null : [
      iconButton(hidden ? 'eye-off' : 'eye', hidden ? t('Show') : t('Hide'), session.keys.hint('region:hide'), (event) => { event.stopPropagation(); selection.mark('hidden', [region.id], !hidden); }, { class: hidden ? 'kept' : '', tabIndex: -1 }),
      iconButton(locked ? 'lock' : 'lock-open', locked ? t('Unlock') : t('Lock'), session.keys.hint('region:lock'), (event) => { event.stopPropagation(); selection.mark('locked', [region.id], !locked); }, { class: locked ? 'kept' : '', disabled: said.locked, tabIndex: -1 })]));
    element.style.transform = `translateY(${place * height}px)`;
    return element;
  };

  /** @type {Map<string, {element: HTMLElement, made: string, region: import('../store.js').Region}>} rows that exist, kept while they say the same */
  const rows = new Map();
  const view = { top: 0, height: 0 }; // of the list, kept: to ask for it makes the browser lay out the page at once
  const drawRows = () => {
    const first = Math.max(0, Math.floor(view.top / height) - 4);
    const last = Math.min(ids.length, first + Math.ceil((view.height || 400) / height) + 8);
    for (const [key, { element }] of rows) {
      const place = places.get(key) ?? -1;
      if (place >= first && place < last) continue;
      element.remove();
      rows.delete(key);
    }
    for (let place = first; place < last; place++) {
      const region = regionAt(place);
      const made = `${place} ${height} ${selection.hidden.has(region.id)} ${selection.locked.has(region.id)} ${session.renewed}`;
      let kept = rows.get(region.id);
      if (kept?.region !== region && kept && kept.region.proposed === region.proposed && alike(session.describe(kept.region), session.describe(region))) kept.region = region;
      if (kept?.region !== region || kept.made !== made) {
        const element = row(region, place);
        if (kept) kept.element.replaceWith(element);
        else space.append(element);
        rows.set(region.id, (kept = { element, made, region }));
      }
      const selected = String(selection.has(region.id));
      if (kept.element.getAttribute('aria-selected') !== selected) kept.element.setAttribute('aria-selected', selected);
    }
    const active = selection.first === undefined ? undefined : rows.get(selection.first)?.element.id;
    if (active) list.setAttribute('aria-activedescendant', active);
    else list.removeAttribute('aria-activedescendant');
  };
  /** Take up changes; the list is gathered anew only when a region came or went. @param {Iterable<string>} [changed] */
  const gather = (changed) => {
    const is = (/** @type {string} */ key) => Boolean(store.get(key) && session.describe(/** @type {any} */ (store.get(key))).isRegion);
    if (changed && [...changed].every((key) => places.has(key) === is(key))) return;
    ids = session.regions().map((region) => region.id);
    places = new Map(ids.map((key, place) => [key, place]));
    count.textContent = String(ids.length);
    list.setAttribute('aria-rowcount', String(ids.length));
    space.style.height = `${ids.length * height}px`;
    list.hidden = !ids.length;
    empty.hidden = ids.length > 0;
  };
  const look = () => {
    Object.assign(view, { top: list.scrollTop, height: list.clientHeight });
    drawRows();
  };
  const measure = () => {
    height = matchMedia('(width < 720px)').matches ? 44 : 32;
    space.style.height = `${ids.length * height}px`;
    look();
  };
  const draw = eachFrame(drawRows);
  gather();
  measure();
  clean(store.on((changed) => {
    gather(changed);
    draw();
  }));
  clean(selection.on(draw));
  clean(() => draw.cancel());
  const resized = new ResizeObserver(measure);
  resized.observe(list);
  clean(() => resized.disconnect());
  list.addEventListener('scroll', look, { passive: true });
  list.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    const steps = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity });
    const by = steps[event.key];
    if (!by || !ids.length || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const now = selection.first === undefined ? -1 : (places.get(/** @type {string} */ ([...selection.ids].at(-1))) ?? -1);
    const place = Math.min(Math.max(now + by, 0), ids.length - 1);
    const region = regionAt(place);
    selection.set(event.shiftKey ? [...selection.ids, region.id] : [region.id]);
    session.reveal.get(session.describe(region).object)?.(region);
    list.scrollTop = Math.min(Math.max(list.scrollTop, (place + 1) * height - list.clientHeight), place * height);
  });
}

/** Whether a row would look the same. @param {any} a @param {any} b */
const alike = (a, b) => a.text === b.text && a.color === b.color && a.excerpt === b.excerpt && a.why === b.why && a.locked === b.locked;
