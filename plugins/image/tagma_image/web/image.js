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
    plane.painter.canRotate = ctx.scope.controls.some((control) => control.toName.includes(node.name) && ctx.session.definition(control)?.shape && control.is('canRotate', true));
    const widths = ctx.scope.controls.filter((control) => control.toName.includes(node.name)).map((control) => control.number('strokeWidth', 0));
    plane.painter.strokeWidth = Math.max(2, ...widths);
    if (node.get('defaultZoom') === 'original') plane.show('actual');
    filters(host, ctx, picture);
    host.dataset.ready = '';
  };
  picture.onerror = () => !gone && say(t('The picture could not be loaded.'), t('{url} did not answer with a picture. The task can still be skipped or described.', { url: source.slice(0, 200) }));
  picture.src = ctx.asset(source);
  return {
    destroy() {
      gone = true;
      picture.removeAttribute('src');
    },
  };
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
