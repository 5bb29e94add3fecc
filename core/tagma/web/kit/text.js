/**
 * The space of characters. The text stands in paragraphs inside chunks that the browser lays out only near the screen
 * (`content-visibility`); passages are painted by the CSS Highlight API, so the text's elements are never changed and offsets
 * stay true. Digits, outlines and handles float above, for the passages in sight.
 */
import { h, eachFrame } from '../dom.js';
import { t } from '../i18n.js';
import { spell } from '../keys.js';
import { Offsets, levels, linksIn, paragraphs, snap } from './offsets.js';
import { TextPaint } from './text-paint.js';
import { textCommands } from './text-keys.js';
import { penMarks } from './text-pen.js';

const CHUNK = 1500; // characters; about a screen

/** @typedef {{id: string, start: number, end: number, level: number, color: string, text: string, key: string, number: number, region: import('../store.js').Region}} Span  offsets in UTF-16 units */
/** @typedef {{start: number, end: number, element: HTMLElement}} Turn  a part with an element of its own, in which its paragraphs are put; offsets in UTF-16 units */
/**
 * @typedef {{
 *   granularity: string, selectable: boolean, saveText: boolean, showLabels: boolean, links?: boolean, color?: string, name?: string,
 *   turns?: Turn[], place?: (value: any) => {start: number, end: number} | null, value?: (start: number, end: number) => any,
 * }} Options
 *   `color` of all passages instead of their labels'; `name` says to who can't see it what it is; `turns` of a dialogue, one for
 *   each part of the text, line breaks between them; `place` reads where a result's value lies and `value` writes one, in UTF-16
 *   units: code points from `start` to `end` unless given
 */

export class TextSpace {
  /** @param {HTMLElement} host @param {import('../editor/context.js').Context} ctx @param {string} text @param {Options} options */
  constructor(host, ctx, text, options) {
    this.ctx = ctx;
    this.session = ctx.session;
    this.text = text;
    this.options = options;
    this.offsets = new Offsets(text);
    this.body = h('div.text-body');
    this.overlay = h('div.text-overlay', { 'aria-hidden': 'true' });
    this.page = h('div.text-page', null, this.body, this.overlay);
    this.scroller = h('div.text-scroller', { tabIndex: 0, role: 'document', 'aria-label': options.name ?? t('Text'), 'aria-describedby': '' }, this.page);
    this.strip = h('canvas.text-strip', { title: t('Where the regions are'), 'aria-hidden': 'true' });
    this.host = h('div.text-space', null, this.scroller, this.strip);
    host.append(this.host);
    this.#build();
    /** @type {Span[]} */
    this.spans = [];
    /** @type {[number, number] | null} marked but not yet labeled */
    this.marked = null;
    this.paint = new TextPaint(this);
    this.#readSpans();
    this.#listen();
    textCommands(this);
    penMarks(this);
    this.session.pending.set(ctx.node.name, { pending: () => Boolean(this.marked ?? this.selectedRange()), commit: () => this.commit() });
    this.session.reveal.set(ctx.node.name, (region) => this.reveal(region.id));
    if (this.session.readonly) return;
    this.session.tools.add({ name: 'mark', title: t('Mark text'), icon: 'text-cursor-input', key: '', order: 1 });
  }

  #build() {
    /** @type {{start: number, end: number, continues: boolean, node: Text, element: HTMLElement}[]} */
    this.pieces = [];
    /** @type {{element: HTMLElement, first: number, last: number, start: number, end: number}[]} */
    this.chunks = [];
    /** @type {{element: HTMLElement, first: number, last: number, start: number, end: number} | null} */
    let chunk = null;
    let count = 0;
    const { turns } = this.options;
    const numbered = !turns && /[\r\n]/.test(this.text);
    let paragraph = 0;
    for (const turn of turns ?? [{ start: 0, end: this.text.length, element: null }]) {
      for (const piece of paragraphs(this.text.slice(turn.start, turn.end))) {
        const [start, end] = [turn.start + piece.start, turn.start + piece.end];
        if (!chunk || (count > CHUNK && (!turn.element || piece.start === 0))) {
          chunk = { element: h('div.text-chunk'), first: this.pieces.length, last: 0, start, end };
          this.chunks.push(chunk);
          count = 0;
        }
        const node = document.createTextNode(this.text.slice(start, end));
        const element = document.createElement('p');
        if (piece.continues) element.className = 'continues';
        else if (numbered) {
          paragraph++;
          if (end > start) element.dataset.number = String(paragraph);
        }
        element.append(node);
        element.dir = 'auto';
        if (turn.element && piece.start === 0) chunk.element.append(turn.element);
        (turn.element ?? chunk.element).append(element);
        this.pieces.push({ start, end, continues: piece.continues, node, element });
        chunk.last = this.pieces.length - 1;
        chunk.end = end;
        count += end - start + 40;
      }
    }
    this.#expect();
    // all at once, and only then the direction: else the browser would seek it anew with every paragraph
    this.body.append(...this.chunks.map(({ element }) => element));
    this.body.dir = 'auto';
    this.body.classList.toggle('numbered', numbered);
    /** @type {WeakMap<Node, number>} */
    this.placeOf = new WeakMap(this.pieces.map((piece, place) => [piece.node, place]));
    /** @type {WeakMap<Node, number>} */
    this.placeOfElement = new WeakMap(this.pieces.map((piece, place) => [piece.element, place]));
  }

  /** Tell the browser about how tall each chunk is, before it lays it out. */
  #expect() {
    for (const { element, start, end, first, last } of this.chunks) {
      const shown = this.pieces.slice(first, last + 1).some((piece) => !piece.element.closest('[hidden]'));
      element.style.setProperty('--lines', String(shown ? Math.max(1, Math.ceil((end - start) / 90)) : 0));
    }
  }

  /** After turns were hidden or shown. */
  refit() {
    this.#expect();
    this.paint.drawSoon();
    this.paint.drawStripSoon();
  }

  #listen() {
    const { ctx } = this;
    const onSelection = eachFrame(() => this.#selected());
    document.addEventListener('selectionchange', onSelection);
    ctx.cleanup(() => document.removeEventListener('selectionchange', onSelection));
    const onUp = (/** @type {PointerEvent} */ event) => this.#release(event);
    this.body.addEventListener('pointerdown', (/** @type {PointerEvent} */ event) => {
      this.#pressedAt = { x: event.clientX, y: event.clientY };
    });
    document.addEventListener('pointerup', onUp);
    ctx.cleanup(() => document.removeEventListener('pointerup', onUp));
    ctx.cleanup(this.session.store.on(() => this.#readSpans()));
    ctx.cleanup(this.session.selection.on(() => this.paint.drawSoon()));
    this.strip.addEventListener('pointerdown', (/** @type {PointerEvent} */ event) => {
      const jump = (/** @type {PointerEvent} */ at) => {
        const box = this.strip.getBoundingClientRect();
        this.scroller.scrollTop = ((at.clientY - box.top) / box.height) * this.scroller.scrollHeight - this.scroller.clientHeight / 2;
      };
      jump(event);
      this.strip.setPointerCapture(event.pointerId);
      this.strip.onpointermove = jump;
    });
    this.strip.addEventListener('pointerup', () => (this.strip.onpointermove = null));
  }

  /** @type {{x: number, y: number} | null} */
  #pressedAt = null;

  /** @type {WeakMap<import('../store.js').Region, Omit<Span, 'number' | 'level'> | null>} regions never change, so each is read once */
  #read = new WeakMap();

  /** @param {import('../store.js').Region} region @param {{color: string, text: string}} said */
  #spanOf(region, said) {
    const { session } = this;
    const known = this.#read.get(region);
    if (known !== undefined) return known;
    const { value, from_name: control } = session.geometry(region);
    const { start, end } = (this.options.place ?? ((given) => this.#place(given)))(value ?? {}) ?? { start: -1, end: -1 };
    const node = session.scope.node(control);
    const label = node && session.labels.of(region, node)[0];
    const key = (label && node && session.option(node, label)?.key) || '';
    const made = start >= 0 && end > start ? { id: region.id, region, color: this.options.color || said.color, text: region.proposed === 'suggestion' ? `${said.text}?` : region.proposed ? `${said.text}…` : said.text, key: key && spell(key), start, end } : null;
    this.#read.set(region, made);
    return made;
  }

  /** Where a value that counts code points lies, in units. @param {any} value */
  #place(value) {
    const [from, to] = [Number(value.start ?? value.startOffset), Number(value.end ?? value.endOffset)];
    return from >= 0 && to > from ? { start: this.offsets.toUnits(from), end: this.offsets.toUnits(to) } : null;
  }

  #readSpans() {
    const { session } = this;
    let number = 0;
    /** @type {Span[]} */
    const spans = [];
    for (const region of session.store.all()) {
      const said = session.describe(region);
      if (!said.isRegion) continue;
      number++;
      const span = said.object === this.ctx.node.name && this.#spanOf(region, said);
      if (span) spans.push({ ...span, number, level: 0 });
    }
    spans.sort((a, b) => a.start - b.start || b.end - a.end);
    levels(spans).forEach((level, place) => (spans[place].level = level));
    this.spans = spans;
    this.paint.drawSoon();
    this.paint.drawStripSoon();
  }

  // from the screen to offsets ---------------------------------------------------------------------------------------

  /** The offset of a place in the page's tree, in units. @param {Node} node @param {number} offset @returns {number | null} */
  offsetAt(node, offset) {
    let place = this.placeOf.get(node);
    if (place !== undefined) return this.pieces[place].start + offset;
    place = this.placeOfElement.get(node);
    if (place !== undefined) return offset ? this.pieces[place].end : this.pieces[place].start;
    if (!this.body.contains(node)) return null;
    const child = node.childNodes[offset];
    if (child) return this.offsetAt(child, 0);
    const last = node.lastChild;
    if (last) return this.offsetAt(last, last.childNodes.length || (last.textContent?.length ?? 0));
    const after = this.pieces.find((piece) => node.compareDocumentPosition(piece.node) & Node.DOCUMENT_POSITION_FOLLOWING);
    return after ? after.start : this.text.length; // what is written around the text, as who speaks
  }

  /** The piece that holds an offset. @param {number} unit */
  pieceAt(unit) {
    let low = 0;
    let high = this.pieces.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.pieces[middle].start <= unit) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Where an offset stands in the page's tree. @param {number} unit @returns {[Text, number]} */
  position(unit) {
    const piece = this.pieces[this.pieceAt(unit)];
    return [piece.node, Math.min(unit - piece.start, piece.end - piece.start)];
  }

  /** @param {number} start @param {number} end */
  range(start, end) {
    const range = document.createRange();
    range.setStart(...this.position(start));
    range.setEnd(...this.position(end));
    return range;
  }

  /** What the person has marked, in units, or null. @returns {[number, number] | null} */
  selectedRange() {
    const selection = getSelection();
    if (!selection?.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0);
    if (!this.body.contains(range.commonAncestorContainer) && !range.intersectsNode(this.body)) return null;
    const start = this.body.contains(range.startContainer) ? this.offsetAt(range.startContainer, range.startOffset) : 0;
    const end = this.body.contains(range.endContainer) ? this.offsetAt(range.endContainer, range.endOffset) : this.text.length;
    if (start === null || end === null || end <= start) return null;
    let [a, b] = [this.offsets.snap(start, -1), this.offsets.snap(end, 1)];
    while (b > a && /[\r\n]/.test(this.text[b - 1])) b--;
    while (a < b && /[\r\n]/.test(this.text[a])) a++;
    return a < b ? [a, b] : null;
  }

  #selected() {
    if (!this.options.selectable) return;
    const inside = this.body.contains(getSelection()?.anchorNode ?? null);
    this.marked = inside ? this.selectedRange() : null;
    this.paint.drawSoon();
  }

  /** The pointer goes up: with a label chosen the passage becomes a region, a mere press selects one. @param {PointerEvent} event */
  #release(event) {
    const from = this.#pressedAt;
    this.#pressedAt = null;
    if (!from) return;
    const still = Math.hypot(event.clientX - from.x, event.clientY - from.y) < 5;
    const range = this.selectedRange();
    if (!range || still && event.detail < 2 && !range) {
      const found = this.spansAt(event.clientX, event.clientY);
      const now = found.findIndex((span) => this.session.selection.has(span.id));
      if (found.length) this.session.selection.set([found[(now + 1) % found.length].id]);
      else this.session.selection.clear();
      if (!found.length && this.options.links) this.#follow(event);
      return;
    }
    this.marked = range;
    if (this.#hasLabel()) this.commit();
  }

  /** Open the address under a press, in a tab of its own. @param {PointerEvent} event */
  #follow(event) {
    const unit = this.offsetFromPoint(event.clientX, event.clientY);
    if (unit === null) return;
    const { start, node } = this.pieces[this.pieceAt(unit)];
    const link = linksIn(node.data).find(([from, to]) => start + from <= unit && unit < start + to);
    if (link) window.open(node.data.slice(...link), '_blank', 'noopener,noreferrer');
  }

  #hasLabel() {
    return this.session.labels.controls(this.ctx.node.name).some((node) => this.session.labels.active.get(node.name)?.length);
  }

  /** Make a region of the marked passage. */
  commit() {
    const range = this.selectedRange() ?? this.marked; // the browser tells of a selection a moment late
    if (!range || this.session.readonly || !this.options.selectable) return;
    const granularity = this.#granularity();
    const [start, end] = snap(this.text, range[0], range[1], granularity);
    this.marked = null;
    const made = this.session.make(this.ctx.node, null, this.geometry(start, end));
    if (made) getSelection()?.removeAllRanges();
    else this.marked = range;
  }

  /** A label may have its own. */
  #granularity() {
    for (const node of this.session.labels.controls(this.ctx.node.name)) {
      const [label] = this.session.labels.active.get(node.name) ?? [];
      const own = label && this.session.option(node, label)?.attrs.granularity;
      if (own) return String(own);
    }
    return this.options.granularity;
  }

  /** As results hold it: code points unless said otherwise, and the quoted text. @param {number} start @param {number} end */
  geometry(start, end) {
    const value = this.options.value?.(start, end) ?? { start: this.offsets.toPoints(start), end: this.offsets.toPoints(end) };
    return this.options.saveText ? { ...value, text: this.text.slice(start, end) } : value;
  }

  /** @param {number} x @param {number} y @returns {number | null} */
  offsetFromPoint(x, y) {
    const place = document.caretPositionFromPoint?.(x, y);
    if (place) return this.offsetAt(place.offsetNode, place.offset);
    const range = /** @type {any} */ (document).caretRangeFromPoint?.(x, y);
    return range ? this.offsetAt(range.startContainer, range.startOffset) : null;
  }

  /** Passages under a point of the screen, the shortest first. @param {number} x @param {number} y @returns {Span[]} */
  spansAt(x, y) {
    const unit = this.offsetFromPoint(x, y);
    if (unit === null) return [];
    return this.spans
      .filter((span) => span.start <= unit && unit <= span.end && !this.session.selection.hidden.has(span.id))
      .filter((span) => [...this.range(span.start, span.end).getClientRects()].some((box) => x >= box.left - 2 && x <= box.right + 2 && y >= box.top - 4 && y <= box.bottom + 8))
      .sort((a, b) => a.end - a.start - (b.end - b.start));
  }

  /** @param {Span} span @param {number} start @param {number} end @param {any} [merge] */
  resize(span, start, end, merge) {
    if (start < 0 || end > this.text.length || start >= end || !this.session.editable([span.id]).length) return;
    this.session.reshape(span.region, this.geometry(this.offsets.snap(start, -1), this.offsets.snap(end, 1)), { label: t('Resize region'), merge });
  }

  /** @param {string} id */
  reveal(id) {
    const span = this.spans.find((found) => found.id === id);
    if (!span) return;
    const { element } = this.pieces[this.pieceAt(span.start)];
    const [box] = this.range(span.start, Math.min(span.end, span.start + 1)).getClientRects();
    const view = this.scroller.getBoundingClientRect();
    if (box && box.height && box.top >= view.top && box.bottom <= view.bottom) return;
    element.scrollIntoView({ block: 'center' });
    const [after] = this.range(span.start, Math.min(span.end, span.start + 1)).getClientRects();
    if (after) this.scroller.scrollTop += after.top - view.top - view.height / 2;
  }

  destroy() {
    this.paint.destroy();
    this.host.remove();
  }
}
