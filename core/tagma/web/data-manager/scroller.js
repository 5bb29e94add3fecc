/**
 * A list of any length in a box that scrolls: rows of one height, some sixty elements that are used again and again.
 *
 * Browsers end at some 17 to 33 million pixels, so the height is capped and scaled. Small movements (wheel, arrows) stay
 * one to one; a long throw of the scroll bar lands by proportion.
 */
import { eachFrame, h } from 'tagma/dom.js';

const MOST_PIXELS = 8_000_000;
const OVERSCAN = 8;

export class Scroller {
  #virtual = 0;
  #seen = 0;
  #settling = 0;
  /** @type {{element: HTMLElement, index: number, version: number}[]} */
  #pool = [];
  #version = 0;
  count = 0;

  /**
   * @param {HTMLElement} viewport
   * @param {{rowHeight: number, head?: number, make: () => HTMLElement, render: (element: HTMLElement, index: number) => void,
   *   onrange?: (first: number, last: number) => void}} options `head` pixels at the top are covered by a sticky header
   */
  constructor(viewport, options) {
    this.viewport = viewport;
    this.options = options;
    this.spacer = h('div.scroller-space', { role: 'presentation' });
    viewport.append(this.spacer);
    this.draw = eachFrame(() => this.#draw());
    this.onscroll = () => this.#scrolled();
    viewport.addEventListener('scroll', this.onscroll, { passive: true });
    this.resized = new ResizeObserver(() => this.#resize());
    this.resized.observe(viewport);
  }

  get #room() {
    return Math.max(0, this.viewport.clientHeight - (this.options.head ?? 0));
  }

  get #length() {
    return this.count * this.options.rowHeight;
  }

  get #shown() {
    return Math.min(this.#length, MOST_PIXELS);
  }

  /** Virtual pixels for each pixel of the scroll bar. */
  get #scale() {
    const bar = this.#shown - this.#room;
    return bar > 0 ? Math.max(1, (this.#length - this.#room) / bar) : 1;
  }

  /** @param {number} count */
  setCount(count) {
    this.count = count;
    this.#resize();
    this.refresh();
  }

  /** @param {number} rowHeight */
  setRowHeight(rowHeight) {
    const first = Math.floor(this.#virtual / this.options.rowHeight);
    this.options.rowHeight = rowHeight;
    this.#resize();
    this.refresh();
    this.scrollTo(first, 'start');
  }

  #resize() {
    this.spacer.style.height = `${this.#shown}px`;
    this.spacer.style.setProperty('--row', `${this.options.rowHeight}px`);
    this.#virtual = Math.max(0, Math.min(this.#virtual, this.#length - this.#room));
    this.draw();
  }

  /** What is on screen may have changed. */
  refresh() {
    this.#version++;
    this.draw();
  }

  #scrolled() {
    const top = this.viewport.scrollTop;
    const moved = top - this.#seen;
    if (!moved) return void this.draw();
    const scale = this.#scale;
    const most = Math.max(0, this.#length - this.#room);
    const bar = Math.max(0, this.#shown - this.#room);
    if (scale === 1) this.#virtual = top;
    else if (top <= 0) this.#virtual = 0;
    else if (top >= bar - 1) this.#virtual = most;
    else if (Math.abs(moved) < this.#room * 2) this.#virtual = Math.max(0, Math.min(most, this.#virtual + moved));
    else this.#virtual = Math.min(most, top * scale);
    this.#seen = top;
    this.#draw();
    if (scale !== 1) {
      clearTimeout(this.#settling);
      this.#settling = setTimeout(() => this.#settle(), 200);
    }
  }

  /** Bring the scroll bar to where the rows are, without moving the rows. */
  #settle() {
    this.viewport.scrollTop = this.#virtual / this.#scale;
    this.#seen = this.viewport.scrollTop;
    this.#draw();
  }

  get first() {
    return Math.floor(this.#virtual / this.options.rowHeight);
  }

  get last() {
    return Math.min(this.count - 1, Math.ceil((this.#virtual + this.#room) / this.options.rowHeight));
  }

  get perPage() {
    return Math.max(1, Math.floor(this.#room / this.options.rowHeight) - 1);
  }

  /** @param {number} index @param {'start'|'nearest'|'center'} [block] */
  scrollTo(index, block = 'nearest') {
    const at = index * this.options.rowHeight;
    const room = this.#room;
    if (block === 'nearest' && at >= this.#virtual && at + this.options.rowHeight <= this.#virtual + room) return;
    const to = block === 'start' ? at : block === 'center' ? at - room / 2 : at < this.#virtual ? at : at + this.options.rowHeight - room;
    this.#virtual = Math.max(0, Math.min(this.#length - room, to));
    this.#settle();
  }

  /** @param {number} index @returns {HTMLElement | undefined} the element that shows this row now */
  elementOf(index) {
    return this.#pool.find((slot) => slot.index === index)?.element;
  }

  #draw() {
    const { rowHeight } = this.options;
    const from = Math.max(0, this.first - OVERSCAN);
    const to = Math.min(this.count - 1, this.last + OVERSCAN);
    const needed = Math.ceil(this.#room / rowHeight) + 2 * OVERSCAN + 2;
    while (this.#pool.length < needed) {
      const element = this.options.make();
      element.hidden = true;
      this.spacer.append(element);
      this.#pool.push({ element, index: -1, version: -1 });
    }
    const shift = this.viewport.scrollTop - this.#virtual;
    const size = this.#pool.length;
    const used = new Set();
    for (let index = from; index <= to; index++) {
      const slot = this.#pool[index % size];
      used.add(slot);
      if (slot.index !== index || slot.version !== this.#version) {
        slot.index = index;
        slot.version = this.#version;
        slot.element.hidden = false;
        this.options.render(slot.element, index);
      }
      const top = `translateY(${Math.round(index * rowHeight + shift)}px)`;
      if (slot.element.style.transform !== top) slot.element.style.transform = top;
    }
    for (const slot of this.#pool) {
      if (used.has(slot) || slot.index === -1) continue;
      slot.index = -1;
      slot.element.hidden = true;
    }
    this.options.onrange?.(from, to);
  }

  destroy() {
    this.resized.disconnect();
    clearTimeout(this.#settling);
    this.viewport.removeEventListener('scroll', this.onscroll);
    this.spacer.remove();
  }
}
