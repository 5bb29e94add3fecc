/**
 * The space of one axis: time of a recording or a film, rows of a series. An overview of the whole, a ruler, and bodies in which
 * the tag paints what the line carries; regions are stretches of it. Zoom and pan by wheel, pinch, pen, touch and keys.
 */
import { eachFrame, h } from '../dom.js';
import { t } from '../i18n.js';
import { lineCommands } from './line-keys.js';
import { LanePainter, Lanes } from './line-lanes.js';
import { overviewHand } from './line-overview.js';
import { LinePainter } from './line-painter.js';
import { LinePointer } from './line-pointer.js';
import { LineRows } from './line-rows.js';
import { rulerHand } from './line-ruler.js';
import { LineScene } from './line-scene.js';
import { LineView } from './line-view.js';

export { clock, roundTicks, timeTicks } from './line-ticks.js';

const RULER = 24;
const OVERVIEW = 44;

/**
 * @typedef {{from: number, to: number, row?: number, color?: string, strength?: number, lane?: string, parts?: {from: number, to: number}[], marks?: number[], fixed?: boolean}} Place
 *   in the line's unit; `row` -1 for all rows; `strength` of the colour, 1 unless the tag has it otherwise; `parts` of it that
 *   count and `marks`, points in it, where it has such; `fixed`: only its ends are moved by hand; those of one `lane` share one
 * @typedef {{
 *   length: number, closest: number, step: number, name: string,
 *   place: (value: any, result: import('../store.js').Result) => Place | null, value: (place: Place, before?: any) => any, siblings?: Record<string, any>,
 *   ticks: (from: number, to: number, width: number) => {at: number, text: string}[],
 *   stretch: (span: number) => string,
 *   content: (context: CanvasRenderingContext2D, view: LineView, painter: LinePainter, rows: (row: number) => [number, number]) => void,
 *   ground?: (context: CanvasRenderingContext2D, view: LineView, painter: LinePainter, rows: (row: number) => [number, number]) => void, words?: (text: string, result: import('../store.js').Result) => string,
 *   overview?: (context: CanvasRenderingContext2D, width: number, height: number, painter: LinePainter) => void,
 *   rows?: number, heights?: number[], linked?: boolean, lanes?: number, gutter?: {width: number, paint: (context: CanvasRenderingContext2D, painter: LinePainter) => void},
 *   first?: [number, number], head?: number, cursor?: string, thick?: number, zooms?: boolean, seek?: (at: number) => number | void, point?: (at: number | null) => void,
 *   scrolls?: boolean, instants?: boolean, least?: number, shape?: string | null, nudges?: boolean,
 * }} Given
 *   `length` of the line and `step`, its smallest part, in its unit; `closest` pixels of a unit at the highest zoom; `name` says to
 *   who can't see it what it is; `place` reads a result's value and `value` writes one, told what stood there when it is changed;
 *   `stretch` says how much of the line is in sight; `content` paints what lies on the regions' colours and `ground` what lies under them; `words` are what a region wears, its labels without it; `rows` are channels with
 *   regions of their own, or `linked` ones that share them, and with `heights` in pixels they scroll when there is no room;
 *   `lanes` is the height of a lane where each region has its own; `gutter` stands at the left of them, for scales; `first` is the
 *   part that is seen at first; `head` is what words of regions leave free at the top, in pixels, and `cursor` and `thick` the
 *   colour and width of the point of time; without `zooms` the whole stays in sight; `seek` is told where the person went, and may say where that is exactly, and `point` where the pointer is;
 *   `instants`: a double press makes a region without length; `least` is the shortest that is meant; `shape` is that of the control
 *   whose regions are marked here, general labels without it, null where nothing is marked; `nudges: false` leaves the keys that
 *   move ends to the tag
 */
export class LineSpace {
  /** Where the person, or the playhead, is. */
  at = 0;
  /** @type {Place | null} */
  draft = null;
  /** @type {number | null} where a region that is marked by keys begins */
  marking = null;
  /** The row on which keys mark, where each has regions of its own. */
  channel = 0;
  /** @type {string | null} */
  hover = null;
  /** Where the pointer is, of lines that ask for it. @type {number | null} */
  pointer = null;
  /** @type {Set<string>} regions in the hand */
  held = new Set();

  /** @param {HTMLElement} host @param {import('../editor/context.js').Context} ctx @param {Given} given */
  constructor(host, ctx, given) {
    this.ctx = ctx;
    this.session = ctx.session;
    this.given = given;
    this.#first = given.first;
    this.lane = given.lanes ?? 0;
    this.rows = this.lane ? new Lanes(this.lane) : new LineRows(given.rows ?? 1, given.heights, given.linked ?? false);
    this.step = given.step;
    this.zoomable = given.zooms ?? true;
    this.scrolls = given.scrolls ?? true;
    this.strip = given.overview ? h('canvas.line-overview', { 'aria-hidden': 'true' }) : null;
    this.ruler = h('canvas.line-ruler', { 'aria-hidden': 'true' });
    this.gutter = given.gutter ? h('canvas.line-gutter', { 'aria-hidden': 'true' }) : null;
    this.rest = h('canvas.line-layer');
    this.active = h('canvas.line-layer');
    this.tall = h('div.line-tall');
    this.stage = h('div.line-stage', { tabIndex: 0, role: 'application', 'aria-label': `${given.name} ${t('Press {key} for the keys.', { key: '?' })}`, 'aria-roledescription': t('line of time') }, h('div.line-pane', null, this.rest, this.active), this.tall);
    this.box = h('div.line-space', { class: this.lane ? 'lanes' : '', vars: { '--line-gutter': `${given.gutter?.width ?? 0}px` } }, this.strip, this.ruler, h('div.line-body', null, this.gutter, this.stage));
    host.append(this.box);
    this.view = new LineView(given.length, this.stage.clientWidth || 1, given.closest);
    this.scene = new LineScene(this.session, ctx.node.name, given.place, this.lane > 0, given.words);
    this.painter = new (this.lane ? LanePainter : LinePainter)({ rest: this.rest, active: this.active, ruler: this.ruler, overview: this.strip, gutter: this.gutter }, this.view, this.scene, { head: given.head, cursor: given.cursor, thick: given.thick });
    this.drawSoon = eachFrame(() => this.#draw());
    this.drawActiveSoon = eachFrame(() => this.#drawActive());
    this.#tools();
    this.hands = new LinePointer(this);
    if (this.strip) overviewHand(this, this.strip);
    rulerHand(this, this.ruler);
    lineCommands(this);
    this.#follow();
    this.resize();
  }

  #tools() {
    const { tools } = this.session;
    if (!this.session.readonly && this.given.shape !== null) tools.add({ name: 'mark', title: t('Mark a stretch'), icon: 'text-cursor-input', key: '', order: 1, draws: this.given.shape });
    tools.add({ name: 'select', title: t('Select and listen'), icon: 'mouse-pointer-2', key: 'v', order: 2 });
    tools.add({ name: 'pan', title: t('Move along'), icon: 'hand', key: 'h', order: 3 });
  }

  #follow() {
    const { ctx, session } = this;
    const observer = new ResizeObserver(() => this.resize());
    observer.observe(this.stage);
    this.stage.addEventListener('scroll', () => {
      this.rows.scrolled = this.stage.scrollTop;
      this.drawSoon();
    }, { passive: true });
    const repaint = () => {
      this.painter.readTheme();
      this.drawSoon();
    };
    const theme = new MutationObserver(repaint);
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'class'] });
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', repaint);
    ctx.cleanup(session.store.on((ids) => {
      this.scene.rebuild();
      this.#fitRows();
      if ([...ids].every((id) => this.held.has(id))) this.drawActiveSoon();
      else this.drawSoon();
    }));
    ctx.cleanup(session.selection.on(() => this.drawSoon()));
    session.reveal.set(ctx.node.name, (region) => this.reveal(region.id));
    if (this.zoomable) session.views.set(ctx.node.name, {
      zoomIn: () => this.zoom(1.5), zoomOut: () => this.zoom(1 / 1.5), fit: () => this.fit(), actual: () => this.fit(),
      zoom: () => this.given.stretch(this.view.span), on: (listener) => void this.#listeners.add(listener),
    });
    ctx.cleanup(() => {
      observer.disconnect();
      theme.disconnect();
      scheme.removeEventListener('change', repaint);
      this.drawSoon.cancel();
      this.drawActiveSoon.cancel();
      this.box.remove();
    });
  }

  /** @type {Set<() => void>} */
  #listeners = new Set();

  /** Call `listener` when another part of the line is in sight. @param {() => void} listener */
  onView(listener) {
    this.#listeners.add(listener);
  }

  /** The rows have other heights from now on. @param {number[]} heights */
  setHeights(heights) {
    this.rows.resize(heights);
    this.#fitRows();
    this.drawSoon();
  }

  /** The stage is as tall as its rows as far as there is room. */
  #fitRows() {
    if (this.lane && this.rows.count !== this.scene.lanes) this.rows.resize(Array(this.scene.lanes).fill(this.lane));
    const tall = this.given.heights || this.lane ? this.rows.total : 0;
    this.box.style.setProperty('--line-rows', tall ? `${tall}px` : '');
    this.box.classList.toggle('rows', tall > 0);
  }

  /** @type {[number, number] | undefined} the part to be seen at first, until there is room to see it */
  #first;

  resize() {
    this.#fitRows();
    const { clientWidth: width, clientHeight: height } = this.stage;
    if (!width || !height || (width === this.view.width && height === this.painter.height && this.painter.ratio === devicePixelRatio)) return;
    this.rows.height = height;
    this.rows.scrolled = this.stage.scrollTop;
    for (const [name, value] of [['--line-width', width], ['--line-pane', height]]) this.box.style.setProperty(String(name), `${value}px`);
    this.view.resize(width);
    if (this.#first) this.view.show(...this.#first);
    this.#first = undefined;
    this.painter.resize(width, height, { ruler: RULER, overview: OVERVIEW, gutter: this.given.gutter?.width ?? 0 });
    this.#draw();
  }

  /** @param {number} factor @param {number} [x] */
  zoom(factor, x = this.#middle()) {
    if (!this.zoomable) return;
    this.view.zoom(factor, x);
    this.drawSoon();
  }

  /** The point of time if it is in sight, so that keys zoom to it. */
  #middle() {
    const x = this.view.toScreen(this.at);
    return x >= 0 && x <= this.view.width ? x : this.view.width / 2;
  }

  /** @param {number} by in pixels */
  pan(by) {
    this.view.pan(by);
    this.drawSoon();
  }

  fit() {
    this.view.fit();
    this.drawSoon();
  }

  /** @param {number} from @param {number} to */
  show(from, to) {
    if (!this.zoomable) return;
    this.view.show(from, to);
    this.drawSoon();
  }

  /** Bring a region into view. @param {string} id */
  reveal(id) {
    const stretch = this.scene.get(id);
    if (!stretch) return;
    if (this.lane) {
      const [top, bottom] = this.rows.place(stretch.row);
      const by = Math.min(top, 0) + Math.max(bottom - this.painter.height, 0);
      if (by) this.stage.scrollTop = this.rows.scrolled + by; // to ask the stage would make the browser lay out the page at once
    }
    if (this.view.reveal(stretch.from, stretch.to)) this.drawSoon();
  }

  /** The person goes to a point. @param {number} at */
  seek(at) {
    this.at = Math.min(Math.max(at, 0), this.view.length);
    this.at = this.given.seek?.(this.at) ?? this.at;
    if (this.marking !== null) this.draft = { from: Math.min(this.marking, this.at), to: Math.max(this.marking, this.at), row: this.keyRow };
    if (this.view.reveal(this.at, this.at)) this.drawSoon();
    else this.drawActiveSoon();
  }

  /** The playhead runs. @param {number} at @param {boolean} turn whether the page turns when it leaves */
  run(at, turn) {
    this.at = at;
    if (turn && !this.hands.busy && this.view.follow(at)) this.drawSoon();
    else this.drawActiveSoon();
  }

  /** The row of regions that keys mark. */
  get keyRow() {
    return this.rows.linked ? -1 : this.channel;
  }

  /** @param {number} row */
  setChannel(row) {
    this.channel = Math.min(Math.max(row, 0), this.rows.count - 1);
    this.drawActiveSoon();
  }

  /** What the line carries has changed, or more of it has arrived. */
  refresh() {
    this.painter.forgetWhole();
    this.drawSoon();
  }

  /** The pointer is at a point of the line, or has left. @param {number | null} at */
  setPointer(at) {
    if (!this.given.point || at === this.pointer) return;
    this.pointer = at;
    this.given.point(at);
    this.drawActiveSoon();
  }

  /** @param {string | null} id */
  setHover(id) {
    if (id === this.hover) return;
    this.hover = id;
    this.drawActiveSoon();
  }

  /** What is being drawn, by its sides on the screen; null for nothing any more. @param {number | null} left @param {number} [right] @param {number} [row] */
  setDraft(left, right = 0, row = -1) {
    this.draft = left === null ? null : { from: Math.max(this.view.toLine(left), 0), to: Math.min(this.view.toLine(right), this.view.length), row: this.lane ? -1 : row };
    this.drawActiveSoon();
  }

  /** Take regions into the hand or lay them down. @param {string[]} ids */
  hold(ids) {
    this.held = new Set(ids);
    this.drawSoon();
  }

  /** A region was drawn. @param {Place} place */
  finish(place) {
    if (place.to - place.from < (this.given.least ?? this.step)) return;
    this.session.make(this.ctx.node, this.given.shape ?? null, this.given.value(place), this.given.siblings);
  }

  /** @param {number} at */
  pressedTwice(at) {
    if (this.given.instants && !this.session.readonly) this.session.make(this.ctx.node, null, this.given.value({ from: at, to: at }), this.given.siblings);
  }

  /**
   * Move a region or one of its ends by `by`, counted from where it was before the gesture.
   * @param {string} id @param {'from' | 'to' | 'both'} side @param {import('./line-scene.js').Stretch} before @param {number} by @param {any} merge
   */
  change(id, side, before, by, merge) {
    const stretch = this.scene.get(id);
    if (!stretch || !this.session.editable([id]).length) return;
    const { length } = this.view;
    const within = (/** @type {number} */ at, /** @type {number} */ least, /** @type {number} */ most) => Math.min(Math.max(at, least), most);
    let { from, to } = before;
    if (from === to) side = 'both'; // an instant has no ends
    const { row } = stretch;
    if (side === 'from') from = within(from + by, 0, to - this.step);
    else if (side === 'to') to = within(to + by, from + this.step, length);
    else {
      const moved = within(by, -from, length - to);
      [from, to] = [from + moved, to + moved];
    }
    this.session.reshape(stretch.region, this.given.value({ from, to, row }, this.session.geometry(before.region).value), { label: side === 'both' ? t('Move region') : t('Resize region'), merge });
  }

  #nextLabel() {
    for (const node of this.session.labels.controls(this.ctx.node.name)) {
      const [value] = this.session.labels.active.get(node.name) ?? [];
      const option = value && this.session.option(node, value);
      if (option) return { color: option.color, text: option.text };
    }
    return { color: 'var(--tagma-accent)', text: '' };
  }

  #draw() {
    this.drawSoon.cancel();
    const { painter, view, given } = this;
    const selected = this.session.selection.ids;
    painter.paintRest((context) => given.content(context, view, painter, this.rows.place), this.rows.place, new Set([...selected, ...this.held]), given.ground && ((context) => given.ground?.(context, view, painter, this.rows.place)));
    painter.paintRuler(given.ticks);
    if (given.gutter) painter.paintGutter(given.gutter.paint);
    this.#drawActive();
    for (const listener of this.#listeners) listener();
  }

  #drawActive() {
    this.drawActiveSoon.cancel();
    const { painter, given, session } = this;
    const selected = [...session.selection.ids].flatMap((id) => (session.selection.hidden.has(id) ? [] : this.scene.get(id) ?? []));
    const hover = this.hover && !session.selection.has(this.hover) ? (this.scene.get(this.hover) ?? null) : null;
    const draft = this.draft && { row: -1, ...this.draft, ...this.#nextLabel() };
    painter.paintActive({ selected, hover, draft, cursor: this.at, pointer: this.pointer, marks: this.marking !== null, channel: this.rows.count > 1 && !this.lane && !this.rows.linked && !session.readonly ? this.channel : null, rows: this.rows.place, handles: !session.readonly });
    if (given.overview) painter.paintOverview((context, width, height) => given.overview?.(context, width, height, painter), this.at);
  }
}
