/** Mouse, pen, fingers and wheel on a plane. */
import { t } from '../i18n.js';

const SLOP = 4; // pixels a press may wander and still be a click

export class PlanePointer {
  /** @type {Map<number, {x: number, y: number}>} */
  #down = new Map();
  /** @type {null | {move(point: any, event: PointerEvent): void, end(cancelled: boolean): void}} */
  #gesture = null;
  /** @type {{distance: number, middle: {x: number, y: number}} | null} */
  #pinch = null;
  #space = false;
  /** Whether a pen is on the glass. */
  #pen = false;

  /** @param {import('./plane.js').Plane} plane */
  constructor(plane) {
    this.plane = plane;
    this.stage = plane.stage;
    const on = (/** @type {string} */ name, /** @type {any} */ listener, /** @type {any} */ options = undefined) => this.stage.addEventListener(name, listener, options);
    on('pointerdown', (/** @type {PointerEvent} */ event) => this.#onDown(event));
    on('pointermove', (/** @type {PointerEvent} */ event) => this.#onMove(event));
    on('pointerup', (/** @type {PointerEvent} */ event) => this.#onUp(event, false));
    on('pointercancel', (/** @type {PointerEvent} */ event) => this.#onUp(event, true));
    on('pointerleave', () => this.#leave());
    on('wheel', (/** @type {WheelEvent} */ event) => this.#onWheel(event), { passive: false });
    on('dblclick', (/** @type {MouseEvent} */ event) => event.preventDefault());
    on('contextmenu', (/** @type {MouseEvent} */ event) => event.preventDefault());
    on('keydown', (/** @type {KeyboardEvent} */ event) => event.code === 'Space' && !plane.cursor && this.#hand(true));
    on('keyup', (/** @type {KeyboardEvent} */ event) => event.code === 'Space' && this.#hand(false));
  }

  /** @param {boolean} on */
  #hand(on) {
    this.#space = on;
    this.stage.classList.toggle('grab', on);
  }

  /** @param {{clientX: number, clientY: number}} event */
  #screen(event) {
    const box = this.stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  /** @param {PointerEvent} event */
  #onDown(event) {
    if (event.pointerType === 'touch' && this.#pen) return; // the hand that holds the pen
    this.#pen = event.pointerType === 'pen';
    const at = this.#screen(event);
    this.stage.focus({ preventScroll: true });
    this.stage.setPointerCapture(event.pointerId);
    this.plane.painter.touch = event.pointerType === 'touch';
    this.plane.cursor = null;
    this.#down.set(event.pointerId, at);
    if (this.#down.size === 2) {
      this.#gesture?.end(true);
      this.#gesture = null;
      this.#pinch = this.#fingers();
      return;
    }
    if (this.#down.size > 1) return;
    this.#gesture = this.#begin(at, event);
  }

  #fingers() {
    const [a, b] = [...this.#down.values()];
    return { distance: Math.hypot(a.x - b.x, a.y - b.y) || 1, middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } };
  }

  /** @param {PointerEvent} event */
  #onMove(event) {
    const at = this.#screen(event);
    const { plane } = this;
    if (this.#down.has(event.pointerId)) this.#down.set(event.pointerId, at);
    if (this.#pinch && this.#down.size === 2) {
      const next = this.#fingers();
      plane.viewport.pan(next.middle.x - this.#pinch.middle.x, next.middle.y - this.#pinch.middle.y);
      plane.zoom(next.distance / this.#pinch.distance, next.middle);
      this.#pinch = next;
      return;
    }
    plane.pointer = plane.viewport.toPicture(at);
    if (this.#gesture) this.#gesture.move(at, event);
    else this.#look(at, event);
    if (plane.crosshair) plane.drawActiveSoon();
  }

  /** @param {PointerEvent} event @param {boolean} cancelled */
  #onUp(event, cancelled) {
    if (event.pointerType === 'pen') this.#pen = false;
    this.#down.delete(event.pointerId);
    if (this.#down.size < 2) this.#pinch = null;
    if (this.#down.size) return;
    const gesture = this.#gesture;
    this.#gesture = null;
    gesture?.end(cancelled);
  }

  get busy() {
    return Boolean(this.#gesture);
  }

  /** Let go of what is being drawn, moved or turned, as if nothing had been done. */
  cancel() {
    this.#gesture?.end(true);
    this.#gesture = null;
  }

  #leave() {
    this.plane.pointer = null;
    if (this.plane.hover) {
      this.plane.hover = null;
      this.plane.drawActiveSoon();
    }
  }

  /** @param {WheelEvent} event */
  #onWheel(event) {
    const { plane } = this;
    if (!plane.zoomable) return;
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    if (event.ctrlKey || event.metaKey || !plane.viewport.overflows && !event.shiftKey) {
      event.preventDefault();
      plane.zoom(Math.exp(-event.deltaY * unit * (event.ctrlKey && Math.abs(event.deltaY) < 40 ? 0.01 : 0.0016)), this.#screen(event));
    } else {
      event.preventDefault();
      const sideways = event.shiftKey && !event.deltaX;
      plane.pan(-(sideways ? event.deltaY : event.deltaX) * unit, -(sideways ? 0 : event.deltaY) * unit);
    }
  }

  /** The handle of the selected region under a point of the screen. @param {{x: number, y: number}} at */
  #handleAt(at) {
    const { plane } = this;
    const { selection } = plane.session;
    if (selection.ids.size !== 1) return null;
    const item = plane.scene.get(/** @type {string} */ (selection.first));
    if (!item || selection.hidden.has(item.id) || !plane.session.editable([item.id]).length) return null;
    const reach = plane.painter.touch ? 22 : 8;
    const turn = plane.painter.rotateHandle(item);
    if (turn && Math.hypot(turn.x - at.x, turn.y - at.y) <= reach) return { item, name: 'rotate', cursor: 'grab' };
    let best = null;
    const [x0, y0, x1, y1] = item.bounds;
    const inside = item.shape.hit(item.value, plane.size, plane.viewport.toPicture(at), 0);
    // the middle of a small region is for moving it, its handles are reached from outside
    let least = inside ? Math.min(reach, (Math.min(x1 - x0, y1 - y0) * plane.viewport.scale) / 4) : reach;
    for (const handle of item.shape.handles(item.value, plane.size)) {
      const point = plane.viewport.toScreen(handle);
      const distance = Math.hypot(point.x - at.x, point.y - at.y);
      if (distance <= least) {
        least = distance;
        best = { item, name: handle.name, cursor: handle.cursor };
      }
    }
    return best;
  }

  /** Hover and cursor, when nothing is pressed. @param {{x: number, y: number}} at @param {PointerEvent} event */
  #look(at, event) {
    if (event.pointerType === 'touch') return;
    const { plane } = this;
    const handle = this.#handleAt(at);
    const [item] = handle ? [] : plane.scene.at(/** @type {any} */ (plane.pointer), 4 / plane.viewport.scale);
    const drawing = Boolean(plane.draws);
    const style = handle ? handle.cursor : this.#space || plane.session.tools.active === 'pan' ? 'grab' : drawing ? 'crosshair' : item ? 'move' : 'default';
    if (this.stage.style.cursor !== style) this.stage.style.cursor = style;
    const hover = item?.id ?? null;
    if (hover !== plane.hover) {
      plane.hover = hover;
      plane.drawActiveSoon();
    }
  }

  /** What a press means. @param {{x: number, y: number}} at @param {PointerEvent} event */
  #begin(at, event) {
    const { plane } = this;
    const { tools, selection } = plane.session;
    if (event.button === 1 || this.#space || tools.active === 'pan' && event.button === 0) return this.#panning(at);
    if (event.button !== 0) return null;
    const handle = this.#handleAt(at);
    if (handle) return this.#changing([handle.item.id], handle.name, at);
    const slack = (plane.painter.touch ? 10 : 4) / plane.viewport.scale;
    const point = plane.viewport.toPicture(at);
    const found = plane.scene.at(point, slack);
    const chosen = found.find((item) => selection.has(item.id));
    if (plane.draws) {
      if (chosen && selection.ids.size === 1 && chosen.shape.onEdge(chosen.value, plane.size, point, slack * 1.5)) return this.#changing([chosen.id], 'move', at);
      return this.#drawing(at, found);
    }
    if (!found.length) {
      return { move: () => {}, end: () => !(event.ctrlKey || event.metaKey || event.shiftKey) && selection.clear() };
    }
    const item = chosen ?? found[0];
    if (event.ctrlKey || event.metaKey || event.shiftKey) {
      selection.toggle(found[0].id);
      return null;
    }
    if (!chosen) selection.set([item.id]);
    return this.#changing([...selection.ids], 'move', at, () => chosen && found.length > 1 && selection.set([found[(found.indexOf(chosen) + 1) % found.length].id]));
  }

  /** @param {{x: number, y: number}} from */
  #panning(from) {
    let last = from;
    this.stage.classList.add('grabbing');
    return {
      move: (/** @type {any} */ at) => {
        this.plane.pan(at.x - last.x, at.y - last.y);
        last = at;
      },
      end: () => this.stage.classList.remove('grabbing'),
    };
  }

  /** Move, resize or rotate regions; one step of the history however long the drag. @param {string[]} ids @param {string} handle @param {{x: number, y: number}} from @param {() => void} [onClick] */
  #changing(ids, handle, from, onClick) {
    const { plane } = this;
    const { session, viewport } = plane;
    const editable = session.editable(ids);
    const before = editable.flatMap((region) => plane.scene.get(region.id) ?? []);
    const merge = Symbol(handle);
    const label = handle === 'move' ? t('Move region') : handle === 'rotate' ? t('Rotate region') : t('Resize region');
    const start = viewport.toPicture(from);
    let moving = false;
    return {
      move: (/** @type {any} */ at, /** @type {PointerEvent} */ event) => {
        if (!moving && Math.hypot(at.x - from.x, at.y - from.y) < SLOP) return;
        if (!moving) plane.hold(editable.map((region) => region.id));
        moving = true;
        const to = viewport.toPicture(at);
        session.store.tx(label, () => {
          for (const item of before) {
            plane.change(item, handle, start, to, { shift: event.shiftKey, alt: event.altKey }, { label, merge });
          }
        }, { merge });
      },
      end: (/** @type {boolean} */ cancelled) => {
        if (moving) {
          session.store.seal();
          plane.hold([]);
          if (cancelled) session.store.undo();
        } else if (!cancelled) onClick?.();
      },
    };
  }

  /** Draw a region, or select what was clicked. @param {{x: number, y: number}} from @param {import('./plane-scene.js').Item[]} found */
  #drawing(from, found) {
    const { plane } = this;
    const { session, viewport } = plane;
    const name = /** @type {string} */ (plane.draws);
    const shape = plane.shape(name);
    const start = viewport.toPicture(from);
    const label = plane.nextLabel(name);
    return {
      move: (/** @type {any} */ at, /** @type {PointerEvent} */ event) => {
        if (!plane.draft && Math.hypot(at.x - from.x, at.y - from.y) < SLOP) return;
        plane.draft = { shape, value: shape.draw(start, viewport.toPicture(at), plane.size, { shift: event.shiftKey, alt: event.altKey }), ...label };
        plane.drawActiveSoon();
      },
      end: (/** @type {boolean} */ cancelled) => {
        const { draft } = plane;
        plane.draft = null;
        plane.drawActiveSoon();
        if (cancelled) return;
        if (draft) plane.finish(name, draft.value);
        else if (found.length) {
          const place = found.findIndex((item) => session.selection.has(item.id));
          session.selection.set([found[(place + 1) % found.length].id]);
        } else session.selection.clear();
      },
    };
  }
}
