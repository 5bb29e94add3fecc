/** <Image>: a picture on a plane, with brightness and contrast where the config wants them. */
import { defineTag, h } from 'tagma';
import { Plane } from 'tagma/kit/plane.js';

/** @param {HTMLElement} host @param {import('tagma').Context} ctx */
function mount(host, ctx) {
  const { node, t } = ctx;
  const source = ctx.value('value');
  const frame = h('div.image-frame');
  host.append(frame);
  const picture = /** @type {HTMLImageElement} */ (h('img', { alt: '', draggable: false, decoding: 'async' }));
  if (node.get('crossOrigin') && node.get('crossOrigin') !== 'none') picture.crossOrigin = node.get('crossOrigin');
  if (node.get('smoothing') === false || node.get('smoothing') === 'false') picture.classList.add('pixels');

  const say = (/** @type {string} */ words, /** @type {string} */ hint) => frame.replaceChildren(h('div.tagma-empty', { role: 'alert' }, h('strong', null, words), h('p', null, hint)));
  if (typeof source !== 'string' || !source) {
    say(t('This task has no picture.'), t('The set-up looks for it in {key} of the task.', { key: String(node.get('value') ?? '') }));
    return {};
  }
  frame.append(h('div.tagma-loading', { role: 'status' }, t('Loading the picture')));
  let gone = false;
  picture.onload = () => {
    if (gone) return;
    frame.replaceChildren();
    const size = { width: picture.naturalWidth || 1, height: picture.naturalHeight || 1 };
    picture.width = size.width;
    picture.height = size.height;
    const plane = new Plane(frame, ctx, {
      picture, size,
      siblings: { original_width: size.width, original_height: size.height, image_rotation: 0 },
      crosshair: node.is('crosshair'),
      grid: node.is('grid') ? { size: node.number('gridSize', 30), color: String(node.get('gridColor', '#EEEEF4')) } : null,
    });
    plane.zoomable = node.is('zoom', true);
    const widths = ctx.scope.controls.filter((control) => control.toName.includes(node.name)).map((control) => control.number('strokeWidth', 0));
    plane.painter.strokeWidth = Math.max(2, ...widths);
    if (node.get('defaultZoom') === 'original') plane.show('actual');
    filters(host, ctx, picture);
    host.dataset.ready = '';
    picture.decode().catch(() => !gone && say(t('The picture is too large for this browser.'), t('It has {width} by {height} pixels. Cut it into parts or make it smaller; the task can still be skipped or described.', size)));
  };
  picture.onerror = async () => {
    const hint = await reason(ctx.asset(source), source.slice(0, 200), t);
    if (!gone) say(t('The picture could not be loaded.'), `${hint} ${t('The task can still be skipped or described.')}`);
  };
  picture.src = ctx.asset(source);
  return {
    destroy() {
      gone = true;
      picture.removeAttribute('src');
    },
  };
}

/** Why there is no picture at an address, and what to do. @param {string} address @param {string} url as the task has it @param {import('tagma').Context['t']} t */
async function reason(address, url, t) {
  const bad = t('What stands there is no picture that a browser can read. Save it anew as PNG or JPEG.');
  if (!/^https?:/.test(address)) return bad;
  if (new URL(address).origin !== location.origin) return t('Another server did not give it: {url}. Open that address in a new tab to see what it says.', { url });
  const answer = await fetch(address, { headers: { Range: 'bytes=0-0' } }).catch(() => null);
  if (!answer) return t('The server could not be reached. Load the page again when it is.');
  if (answer.ok) return `${url}: ${bad}`;
  if (answer.status === 404) return t('There is no file at {url}. Put it back there, or correct the address in the task’s data.', { url });
  return t('{url} was refused ({status}). Ask whoever runs the site for access.', { url, status: answer.status });
}

/** @param {HTMLElement} host @param {import('tagma').Context} ctx @param {HTMLElement} picture */
function filters(host, ctx, picture) {
  const { node, t } = ctx;
  const wanted = /** @type {[string, string][]} */ ([['brightness', t('Brightness')], ['contrast', t('Contrast')]]).filter(([name]) => node.is(`${name}Control`));
  if (!wanted.length) return;
  const values = /** @type {Record<string, number>} */ ({});
  host.append(h('div.image-filters', null, wanted.map(([name, title]) =>
    h('label', null, title, h('input', {
      type: 'range', min: '25', max: '300', value: '100',
      oninput: (/** @type {Event} */ event) => {
        values[name] = Number(/** @type {HTMLInputElement} */ (event.target).value);
        picture.style.filter = Object.entries(values).map(([filter, value]) => `${filter}(${value}%)`).join(' ');
      },
    })),
  )));
}

export default defineTag({ api: 1, tag: 'Image', kind: 'object', fills: true, mount });
