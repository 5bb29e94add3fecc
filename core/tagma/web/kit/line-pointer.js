/** Mouse, pen, fingers and wheel on a line. */
import { t } from '../i18n.js';
import { markNear } from './line-lanes.js';

const SLOP = 4; // pixels a press may wander and still be a click
const EDGE = 6; // pixels around an end that take hold of it; a finger gets twice that

export class LinePointer {
  /** @type {Map<number, number>} pointer -> x */
  #down = new Map();
  /** @type {null | {move(x: number, event: PointerEvent): void, end(cancelled: boolean): void}} */
  #gesture = null;
  /** @type {{distance: number, middle: number} | null} */
  #pinch = null;

  /** @param {import('./line.js').LineSpace} space */
  constructor(space) {
    this.space = space;
    const { stage } = space;
    stage.addEventListener('pointerdown', (/** @type {PointerEvent} */ event) => this.#onDown(event));
    stage.addEventListener('pointermove', (/** @type {PointerEvent} */ event) => this.#onMove(event));
    stage.addEventListener('pointerup', (/** @type {PointerEvent} */ event) => this.#onUp(event, false));
    stage.addEventListener('pointercancel', (/** @type {PointerEvent} */ event) => this.#onUp(event, true));
    stage.addEventListener('pointerleave', () => {
      space.setHover(null);
      space.setPointer(null);
    });
    stage.addEventListener('wheel', (/** @type {WheelEvent} */ event) => this.#onWheel(event), { passive: false });
    stage.addEventListener('dblclick', (/** @type {MouseEvent} */ event) => space.pressedTwice(this.#at(event)));
    stage.addEventListener('contextmenu', (/** @type {MouseEvent} */ event) => event.preventDefault());
  }

  get busy() {
    return Boolean(this.#gesture);
  }

  cancel() {
    this.#gesture?.end(true);
    this.#gesture = null;
  }

  /** @param {{clientX: number, clientY: number}} event */
  #place(event) {
    const box = this.space.stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  /** @param {{clientX: number, clientY: number}} event */
  #at(event) {
    return this.space.view.toLine(this.#place(event).x);
  }

  /** @param {PointerEvent} event */
  #onDown(event) {
    const { stage } = this.space;
    stage.focus({ preventScroll: true });
    stage.setPointerCapture(event.pointerId);
    const { x, y } = this.#place(event);
    this.#down.set(event.pointerId, x);
    if (this.#down.size === 2) {
      this.#gesture?.end(true);
      this.#gesture = null;
      this.#pinch = this.#fingers();
    } else if (this.#down.size === 1) this.#gesture = this.#begin(x, y, event);
  }

  #fingers() {
    const [a, b] = [...this.#down.values()];
    return { distance: Math.abs(a - b) || 1, middle: (a + b) / 2 };
  }

  /** @param {PointerEvent} event */
  #onMove(event) {
    const { x, y } = this.#place(event);
    const { space } = this;
    space.setPointer(Math.min(Math.max(space.view.toLine(x), 0), space.view.length));
    if (this.#down.has(event.pointerId)) this.#down.set(event.pointerId, x);
    if (this.#pinch && this.#down.size === 2) {
      const next = this.#fingers();
      space.view.pan(this.#pinch.middle - next.middle);
      space.zoom(next.distance / this.#pinch.distance, next.middle);
      this.#pinch = next;
    } else if (this.#gesture) this.#gesture.move(x, event);
    else this.#look(x, y, event);
  }

  /** @param {PointerEvent} event @param {boolean} cancelled */
  #onUp(event, cancelled) {
    this.#down.delete(event.pointerId);
    if (this.#down.size < 2) this.#pinch = null;
    if (this.#down.size) return;
    const gesture = this.#gesture;
    this.#gesture = null;
    gesture?.end(cancelled);
  }

  /** @param {WheelEvent} event */
  #onWheel(event) {
    const { space } = this;
    const along = Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.shiftKey ? event.deltaY : 0;
    const unit = event.deltaMode === 1 ? 16 : 1;
    if (event.ctrlKey || event.metaKey || event.altKey) {
      event.preventDefault();
      space.zoom(Math.exp((-event.deltaY * unit) / 300), this.#place(event).x);
    } else if (along || space.view.zoomed > 1.001 && space.scrolls && !space.rows.overflows && !space.lane) {
      event.preventDefault();
      space.pan((along || event.deltaY) * unit);
    }
  }

  /** The end of a selected region under the pointer. @param {number} x @param {number} y @param {boolean} touch @returns {{stretch: import('./line-scene.js').Stretch, side: 'from' | 'to'} | null} */
  #end(x, y, touch) {
    const { space } = this;
    const slack = touch ? EDGE * 2 : EDGE;
    const row = space.rows.regionAt(y);
    for (const { id } of space.session.editable([...space.session.selection.ids])) {
      const stretch = space.scene.get(id);
      if (!stretch || (stretch.row >= 0 && stretch.row !== row)) continue;
      const [a, b] = [space.view.toScreen(stretch.from), space.view.toScreen(stretch.to)];
      if (stretch.from === stretch.to) continue; // an instant has no ends
      if (Math.abs(x - b) <= slack && Math.abs(x - b) <= Math.abs(x - a)) return { stretch, side: 'to' };
      if (Math.abs(x - a) <= slack) return { stretch, side: 'from' };
    }
    return null;
  }

  /** @param {number} x @param {number} y @param {PointerEvent} event */
  #look(x, y, event) {
    const { space } = this;
    const end = this.#end(x, y, event.pointerType === 'touch');
    const found = space.scene.at(space.view.toLine(x), space.rows.regionAt(y), EDGE / 2 / space.view.scale)[0];
    space.setHover(found?.id ?? null);
    space.stage.style.cursor = end ? 'ew-resize' : found && !found.fixed && space.session.selection.has(found.id) && !space.session.readonly ? 'grab' : '';
  }

  /** @param {number} x @param {number} y @param {PointerEvent} event */
  #begin(x, y, event) {
    const { space } = this;
    if (!space.rows.linked) space.setChannel(space.rows.at(y));
    const tool = space.session.tools.active;
    if (tool === 'pan' || event.button === 1) return this.#pan(x);
    const end = this.#end(x, y, event.pointerType === 'touch');
    if (end) return this.#drag(x, end.stretch, end.side);
    const found = space.scene.at(space.view.toLine(x), space.rows.regionAt(y), EDGE / 2 / space.view.scale);
    const held = found.find((one) => space.session.selection.has(one.id));
    if (held && !held.fixed && space.session.editable([held.id]).length && !event.shiftKey) return this.#drag(x, held, 'both', found);
    return this.#mark(x, y, found, event.shiftKey);
  }

  /** @param {number} from */
  #pan(from) {
    let last = from;
    return {
      move: (/** @type {number} */ x) => {
        this.space.pan(last - x);
        last = x;
      },
      end() {},
    };
  }

  /** Move a region or one of its ends. @param {number} start @param {import('./line-scene.js').Stretch} stretch @param {'from' | 'to' | 'both'} side @param {import('./line-scene.js').Stretch[]} [under] */
  #drag(start, stretch, side, under = [stretch]) {
    const { space } = this;
    const merge = {};
    const before = stretch;
    let moved = false;
    space.hold([stretch.id]);
    return {
      move: (/** @type {number} */ x) => {
        if (!moved && Math.abs(x - start) < SLOP) return;
        moved = true;
        space.change(stretch.id, side, before, (x - start) / space.view.scale, merge);
      },
      end: (/** @type {boolean} */ cancelled) => {
        space.hold([]);
        if (cancelled && moved) space.change(stretch.id, side, before, 0, merge);
        else if (!moved) this.#press(start, under);
      },
    };
  }

  /** Draw a new region; a mere press selects, or moves the point of time. @param {number} start @param {number} y @param {import('./line-scene.js').Stretch[]} found @param {boolean} over whether to draw though a region lies there */
  #mark(start, y, found, over) {
    const { space } = this;
    const draws = !space.session.readonly && space.session.tools.active === 'mark';
    let drawn = false;
    return {
      move: (/** @type {number} */ x) => {
        if (!drawn && Math.abs(x - start) < SLOP) return;
        drawn = true;
        if (draws) space.setDraft(Math.min(start, x), Math.max(start, x), space.rows.regionAt(y));
        else space.seek(space.view.toLine(x));
      },
      end: (/** @type {boolean} */ cancelled) => {
        const { draft } = space;
        space.setDraft(null);
        if (cancelled) return;
        if (draft) space.finish(draft);
        else if (!drawn) this.#press(start, over ? [] : found);
      },
    };
  }

  /** @param {number} x @param {import('./line-scene.js').Stretch[]} found */
  #press(x, found) {
    const { space } = this;
    const { selection } = space.session;
    space.seek(markNear(found[0], x, space.view, EDGE));
    if (!found.length) return space.lane ? undefined : selection.clear();
    const place = found.findIndex((one) => selection.has(one.id));
    selection.set([found[(place + 1) % found.length].id]);
  }
}
