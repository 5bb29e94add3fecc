/**
 * A picture turned on screen by quarters. Results on it say so in `image_rotation`, and their percents are of the picture as it
 * was seen; `original_width` and `original_height` stay the file's.
 */
import { h, icon } from 'tagma';
import { pageOf } from 'tagma/kit/plane-scene.js';

/** @typedef {import('tagma').Context} Context @typedef {{width: number, height: number}} Size */

/** How the regions of a page say it is turned; undefined without regions. @param {Context} ctx @param {number} page @returns {number | undefined} */
export function rotationOf({ session, node }, page) {
  for (const region of session.store.all()) {
    const { object, isRegion } = session.describe(region);
    if (isRegion && object === node.name && pageOf(region) === page && session.shapeOf(region)) return (((Math.round(Number(region.results[0].image_rotation) / 90) * 90 || 0) % 360) + 360) % 360;
  }
  return undefined;
}

/** @param {Size} size @param {number} degrees @returns {Size} */
export const asSeen = ({ width, height }, degrees) => (degrees % 180 ? { width: height, height: width } : { width, height });

/** The picture in a frame as large as it is seen. @param {HTMLImageElement} picture @param {Size} size of the file @param {number} degrees */
export function turned(picture, size, degrees) {
  Object.assign(picture.style, { position: '', left: '', top: '', maxWidth: '', transform: '' });
  if (!degrees) return picture;
  const seen = asSeen(size, degrees);
  const frame = h('div', null, picture);
  Object.assign(frame.style, { width: `${seen.width}px`, height: `${seen.height}px` });
  Object.assign(picture.style, {
    position: 'absolute', maxWidth: 'none', left: `${(seen.width - size.width) / 2}px`, top: `${(seen.height - size.height) / 2}px`, transform: `rotate(${degrees}deg)`,
  });
  return frame;
}

/** Turn a page and what is drawn on it a quarter to the right, in one step. @param {Context} ctx @param {number} page @param {Size} size of the file @param {number} degrees so far */
export function turnRegions(ctx, page, size, degrees) {
  const { session, t } = ctx;
  const seen = asSeen(size, degrees);
  session.store.tx(t('Turn the picture'), (tx) => {
    for (const region of session.regionsOn(ctx.node.name)) {
      const shape = session.shapeOf(region);
      if (pageOf(region) !== page || !shape?.quarter) continue;
      const patch = shape.quarter(session.geometry(region).value, seen);
      tx.put({ id: region.id, results: region.results.map((result) => ({ ...result, image_rotation: (degrees + 90) % 360, value: { ...result.value, ...patch } })) });
    }
  });
}

/** @param {Context} ctx @param {() => void} turn @returns {HTMLElement} */
export function turnButton(ctx, turn) {
  const title = ctx.t('Turn the picture');
  // outside the tag's scope, where the same keys turn a selected region
  ctx.command({ name: 'image:turn-picture', scope: 'annotation', group: ctx.t('Picture'), title, keys: ['alt+right'], when: () => !ctx.readonly, run: turn });
  return h('button.tagma-icon-button', { type: 'button', title, 'aria-label': title, disabled: ctx.readonly, onclick: turn }, icon('rotate-cw'));
}
