/**
 * The space of images and video frames: a picture in three layers (the picture, regions at rest, what is in the hand), with
 * zoom and pan by wheel, pinch, pen, touch and keys. A tag gives it a picture and an object node; shapes and tools come from
 * the controls that point at the object.
 */
import { h, eachFrame } from '../dom.js';
import { t } from '../i18n.js';
import { Painter } from './plane-painter.js';
import { PlanePointer } from './plane-pointer.js';
import { planeCommands } from './plane-keys.js';
import { Scene } from './plane-scene.js';
import { Viewport } from './viewport.js';

export class Plane {
  /**
   * @param {HTMLElement} host @param {import('../editor/context.js').Context} ctx
   * @param {{picture: HTMLElement, size: {width: number, height: number}, siblings?: Record<string, any>, page?: number, moment?: any, crosshair?: boolean, grid?: {size: number, color: string} | null, turnKeys?: [string, string]}} given
   *   `siblings` are keys of a result beside its `value`; `page` tells which of several pictures it is, `moment` which moment of
   *   a picture that moves; `turnKeys` turn the selected region left and right
   */
  constructor(host, ctx, { picture, size, siblings = {}, page = 0, moment = null, crosshair = false, grid = null, turnKeys = ['alt+left', 'alt+right'] }) {
    this.ctx = ctx;
    this.session = ctx.session;
    this.host = host;
    this.size = size;
    this.siblings = siblings;
    this.crosshair = crosshair;
    this.grid = grid;
    this.turnKeys = turnKeys;
    this.picture = picture;
    this.below = h('div.plane-picture', null, picture);
    this.rest = h('canvas.plane-layer');
    this.active = h('canvas.plane-layer');
    this.stage = h('div.plane', { tabIndex: 0, role: 'application', 'aria-label': t('Picture. Press {key} for the keys.', { key: '?' }), 'aria-roledescription': t('drawing surface') }, this.below, this.rest, this.active);
    host.append(this.stage);
    const { clientWidth: width, clientHeight: height } = this.stage;
    this.viewport = new Viewport(size, { width: width || 1, height: height || 1 });
    this.viewport.fit();
    this.scene = new Scene(this.session, ctx.node.name, size, page, moment);
    this.painter = new Painter(this.rest, this.active, this.viewport, this.scene);
    /** @type {any} */
    this.draft = null;
    /** @type {{x: number, y: number} | null} the keyboard's point */
    this.cursor = null;
    /** @type {{x: number, y: number} | null} the pointer's, in pixels of the picture */
    this.pointer = null;
    /** @type {string | null} */
    this.hover = null;
    /** @type {Set<string>} regions in the hand, left out of the layer at rest */
    this.held = new Set();
    /** @type {Set<() => void>} */
    this.listeners = new Set();
    this.drawSoon = eachFrame(() => this.#draw());
    this.drawActiveSoon = eachFrame(() => this.#drawActive());
    this.#tools();
    this.hands = new PlanePointer(this);
    planeCommands(this);
    this.#follow();
    this.painter.resize(this.viewport.view);
    this.#draw();
  }

  #tools() {
    const { tools, scope } = this.session;
    const shapes = scope.controls.filter((node) => node.toName.includes(this.ctx.node.name)).flatMap((node) => this.session.definition(node)?.tool ?? []);
    if (this.session.readonly || !shapes.length) {
      tools.add({ name: 'pan', title: t('Move the picture'), icon: 'hand', key: 'h', order: 2 });
      tools.add({ name: 'select', title: t('Select and move'), icon: 'mouse-pointer-2', key: 'v', order: 1 });
      return;
    }
    for (const tool of shapes) tools.add({ ...tool, title: t(tool.title) });
    tools.add({ name: 'select', title: t('Select and move'), icon: 'mouse-pointer-2', key: 'v', order: 1 });
    tools.add({ name: 'pan', title: t('Move the picture'), icon: 'hand', key: 'h', order: 2 });
  }

  #follow() {
    const { ctx } = this;
    const observer = new ResizeObserver(() => this.resize());
    observer.observe(this.stage);
    ctx.cleanup(() => observer.disconnect());
    const theme = new MutationObserver(() => {
      this.painter.readTheme();
      this.drawSoon();
    });
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'class'] });
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const onScheme = () => {
      this.painter.readTheme();
      this.drawSoon();
    };
    scheme.addEventListener('change', onScheme);
    ctx.cleanup(() => scheme.removeEventListener('change', onScheme));
    ctx.cleanup(() => theme.disconnect());
    ctx.cleanup(this.session.store.on((ids) => this.#changed(ids)));
    ctx.cleanup(this.session.selection.on((ids) => {
      if ([...ids].some((id) => this.session.selection.hidden.has(id)) || this.#hiddenBefore !== this.session.selection.hidden.size) this.drawSoon();
      this.#hiddenBefore = this.session.selection.hidden.size;
      this.drawActiveSoon();
    }));
    ctx.cleanup(this.session.tools.on(() => this.#toolChanged()));
    this.session.reveal.set(ctx.node.name, (region) => this.reveal(region.id));
    this.session.views.set(ctx.node.name, {
      zoomIn: () => this.zoom(1.25), zoomOut: () => this.zoom(0.8), fit: () => this.show('fit'), actual: () => this.show('actual'),
      zoom: () => `${Math.round(this.viewport.scale * 100)}%`, on: (listener) => void this.listeners.add(listener),
    });
    ctx.cleanup(() => {
      this.drawSoon.cancel();
      this.drawActiveSoon.cancel();
      this.stage.remove();
    });
    this.#toolChanged();
  }

  #hiddenBefore = 0;

  #toolChanged() {
    this.stage.dataset.tool = this.draws ? 'draw' : this.session.tools.active;
    this.cursor = null;
    this.draft = null;
    this.drawActiveSoon();
  }

  /** @param {Set<string>} ids */
  #changed(ids) {
    this.scene.update(ids);
    if ([...ids].every((id) => this.held.has(id))) this.drawActiveSoon();
    else {
      this.scene.settle();
      this.drawSoon();
    }
  }

  /** Show another picture. @param {{picture: HTMLElement, size: {width: number, height: number}, siblings?: Record<string, any>, page: number}} given */
  turn({ picture, size, siblings = {}, page }) {
    this.hands.cancel();
    this.below.replaceChildren(picture);
    Object.assign(this, { picture, size, siblings, draft: null, cursor: null, hover: null, pointer: null });
    this.held.clear();
    this.viewport.size = size;
    this.viewport.fit();
    this.scene = new Scene(this.session, this.ctx.node.name, size, page);
    this.painter.scene = this.scene;
    this.#draw();
  }

  /** Show another moment of the same picture. @param {any} moment */
  goTo(moment) {
    this.hands.cancel();
    this.scene.goTo(moment);
    this.drawSoon();
  }

  /** Bring a region into view. @param {string} id */
  reveal(id) {
    const item = this.scene.get(id);
    if (item && this.viewport.reveal(item.bounds)) this.drawSoon();
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.stage;
    if (!width || !height || width === this.viewport.view.width && height === this.viewport.view.height && this.painter.ratio === devicePixelRatio) return;
    this.viewport.resize({ width, height });
    this.painter.resize({ width, height });
    this.#draw();
  }

  /** @param {number} factor @param {{x: number, y: number}} [at] */
  zoom(factor, at) {
    this.viewport.zoom(factor, at);
    this.drawSoon();
  }

  /** @param {number} dx @param {number} dy */
  pan(dx, dy) {
    this.viewport.pan(dx, dy);
    this.drawSoon();
  }

  /** @param {'fit' | 'actual'} mode */
  show(mode) {
    this.viewport[mode]();
    this.drawSoon();
  }

  /** Take regions into the hand (they leave the layer at rest) or lay them down. @param {Iterable<string>} ids */
  hold(ids) {
    this.held = new Set(ids);
    if (!this.held.size) this.scene.settle();
    this.drawSoon();
  }

  zoomable = true;

  /** The shape that a press would draw here. @returns {string | undefined} */
  get draws() {
    const { tools, readonly } = this.session;
    const name = tools.current?.draws;
    return name && !readonly && !this.shape(name)?.line ? name : undefined;
  }

  /** @param {string} name */
  shape(name) {
    const node = this.session.scope.controls.find((control) => this.session.definition(control)?.shape?.name === name);
    return /** @type {import('../tagma.js').Shape} */ (node && this.session.definition(node)?.shape);
  }

  /**
   * Move, resize or turn a region. @param {import('./plane-scene.js').Item} item @param {string} handle @param {{x: number, y: number}} from @param {{x: number, y: number}} to
   * @param {{shift: boolean, alt: boolean}} keys @param {{label?: string, merge?: any}} [step]
   */
  change({ region, shape, value, snaps }, handle, from, to, keys, step) {
    const patch = shape.drag(value, this.size, handle, from, to, keys);
    const placed = snaps && shape.snap && handle !== 'rotate' ? shape.snap({ ...geometryOf(value), ...patch }, this.size) : patch;
    this.session.reshape(region, shape.put ? shape.put(this.session.geometry(region).value, this.scene.moment, placed) : placed, step);
  }

  /** A region was drawn; one too small to be meant is none. @param {string} name @param {any} drawn */
  finish(name, drawn) {
    const shape = this.shape(name);
    const snaps = this.session.scope.controls.some((node) => node.toName.includes(this.ctx.node.name) && this.session.definition(node)?.shape === shape && node.get('snap') === 'pixel');
    const value = snaps && shape.snap ? shape.snap(drawn, this.size) : drawn;
    const [x0, y0, x1, y1] = shape.bounds(value, this.size);
    if (Math.max(x1 - x0, y1 - y0) < 1) return;
    this.session.make(this.ctx.node, name, shape.put ? shape.put({}, this.scene.moment, value) : value, this.siblings);
  }

  /** The colour and word of the region that would be drawn now. @param {string} shape */
  nextLabel(shape) {
    const controls = this.session.labels.controls(this.ctx.node.name);
    for (const node of controls) {
      const [value] = this.session.labels.active.get(node.name) ?? [];
      const own = this.session.definition(node)?.shape;
      if (value && (!own || own.name === shape)) {
        const option = this.session.option(node, value);
        return { color: option?.color ?? 'var(--tagma-accent)', text: option?.text ?? value };
      }
    }
    return { color: 'var(--tagma-accent)', text: '' };
  }

  #draw() {
    this.drawSoon.cancel();
    const { scale, x, y } = this.viewport;
    this.picture.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    this.picture.classList.toggle('pixels', scale > 4);
    this.painter.paintRest(this.held);
    this.#drawActive();
    for (const listener of this.listeners) listener();
  }

  #drawActive() {
    this.drawActiveSoon.cancel();
    const selected = [...this.session.selection.ids].flatMap((id) => this.scene.get(id) ?? []);
    const hover = this.hover && !this.session.selection.has(this.hover) ? (this.scene.get(this.hover) ?? null) : null;
    this.painter.paintActive({
      selected, hover, draft: this.draft, cursor: this.cursor, focused: document.activeElement === this.stage,
      crosshair: this.crosshair && this.draws ? this.pointer : null, grid: this.grid,
    });
  }
}

/** A value without what its control says. @param {any} value */
function geometryOf(value) {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => typeof one === 'number'));
}
