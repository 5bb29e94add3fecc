/** <Image>: a picture on a plane, or one of several, with brightness and contrast where the config wants them. */
import { defineTag, h, icon } from 'tagma';
import { refuse } from 'tagma/kit/opening.js';
import { pageOf } from 'tagma/kit/plane-scene.js';
import { Plane } from 'tagma/kit/plane.js';
import { asSeen, rotationOf, turnButton, turnRegions, turned } from './turning.js';

/** @param {HTMLElement} host @param {import('tagma').Context} ctx */
function mount(host, ctx) {
  const { node, t, session } = ctx;
  const given = ctx.value('valueList') ?? ctx.value('value');
  const pages = (Array.isArray(given) ? given : [given]).filter((page) => typeof page === 'string' && page);
  const frame = h('div.image-frame');
  host.append(frame);
  if (!pages.length) {
    refuse(frame, t('This task has no picture.'), t('The set-up looks for it in {key} of the task.', { key: String(node.get('valueList') ?? node.get('value') ?? '') }));
    return {};
  }
  const several = pages.length > 1;
  /** @type {Plane | undefined} */
  let plane;
  let page = 0;
  let degrees = 0;
  let gone = false;
  /** @type {() => void} */
  let place = () => {};
  /** @type {() => void} */
  let showPage = () => {};
  /** @type {(picture: HTMLImageElement) => void} */
  let adjust = () => {};

  /** Put a page on the plane. @param {number} number @param {string} [then] the region to bring into view */
  const open = (number, then) => {
    page = number;
    showPage();
    if (several) session.turnTo(node.name, number, pages.length, open);
    delete host.dataset.ready;
    const source = pages[number];
    const picture = /** @type {HTMLImageElement} */ (h('img', { alt: '', draggable: false, decoding: 'async' }));
    const crossOrigin = node.get('crossOrigin');
    if (crossOrigin && crossOrigin !== 'none') picture.crossOrigin = crossOrigin;
    if (node.get('smoothing') === false || node.get('smoothing') === 'false') picture.classList.add('pixels');
    if (!plane) frame.replaceChildren(h('div.tagma-loading', { role: 'status' }, t('Loading the picture')));
    const isOld = () => gone || number !== page;
    picture.onload = () => {
      if (isOld()) return;
      const size = { width: picture.naturalWidth || 1, height: picture.naturalHeight || 1 };
      Object.assign(picture, size);
      place = () => {
        const shown = {
          picture: turned(picture, size, degrees), size: asSeen(size, degrees), page: number,
          siblings: { original_width: size.width, original_height: size.height, image_rotation: degrees, ...(several ? { item_index: number } : {}) },
        };
        if (!plane) frame.replaceChildren();
        else if (plane.stage.parentElement !== frame) frame.replaceChildren(plane.stage);
        if (plane) plane.turn(shown);
        else plane = begin(shown);
      };
      turn = () => {
        turnRegions(ctx, page, size, degrees);
        if (rotationOf(ctx, page) === undefined) turnTo((degrees + 90) % 360);
      };
      degrees = rotationOf(ctx, number) ?? 0;
      place();
      if (node.get('defaultZoom') === 'original') plane?.show('actual');
      adjust(picture);
      if (then) plane?.reveal(then);
      host.dataset.ready = '';
      if (pages[number + 1]) new Image().src = ctx.asset(pages[number + 1]);
      picture.decode().catch(() => !isOld() && refuse(frame, t('The picture is too large for this browser.'), t('It has {width} by {height} pixels. Cut it into parts or make it smaller; the task can still be skipped or described.', size)));
    };
    picture.onerror = async () => {
      const hint = await reason(ctx.asset(source), source.slice(0, 200), t);
      if (!isOld()) refuse(frame, t('The picture could not be loaded.'), `${hint} ${t('The task can still be skipped or described.')}`);
    };
    picture.src = ctx.asset(source);
  };

  const begin = (/** @type {any} */ first) => {
    const made = new Plane(frame, ctx, {
      ...first, crosshair: node.is('crosshair'),
      grid: node.is('grid') ? { size: node.number('gridSize', 30), color: String(node.get('gridColor', '#EEEEF4')) } : null,
    });
    made.zoomable = node.is('zoom', true);
    made.painter.strokeWidth = Math.max(2, ...ctx.scope.controls.filter((control) => control.toName.includes(node.name)).map((control) => control.number('strokeWidth', 0)));
    session.reveal.set(node.name, (region) => (pageOf(region) === page ? made.reveal(region.id) : pages[pageOf(region)] && open(pageOf(region), region.id)));
    return made;
  };

  let turn = () => {};
  const turnTo = (/** @type {number} */ next) => {
    if (next === degrees) return;
    degrees = next;
    place();
  };
  // undo and a look at an earlier state bring back how the picture stood
  ctx.cleanup(ctx.store.on(() => host.dataset.ready === '' && turnTo(rotationOf(ctx, page) ?? degrees)));
  const bar = h('div.image-bar', { role: 'toolbar', 'aria-label': t('Picture') });
  if (several) showPage = pager(bar, ctx, pages.length, () => page, open);
  if (node.is('rotateControl')) bar.append(turnButton(ctx, () => turn()));
  if (bar.childElementCount) host.append(bar);
  adjust = filters(host, ctx);
  open(0);
  return {
    destroy() {
      gone = true;
      plane?.stage.querySelector('img')?.removeAttribute('src');
    },
  };
}

/** Which page of how many, and to the others. @param {HTMLElement} bar @param {import('tagma').Context} ctx @param {number} count @param {() => number} now @param {(page: number) => void} open */
function pager(bar, ctx, count, now, open) {
  const { t } = ctx;
  const step = (/** @type {number} */ by) => open(Math.min(Math.max(now() + by, 0), count - 1));
  const button = (/** @type {string} */ name, /** @type {string} */ title, /** @type {number} */ by) => h('button.tagma-icon-button', { type: 'button', title, 'aria-label': title, onclick: () => step(by) }, icon(name));
  const [back, on] = [button('chevron-left', t('Previous page'), -1), button('chevron-right', t('Next page'), 1)];
  const place = h('output.num');
  bar.append(h('span.row', { role: 'group', 'aria-label': t('Pages') }, back, place, on));
  // outside the tag's scope, where the same keys resize a selected region
  ctx.command({ name: 'image:previous-page', scope: 'annotation', group: t('Picture'), title: t('Previous page'), keys: ['ctrl+left'], when: () => now() > 0, run: () => step(-1) });
  ctx.command({ name: 'image:next-page', scope: 'annotation', group: t('Picture'), title: t('Next page'), keys: ['ctrl+right'], when: () => now() < count - 1, run: () => step(1) });
  return () => {
    place.value = t('Page {a} of {b}', { a: now() + 1, b: count });
    back.disabled = now() === 0;
    on.disabled = now() === count - 1;
  };
}

/** Why there is no picture at an address, and what to do. @param {string} address @param {string} url as the task has it @param {import('tagma').Context['t']} t */
async function reason(address, url, t) {
  const bad = t('What stands there is no picture that a browser can read, or one too large for it. Save it anew as PNG or JPEG, a very large one in parts.');
  if (!/^https?:/.test(address)) return bad;
  if (new URL(address).origin !== location.origin) return t('Another server did not give it: {url}. Open that address in a new tab to see what it says.', { url });
  const answer = await fetch(address, { headers: { Range: 'bytes=0-0' } }).catch(() => null);
  if (!answer) return t('The server could not be reached. Load the page again when it is.');
  if (answer.ok) return `${url}: ${bad}`;
  if (answer.status === 404) return t('There is no file at {url}. Put it back there, or correct the address in the task’s data.', { url });
  return t('{url} was refused ({status}). Ask whoever runs the site for access.', { url, status: answer.status });
}

/** Brightness and contrast where the config wants them; gives what puts them on a picture. @param {HTMLElement} host @param {import('tagma').Context} ctx @returns {(picture: HTMLElement) => void} */
function filters(host, ctx) {
  const { node, t } = ctx;
  const wanted = /** @type {[string, string][]} */ ([['brightness', t('Brightness')], ['contrast', t('Contrast')]]).filter(([name]) => node.is(`${name}Control`));
  if (!wanted.length) return () => {};
  const values = /** @type {Record<string, number>} */ ({});
  let shown = /** @type {HTMLElement | null} */ (null);
  const put = () => shown && (shown.style.filter = Object.entries(values).map(([filter, value]) => `${filter}(${value}%)`).join(' '));
  host.append(h('div.image-filters', null, wanted.map(([name, title]) =>
    h('label', null, title, h('input', {
      type: 'range', min: '25', max: '300', value: '100',
      oninput: (/** @type {Event} */ event) => {
        values[name] = Number(/** @type {HTMLInputElement} */ (event.target).value);
        put();
      },
    })),
  )));
  return (picture) => {
    shown = picture;
    put();
  };
}

export default defineTag({ api: 1, tag: 'Image', kind: 'object', fills: true, mount });
