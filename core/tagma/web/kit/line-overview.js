/** The hand on the overview: the window is moved, its sides are dragged, a new one is drawn; a mere press goes there. */
import { t } from '../i18n.js';

const SLOP = 4; // pixels a press may wander and still be a click
const EDGE = 6; // pixels around a side that take hold of it; a finger gets twice that

/** @param {import('./line.js').LineSpace} space @param {HTMLElement} strip */
export function overviewHand(space, strip) {
  const { view } = space;
  const at = (/** @type {PointerEvent} */ event) => {
    const box = strip.getBoundingClientRect();
    return Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1) * view.length;
  };
  /** @param {PointerEvent} event @returns {'from' | 'to' | 'window' | 'new'} */
  const part = (event) => {
    if (view.zoomed <= 1.001) return 'new';
    const slack = ((event.pointerType === 'touch' ? 2 : 1) * EDGE) / view.whole;
    const place = at(event);
    if (Math.abs(place - view.end) <= slack) return 'to';
    if (Math.abs(place - view.start) <= slack) return 'from';
    return place > view.start && place < view.end ? 'window' : 'new';
  };
  const go = (/** @type {number} */ place) => {
    if (view.zoomed > 1.001) space.pan((place - view.start - view.span / 2) * view.scale);
    else space.seek(place);
  };
  /** @type {((place: number) => void) | null} */
  let drag = null;
  let pressed = 0;
  let moved = false;

  strip.title = t('The whole; press to go there, drag to see a part');
  strip.addEventListener('pointerdown', (/** @type {PointerEvent} */ event) => {
    strip.setPointerCapture(event.pointerId);
    const begun = at(event);
    const { start, end } = view;
    [pressed, moved] = [event.clientX, false];
    drag = {
      from: (/** @type {number} */ place) => space.show(Math.min(place, end), Math.max(place, end)),
      to: (/** @type {number} */ place) => space.show(Math.min(start, place), Math.max(start, place)),
      window: (/** @type {number} */ place) => space.pan((start + place - begun - view.start) * view.scale),
      new: (/** @type {number} */ place) => space.show(Math.min(begun, place), Math.max(begun, place)),
    }[part(event)];
  });
  strip.addEventListener('pointermove', (/** @type {PointerEvent} */ event) => {
    if (!drag) {
      strip.style.cursor = { from: 'ew-resize', to: 'ew-resize', window: 'grab', new: 'crosshair' }[part(event)];
      return;
    }
    moved ||= Math.abs(event.clientX - pressed) >= SLOP;
    if (moved) drag(at(event));
  });
  strip.addEventListener('pointerup', (/** @type {PointerEvent} */ event) => {
    if (drag && !moved) go(at(event));
    drag = null;
  });
  strip.addEventListener('pointercancel', () => (drag = null));
}
