/** Paints the passages of a text: highlights, digits, the outline and handles of the selected one, the strip at the edge. */
import { h, eachFrame } from '../dom.js';
import { t } from '../i18n.js';
import { linksIn } from './offsets.js';

const AHEAD = 600; // pixels above and below the screen that are painted too
let spaces = 0;

export class TextPaint {
  /** @param {import('./text.js').TextSpace} space */
  constructor(space) {
    this.space = space;
    this.prefix = `tagma-text-${++spaces}`;
    this.sheet = new CSSStyleSheet();
    document.adoptedStyleSheets.push(this.sheet);
    /** @type {Map<string, {name: string, highlight: any}>} colour and level -> highlight */
    this.highlights = new Map();
    this.drawSoon = eachFrame(() => this.draw());
    this.drawStripSoon = eachFrame(() => this.#drawStrip());
    this.observer = new ResizeObserver(() => {
      this.drawSoon();
      this.drawStripSoon();
    });
    this.observer.observe(space.page);
    this.observer.observe(space.scroller);
    space.scroller.addEventListener('scroll', eachFrame(() => this.#follow()), { passive: true });
    this.theme = new MutationObserver(() => this.drawStripSoon());
    this.theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    this.window = { start: 0, end: 0 };
    this.ready = typeof CSS !== 'undefined' && 'highlights' in CSS;
  }

  /** @param {string} color @param {number} level @param {boolean} strong @param {{look?: string, proposed?: boolean}} [how] `look` instead of a background and a line below; the line is dashed where it is only proposed */
  #highlight(color, level, strong, { look, proposed = false } = {}) {
    const key = look ?? `${color}|${level}|${strong}|${proposed}`;
    let found = this.highlights.get(key);
    if (!found) {
      const name = `${this.prefix}-${this.highlights.size}`;
      const safe = CSS.supports('color', color) || /^var\(--[\w-]+\)$/.test(color) ? color : 'var(--tagma-ink-soft)';
      const fill = `color-mix(in oklab, ${safe} ${strong ? 38 : 18}%, transparent)`;
      const usual = `background-color: ${fill}; text-decoration: underline ${proposed ? 'dashed ' : ''}2px ${safe}; text-underline-offset: ${5 + level * 4}px; text-decoration-skip-ink: none;`;
      this.sheet.insertRule(`::highlight(${name}) { ${look ?? usual} }`);
      found = { name, highlight: new Highlight() };
      found.highlight.priority = strong ? 10 : level;
      CSS.highlights.set(name, found.highlight);
      this.highlights.set(key, found);
    }
    return found.highlight;
  }

  /** Chunks on or near the screen. */
  #visible() {
    const { space } = this;
    const view = space.scroller.getBoundingClientRect();
    const top = view.top - AHEAD;
    const bottom = view.bottom + AHEAD;
    const { chunks } = space;
    let low = 0;
    let high = chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (chunks[middle].element.getBoundingClientRect().bottom < top) low = middle + 1;
      else high = middle;
    }
    let last = low;
    while (last + 1 < chunks.length && chunks[last + 1].element.getBoundingClientRect().top < bottom) last++;
    return low < chunks.length ? { start: chunks[low].start, end: chunks[last].end } : { start: 0, end: 0 };
  }

  /** While the same chunks are near the screen, scrolling asks for nothing. */
  #follow() {
    const { start, end } = this.#visible();
    if (start !== this.window.start || end !== this.window.end) this.draw();
  }

  draw() {
    const { space } = this;
    if (!space.host.isConnected) return;
    const { selection } = space.session;
    const window = (this.window = this.#visible());
    const spans = space.spans.filter((span) => span.start < window.end && span.end > window.start && !selection.hidden.has(span.id));
    for (const { highlight } of this.highlights.values()) highlight.clear();
    if (this.ready) {
      for (const span of spans) {
        const highlight = this.#highlight(span.color, span.level, selection.has(span.id), { proposed: Boolean(span.region.proposed) });
        const [start, end] = [Math.max(span.start, window.start), Math.min(span.end, window.end)];
        // piece by piece, for between them may stand what is no part of the text
        for (let place = space.pieceAt(start); place < space.pieces.length && space.pieces[place].start < end; place++) {
          const piece = space.pieces[place];
          const [from, to] = [Math.max(start - piece.start, 0), Math.min(end, piece.end) - piece.start];
          if (to > from) highlight.add(new StaticRange({ startContainer: piece.node, startOffset: from, endContainer: piece.node, endOffset: to }));
        }
      }
    }
    if (this.ready && space.options.links) this.#links(window);
    this.#overlay(spans);
    space.host.dataset.painted = String(spans.length);
  }

  /** Addresses that can be followed. @param {{start: number, end: number}} window */
  #links({ start, end }) {
    const { space } = this;
    const highlight = this.#highlight('var(--tagma-accent)', 0, false, { look: 'color: var(--tagma-accent-ink); text-decoration: underline;' });
    for (let place = space.pieceAt(start); place < space.pieces.length && space.pieces[place].start < end; place++) {
      const { node } = space.pieces[place];
      for (const [from, to] of linksIn(node.data)) highlight.add(new StaticRange({ startContainer: node, startOffset: from, endContainer: node, endOffset: to }));
    }
  }

  /** @param {import('./text.js').Span[]} spans */
  #overlay(spans) {
    const { space } = this;
    const origin = space.page.getBoundingClientRect();
    /** @type {HTMLElement[]} */
    const made = [];
    /** @type {Map<string, number>} digits that end at one place stand beside each other */
    const crowded = new Map();
    for (const span of spans) {
      const range = space.range(span.start, span.end);
      const strong = space.session.selection.has(span.id);
      if (space.options.showLabels || strong) {
        const boxes = range.getClientRects();
        const box = boxes[boxes.length - 1];
        if (!box) continue;
        const rtl = space.pieces[space.pieceAt(span.end - 1)].element.matches(':dir(rtl)');
        const edge = rtl ? box.left : box.right;
        const place = `${Math.round(edge)} ${Math.round(box.top)}`;
        const before = crowded.get(place) ?? 0;
        const word = strong ? span.text : span.key || span.text.slice(0, 1);
        const mark = h('span.text-digit', { class: strong ? 'strong' : '', vars: { '--label': span.color } }, word);
        const x = edge - origin.left + (rtl ? -1 - before : 1 + before);
        mark.style.transform = `translate(${rtl ? `calc(${x}px - 100%)` : `${x}px`}, ${box.top - origin.top - 9}px)`;
        crowded.set(place, before + 4 + word.length * 7);
        made.push(mark);
      }
      if (strong) made.push(...this.#outline(span, range, origin));
    }
    if (space.marked && !space.session.readonly) made.push(...this.#hint(origin));
    space.overlay.replaceChildren(...made);
  }

  /** @param {import('./text.js').Span} span @param {Range} range @param {DOMRect} origin */
  #outline(span, range, origin) {
    const { space } = this;
    const boxes = [...range.getClientRects()].filter((box) => box.width > 0);
    if (!boxes.length || !space.session.editable([span.id]).length) return [];
    const rtl = space.pieces[space.pieceAt(span.start)].element.matches(':dir(rtl)');
    return /** @type {const} */ (['start', 'end']).map((side) => {
      const box = side === 'start' ? boxes[0] : boxes[boxes.length - 1];
      const x = (side === 'start') !== rtl ? box.left : box.right;
      const handle = h('span.text-handle', { data: { side }, vars: { '--label': span.color }, title: side === 'start' ? t('Drag the beginning') : t('Drag the end') });
      handle.style.transform = `translate(calc(${x - origin.left}px - 50%), ${box.top - origin.top - 5}px)`;
      handle.style.height = `${box.height + 10}px`;
      handle.addEventListener('pointerdown', (/** @type {PointerEvent} */ event) => this.#drag(event, span, side));
      return handle;
    });
  }

  /** @param {PointerEvent} event @param {import('./text.js').Span} span @param {'start' | 'end'} side */
  #drag(event, span, side) {
    const { space } = this;
    event.preventDefault();
    event.stopPropagation();
    const merge = Symbol('resize');
    const move = (/** @type {PointerEvent} */ at) => {
      const unit = space.offsetFromPoint(at.clientX, at.clientY - (at.pointerType === 'touch' ? 24 : 0));
      const now = space.spans.find((found) => found.id === span.id);
      if (unit === null || !now) return;
      if (side === 'start') space.resize(now, Math.min(unit, now.end - 1), now.end, merge);
      else space.resize(now, now.start, Math.max(unit, now.start + 1), merge);
    };
    const up = () => {
      removeEventListener('pointermove', move);
      removeEventListener('pointerup', up);
      removeEventListener('pointercancel', up);
      space.overlay.classList.remove('dragging');
      space.session.store.seal();
    };
    space.overlay.classList.add('dragging');
    addEventListener('pointermove', move);
    addEventListener('pointerup', up);
    addEventListener('pointercancel', up);
  }

  /** What to do with the marked passage, when no label is chosen yet. @param {DOMRect} origin */
  #hint(origin) {
    const { space } = this;
    const [, end] = /** @type {[number, number]} */ (space.marked);
    const boxes = space.range(Math.max(0, end - 1), end).getClientRects();
    const box = boxes[boxes.length - 1];
    if (!box || !space.session.labels.controls(space.ctx.node.name).length) return [];
    const mark = h('span.text-hint', null, t('Press a label’s key'));
    mark.style.transform = `translate(${box.right - origin.left + 6}px, ${box.top - origin.top - 14}px)`;
    return [mark];
  }

  #drawStrip() {
    const { space } = this;
    const canvas = /** @type {HTMLCanvasElement} */ (space.strip);
    const { clientWidth: width, clientHeight: height } = canvas;
    if (!width || !height) return;
    const tall = space.scroller.scrollHeight > space.scroller.clientHeight + 4;
    canvas.classList.toggle('idle', !tall);
    const ratio = devicePixelRatio || 1;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    if (!tall) return;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    context.scale(ratio, ratio);
    const style = getComputedStyle(canvas);
    /** @type {Map<string, string>} */
    const colors = new Map();
    for (const span of space.spans) {
      let color = colors.get(span.color);
      if (!color) {
        const name = /^var\((--[\w-]+)\)$/.exec(span.color)?.[1];
        colors.set(span.color, (color = name ? style.getPropertyValue(name).trim() : span.color));
      }
      context.fillStyle = color;
      context.fillRect(3, Math.round((span.start / space.text.length) * (height - 2)), width - 6, 2);
    }
  }

  destroy() {
    this.drawSoon.cancel();
    this.drawStripSoon.cancel();
    this.observer.disconnect();
    this.theme.disconnect();
    for (const { name } of this.highlights.values()) CSS.highlights.delete(name);
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== this.sheet);
  }
}
