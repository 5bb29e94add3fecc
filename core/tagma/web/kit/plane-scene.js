/**
 * What is drawn on a plane: regions with their boxes, colours and numbers, found through a spatial index. Holds no canvas, so
 * that looking something up costs microseconds with ten thousand regions.
 */
import Flatbush from 'flatbush';

/**
 * @typedef {import('../store.js').Region} Region
 * @typedef {{id: string, region: Region, shape: import('../tagma.js').Shape, value: any, bounds: [number, number, number, number], color: string, text: string, number: number, dashed: boolean}} Item
 */
const DASH_UP_TO = 3000; // regions; beyond, nobody tells outlines apart by their dashes

export class Scene {
  /** @type {Item[]} */
  items = [];
  /** @type {Map<string, number>} id -> place in items */
  #places = new Map();
  /** @type {Flatbush | null} */
  #index = null;
  /** @type {Set<string>} ids whose bounds in the index are old */
  #stale = new Set();

  /** @param {import('../editor/session.js').Session} session @param {string} object @param {{width: number, height: number}} size */
  constructor(session, object, size) {
    this.session = session;
    this.object = object;
    this.size = size;
    this.rebuild();
  }

  rebuild() {
    let number = 0;
    this.items = [];
    this.#places.clear();
    for (const region of this.session.store.all()) {
      const said = this.session.describe(region);
      if (!said.isRegion) continue;
      number++;
      if (said.object !== this.object) continue;
      const item = this.#item(region, said, number);
      if (!item) continue;
      this.#places.set(region.id, this.items.length);
      this.items.push(item);
    }
    this.#reindex();
  }

  /** @param {Region} region @param {any} said @param {number} number @returns {Item | null} */
  #item(region, said, number) {
    const shape = this.session.shapeOf(region);
    const value = this.session.geometry(region).value;
    if (!shape || typeof value?.x !== 'number') return null;
    return { id: region.id, region, shape, value, bounds: shape.bounds(value, this.size), color: said.color, text: said.text, number, dashed: false };
  }

  #reindex() {
    this.#stale.clear();
    this.#index = null;
    if (!this.items.length) return;
    this.#index = new Flatbush(this.items.length);
    for (const { bounds } of this.items) this.#index.add(...bounds);
    this.#index.finish();
    if (this.items.length <= DASH_UP_TO) this.#dash();
  }

  /** Of two regions in one colour whose outlines cross, the later is dashed. */
  #dash() {
    const index = /** @type {Flatbush} */ (this.#index);
    this.items.forEach((item, place) => {
      const [x0, y0, x1, y1] = item.bounds;
      item.dashed = index.search(x0, y0, x1, y1, (other) => {
        const rival = this.items[other];
        return other < place && !rival.dashed && rival.color === item.color && crosses(item.bounds, rival.bounds);
      }).length > 0;
    });
  }

  /** Take up changes; cheap when regions only changed in place. @param {Set<string>} ids */
  update(ids) {
    for (const id of ids) {
      const region = this.session.store.get(id);
      const place = this.#places.get(id);
      const said = region && this.session.describe(region);
      if (!region || !said || place === undefined || said.object !== this.object) {
        if (place === undefined && !(said && said.isRegion)) continue;
        return this.rebuild();
      }
      const item = this.#item(region, said, this.items[place].number);
      if (!item) return this.rebuild();
      item.dashed = this.items[place].dashed;
      this.items[place] = item;
      this.#stale.add(id);
    }
    if (this.#stale.size > 64) this.#reindex();
  }

  /** After a drag: outlines and index are true again. */
  settle() {
    if (this.#stale.size) this.#reindex();
  }

  /** @param {string} id */
  get(id) {
    const place = this.#places.get(id);
    return place === undefined ? undefined : this.items[place];
  }

  /** Items in a box of the picture, in list order. @param {number} x0 @param {number} y0 @param {number} x1 @param {number} y1 @returns {Item[]} */
  within(x0, y0, x1, y1) {
    if (!this.#index) return [];
    const found = this.#index.search(x0, y0, x1, y1);
    if (this.#stale.size) {
      const seen = new Set(found);
      for (const id of this.#stale) {
        const place = /** @type {number} */ (this.#places.get(id));
        if (!seen.has(place)) found.push(place);
      }
    }
    return Array.from(Uint32Array.from(found).sort(), (place) => this.items[place]);
  }

  /** What a press at a point means, the smallest first. @param {{x: number, y: number}} point @param {number} slack @returns {Item[]} */
  at(point, slack) {
    const area = (/** @type {Item} */ { bounds: [x0, y0, x1, y1] }) => (x1 - x0) * (y1 - y0);
    return this.within(point.x - slack, point.y - slack, point.x + slack, point.y + slack)
      .filter((item) => !this.session.selection.hidden.has(item.id) && item.shape.hit(item.value, this.size, point, slack))
      .sort((a, b) => area(a) - area(b));
  }
}

/** Whether outlines cross or touch: boxes overlap and neither lies wholly inside the other. @param {number[]} a @param {number[]} b */
function crosses(a, b) {
  const overlap = a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];
  const inside = (/** @type {number[]} */ p, /** @type {number[]} */ q) => p[0] > q[0] && p[1] > q[1] && p[2] < q[2] && p[3] < q[3];
  return overlap && !inside(a, b) && !inside(b, a);
}
