/**
 * Paints a plane on two canvases: the regions at rest, and what is selected or being drawn. Colours come from the page's
 * variables, so light and dark need nothing else. Outlines of one colour share paths; a light halo keeps them apart from any
 * picture. In a crowd halo and words are left out, they could not be read anyway, and outlines are one pixel of the screen
 * wide: browsers draw such lines without filling them as areas, which costs a sixteenth.
 */
const HALO_UP_TO = 600; // in sight
const WORDS_UP_TO = 250;
const IN_A_PATH = 100; // each further corner costs more in a long path
const HANDLE = 7;

export class Painter {
  // the page's colours, by readTheme
  ink = '';
  soft = '';
  sheet = '';
  line = '';
  font = '';

  /** @param {HTMLCanvasElement} rest @param {HTMLCanvasElement} active @param {import('./viewport.js').Viewport} viewport @param {import('./plane-scene.js').Scene} scene */
  constructor(rest, active, viewport, scene) {
    this.rest = /** @type {CanvasRenderingContext2D} */ (rest.getContext('2d'));
    this.active = /** @type {CanvasRenderingContext2D} */ (active.getContext('2d'));
    this.viewport = viewport;
    this.scene = scene;
    this.strokeWidth = 2;
    this.ratio = devicePixelRatio || 1;
    this.touch = false;
    this.readTheme();
  }

  /** Ink and lines as the page's theme has them now. */
  readTheme() {
    this.#colors.clear();
    const style = getComputedStyle(this.rest.canvas);
    const get = (/** @type {string} */ name, /** @type {string} */ other) => style.getPropertyValue(name).trim() || other;
    this.ink = get('--tagma-ink', '#222');
    this.soft = get('--tagma-ink-soft', '#666');
    this.sheet = get('--tagma-sheet', '#fff');
    this.line = get('--tagma-line-strong', '#ccc');
    this.font = style.fontFamily || 'system-ui';
  }

  /** @type {Map<string, string>} */
  #colors = new Map();

  /** A colour with variables replaced. @param {string} color */
  color(color) {
    const known = this.#colors.get(color);
    if (known) return known;
    const name = /^var\((--[\w-]+)\)$/.exec(color)?.[1];
    let found = (name && getComputedStyle(this.rest.canvas).getPropertyValue(name).trim()) || color;
    if (!CSS.supports('color', found)) found = this.soft;
    this.#colors.set(color, found);
    return found;
  }

  /** @param {{width: number, height: number}} view */
  resize({ width, height }) {
    const ratio = (this.ratio = devicePixelRatio || 1);
    for (const context of [this.rest, this.active]) {
      context.canvas.width = Math.round(width * ratio);
      context.canvas.height = Math.round(height * ratio);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
    }
  }

  /** @param {Set<string>} without drawn on the other canvas */
  paintRest(without) {
    const { rest: context, viewport } = this;
    context.clearRect(0, 0, viewport.view.width, viewport.view.height);
    const a = viewport.toPicture({ x: 0, y: 0 });
    const b = viewport.toPicture({ x: viewport.view.width, y: viewport.view.height });
    const hidden = this.scene.session.selection.hidden;
    const items = this.scene.within(a.x, a.y, b.x, b.y).filter((item) => !hidden.has(item.id) && !without.has(item.id));
    const crowd = items.length > HALO_UP_TO;
    const width = crowd ? 1 / this.ratio : this.strokeWidth;
    for (const { color, dashed, fill, path } of this.#paths(items)) {
      if (fill && !crowd) this.#fill(context, path, color, fill);
      this.#outline(context, path, this.color(color), dashed && !crowd, !crowd, width);
    }
    if (items.length <= WORDS_UP_TO) this.#words(context, items);
  }

  /** Outlines gathered by how they look. @param {import('./plane-scene.js').Item[]} items */
  *#paths(items) {
    /** @type {Map<string, {color: string, dashed: boolean, fill: number, path: Path2D, left: number}>} */
    const groups = new Map();
    for (const item of items) {
      const key = `${item.color} ${item.dashed} ${item.fill}`;
      let group = groups.get(key);
      if (!group?.left) {
        if (group) yield group;
        groups.set(key, (group = { color: item.color, dashed: item.dashed, fill: item.fill, path: new Path2D(), left: IN_A_PATH }));
      }
      group.left--;
      item.shape.path(group.path, item.value, this.scene.size, this.viewport.toScreen);
    }
    yield* groups.values();
  }

  /** @param {CanvasRenderingContext2D} context @param {Path2D} path @param {string} color @param {boolean} dashed @param {boolean} halo @param {number} width */
  #outline(context, path, color, dashed, halo, width) {
    context.lineJoin = 'round';
    if (halo) {
      context.setLineDash([]);
      context.strokeStyle = 'rgb(255 255 255 / 85%)';
      context.lineWidth = width + 2;
      context.stroke(path);
    }
    context.setLineDash(dashed ? [7, 4] : []);
    context.strokeStyle = color;
    context.lineWidth = width;
    context.stroke(path);
    context.setLineDash([]);
  }

  /**
   * @param {{selected: import('./plane-scene.js').Item[], hover: import('./plane-scene.js').Item | null, draft: {shape: any, value: any, color: string, text: string} | null,
   *   cursor: {x: number, y: number} | null, crosshair: {x: number, y: number} | null, focused: boolean, grid: {size: number, color: string} | null}} what
   */
  paintActive({ selected, hover, draft, cursor, crosshair, grid }) {
    const { active: context, viewport } = this;
    context.clearRect(0, 0, viewport.view.width, viewport.view.height);
    if (grid) this.#grid(context, grid);
    if (hover) this.#filled(context, hover, 0.1);
    const hidden = this.scene.session.selection.hidden;
    const shown = selected.filter((item) => !hidden.has(item.id));
    for (const item of shown) {
      const path = this.#filled(context, item, 0.22);
      this.#outline(context, path, this.color(item.color), item.dashed, true, this.strokeWidth + 0.5);
    }
    this.#words(context, shown, true);
    if (shown.length === 1 && !draft) this.#handles(context, shown[0]);
    if (draft) {
      const path = new Path2D();
      draft.shape.path(path, draft.value, this.scene.size, viewport.toScreen);
      this.#fill(context, path, draft.color, 0.14);
      this.#outline(context, path, this.color(draft.color), false, true, this.strokeWidth);
    }
    if (crosshair) this.#cross(context, viewport.toScreen(crosshair), this.color('var(--tagma-accent)'), 1, true);
    if (cursor) this.#cross(context, viewport.toScreen(cursor), this.color('var(--tagma-accent)'), 2, false);
  }

  /** @param {CanvasRenderingContext2D} context @param {import('./plane-scene.js').Item} item @param {number} alpha */
  #filled(context, item, alpha) {
    const path = new Path2D();
    item.shape.path(path, item.value, this.scene.size, this.viewport.toScreen);
    this.#fill(context, path, item.color, alpha);
    return path;
  }

  /** @param {CanvasRenderingContext2D} context @param {Path2D} path @param {string} color @param {number} alpha */
  #fill(context, path, color, alpha) {
    context.globalAlpha = alpha;
    context.fillStyle = this.color(color);
    context.fill(path);
    context.globalAlpha = 1;
  }

  /** Where the handle that turns a shape stands: over its top, or where that is out of sight under its bottom. @param {import('./plane-scene.js').Item} item */
  rotateHandle(item) {
    if (!item.turns) return null;
    const handles = item.shape.handles(item.value, this.scene.size);
    const reach = this.touch ? 34 : 22;
    const { width, height } = this.viewport.view;
    const at = (/** @type {string} */ name, /** @type {number} */ degrees) => {
      const edge = handles.find((handle) => handle.name === name);
      if (!edge) return null;
      const from = this.viewport.toScreen(edge);
      const angle = ((item.value.rotation || 0) + degrees) * (Math.PI / 180);
      return { x: from.x + Math.cos(angle) * reach, y: from.y + Math.sin(angle) * reach, from };
    };
    const seen = (/** @type {{x: number, y: number} | null} */ point) => point && point.x > 8 && point.y > 8 && point.x < width - 8 && point.y < height - 8;
    const [top, bottom] = [at('n', -90), at('s', 90)];
    return !seen(top) && seen(bottom) ? bottom : top;
  }

  /** @param {CanvasRenderingContext2D} context @param {import('./plane-scene.js').Item} item */
  #handles(context, item) {
    if (!this.scene.session.editable([item.id]).length) return;
    const half = this.touch ? 7 : HANDLE / 2;
    context.lineWidth = 1.5;
    context.strokeStyle = this.color(item.color);
    context.fillStyle = 'white';
    const turn = this.rotateHandle(item);
    if (turn) {
      context.beginPath();
      context.moveTo(turn.from.x, turn.from.y);
      context.lineTo(turn.x, turn.y);
      context.stroke();
      context.beginPath();
      context.arc(turn.x, turn.y, half + 1, 0, 7);
      context.fill();
      context.stroke();
    }
    for (const handle of item.shape.handles(item.value, this.scene.size)) {
      const { x, y } = this.viewport.toScreen(handle);
      context.beginPath();
      if (this.touch) context.arc(x, y, half, 0, 7);
      else context.roundRect(x - half, y - half, HANDLE, HANDLE, 1.5);
      context.fill();
      context.stroke();
    }
  }

  /** @type {Map<string, number>} font and words -> width in pixels */
  #widths = new Map();

  /** @param {CanvasRenderingContext2D} context whose font is set @param {string} words */
  #width(context, words) {
    const key = `${context.font}|${words}`;
    let width = this.#widths.get(key);
    if (width === undefined) {
      if (this.#widths.size > 5000) this.#widths.clear();
      this.#widths.set(key, (width = context.measureText(words).width));
    }
    return width;
  }

  /** Number and label on a sheet with a bar in the label's colour, above the shape or, at the picture's top, inside it. @param {CanvasRenderingContext2D} context @param {import('./plane-scene.js').Item[]} items */
  #words(context, items, bold = false) {
    const { view, scale } = this.viewport;
    context.textBaseline = 'middle';
    context.font = `${bold ? 600 : 500} 12px ${this.font}`; // one for all: to change it costs more than to write
    context.lineWidth = 1;
    for (const item of items) {
      const [x0, y0, x1] = item.bounds;
      if ((x1 - x0) * scale < 18 && items.length > 40) continue;
      const color = this.color(item.color);
      const digits = String(item.number);
      const text = item.text.length > 32 ? `${item.text.slice(0, 30)}…` : item.text;
      const gap = this.#width(context, digits) + 15;
      const width = gap + this.#width(context, text) + 8;
      const corner = this.viewport.toScreen({ x: x0, y: y0 });
      const x = Math.min(Math.max(corner.x - 1, 0), Math.max(0, view.width - width));
      const y = corner.y - 24 >= 0 ? corner.y - 24 : Math.max(corner.y, 0) + 4;
      context.fillStyle = this.sheet;
      context.strokeStyle = bold ? color : this.line;
      context.beginPath();
      context.roundRect(x + 0.5, y + 0.5, width, 20, 3);
      context.fill();
      context.stroke();
      context.fillStyle = color;
      context.fillRect(x, y, 3, 21);
      context.fillStyle = this.soft;
      context.fillText(digits, x + 9, y + 11);
      context.fillStyle = this.ink;
      context.fillText(text, x + gap, y + 11);
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {{x: number, y: number}} at @param {string} color @param {number} width @param {boolean} whole */
  #cross(context, at, color, width, whole) {
    const { width: w, height: h } = this.viewport.view;
    const x = Math.round(at.x) + 0.5;
    const y = Math.round(at.y) + 0.5;
    const reach = whole ? Math.max(w, h) : 14;
    for (const [style, extra] of /** @type {[string, number][]} */ ([['rgb(255 255 255 / 80%)', 2], [color, 0]])) {
      context.strokeStyle = style;
      context.lineWidth = width + extra;
      context.beginPath();
      context.moveTo(x - reach, y);
      context.lineTo(x + reach, y);
      context.moveTo(x, y - reach);
      context.lineTo(x, y + reach);
      context.stroke();
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {{size: number, color: string}} grid in pixels of the picture */
  #grid(context, grid) {
    const { viewport } = this;
    if (grid.size * viewport.scale < 4) return;
    const { width, height } = this.scene.size;
    context.beginPath();
    for (let x = grid.size; x < width; x += grid.size) {
      const top = viewport.toScreen({ x, y: 0 });
      context.moveTo(top.x, top.y);
      context.lineTo(top.x, viewport.toScreen({ x, y: height }).y);
    }
    for (let y = grid.size; y < height; y += grid.size) {
      const left = viewport.toScreen({ x: 0, y });
      context.moveTo(left.x, left.y);
      context.lineTo(viewport.toScreen({ x: width, y }).x, left.y);
    }
    context.strokeStyle = this.color(grid.color);
    context.globalAlpha = 0.5;
    context.lineWidth = 1;
    context.stroke();
    context.globalAlpha = 1;
  }
}
