/**
 * What is drawn on a plane: regions with their boxes, colours and numbers, found through a spatial index. Holds no canvas, so
 * that looking something up costs microseconds with ten thousand regions.
 */
import Flatbush from 'flatbush';

/**
 * @typedef {import('../store.js').Region} Region
 * @typedef {{id: string, region: Region, shape: import('../tagma.js').Shape, value: any, bounds: [number, number, number, number], color: string, text: string, number: number, dashed: boolean, fill: number, turns: boolean, snaps: boolean}} Item
 */
const DASH_UP_TO = 3000; // regions; beyond, nobody tells outlines apart by their dashes
const STALE_UP_TO = 64;

export class Scene {
  /** @type {Item[]} */
  items = [];
  /** @type {Map<string, number>} id -> place in items */
  #places = new Map();
  /** @type {Flatbush | null} */
  #index = null;
  /** @type {Set<string>} ids the index does not know, or knows at an old place */
  #stale = new Set();
  /** @type {Set<string>} regions of all objects; a region's number is its place among them */
  #counted = new Set();

  /** @param {import('../editor/session.js').Session} session @param {string} object @param {{width: number, height: number}} size @param {number} page of an object that has several @param {any} [moment] that is shown of an object that has them */
  constructor(session, object, size, page, moment = null) {
    this.session = session;
    this.object = object;
    this.size = size;
    this.page = page;
    this.moment = moment;
    this.rebuild();
  }

  /** Show another moment: what lives in time stands where it is then, or is not there. @param {any} moment */
  goTo(moment) {
    this.moment = moment;
    this.rebuild();
  }

  rebuild() {
    this.#counted.clear();
    this.items = [];
    this.#places.clear();
    for (const region of this.session.store.all()) {
      const said = this.session.describe(region);
      if (!said.isRegion) continue;
      this.#counted.add(region.id);
      if (this.#isMine(region, said)) this.#append(this.#item(region, said, this.#counted.size));
    }
    this.#reindex();
  }

  /** @param {Region} region @param {{object: string} | undefined} said */
  #isMine(region, said) {
    return said?.object === this.object && pageOf(region) === this.page;
  }

  /** @param {Item | null} item */
  #append(item) {
    if (!item) return;
    this.#places.set(item.id, this.items.length);
    this.items.push(item);
  }

  /** @param {Region} region @param {any} said @param {number} number @returns {Item | null} */
  #item(region, said, number) {
    const shape = this.session.shapeOf(region);
    const { value: whole, from_name: control } = this.session.geometry(region);
    const value = shape?.at && whole ? shape.at(whole, this.moment) : whole;
    const bounds = shape && value && shape.bounds(value, this.size);
    if (!shape || !bounds?.every(Number.isFinite)) return null; // not there at this moment, or a stranger's result without a place: listed, not drawn
    const node = this.session.scope.node(control);
    const [turns, snaps] = [node?.is('canRotate', true) ?? true, node?.get('snap') === 'pixel'];
    return { id: region.id, region, shape, value, bounds, color: said.color, text: proposal(said.text, region), number, dashed: Boolean(region.proposed), fill: fillOf(node), turns, snaps };
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
      item.dashed = Boolean(item.region.proposed) || index.search(x0, y0, x1, y1, (other) => {
        const rival = this.items[other];
        return other < place && !rival.dashed && rival.color === item.color && crosses(item.bounds, rival.bounds);
      }).length > 0;
    });
  }

  /** Take up changes; cheap when regions changed in place or were drawn anew. @param {Set<string>} ids */
  update(ids) {
    const { store } = this.session;
    for (const id of ids) {
      const region = store.get(id);
      const said = region && this.session.describe(region);
      const [is, was, place] = [Boolean(said?.isRegion), this.#counted.has(id), this.#places.get(id)];
      const mine = is && this.#isMine(/** @type {Region} */ (region), said);
      if (!region || !is && !was) {
        if (was) return this.rebuild();
      } else if (is && !was && store.all().at(-1) === region) {
        this.#counted.add(id);
        if (mine) this.#append(this.#item(region, said, this.#counted.size));
      } else if (is && was && mine === (place !== undefined)) {
        const item = place === undefined ? null : this.#item(region, said, this.items[place].number);
        if (!item && place !== undefined) return this.rebuild();
        if (item && place !== undefined) this.items[place] = { ...item, dashed: item.dashed || !this.items[place].region.proposed && this.items[place].dashed };
      } else return this.rebuild();
      if (this.#places.has(id)) this.#stale.add(id);
    }
    if (this.#stale.size > STALE_UP_TO) this.#reindex();
  }

  /** After a drag: outlines and index are true again. In a crowd the index may stay a little behind, it is asked with that in mind. */
  settle() {
    if (this.#stale.size && this.items.length <= DASH_UP_TO) this.#reindex();
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

/** A word that is only proposed is a question. @param {string} text @param {Region} region */
const proposal = (text, { proposed }) => (proposed ? `${text}${proposed === 'prompt' ? '…' : '?'}` : text);

/** The page of its object that a region is on. @param {Region} region */
export function pageOf(region) {
  return Number(region.results[0]?.item_index) || 0;
}

/** How opaque a config wants its shapes filled; without a word of it they are outlines. @param {import('../tree.js').ConfigNode | undefined} node */
function fillOf(node) {
  const said = new Set(Object.keys(node?.attrs ?? {}).map((name) => name.toLowerCase()));
  if (!node || !said.has('opacity') && !said.has('fillopacity')) return 0;
  return Math.min(Math.max(node.number(said.has('fillopacity') ? 'fillOpacity' : 'opacity', 0), 0), 1);
}

/** Whether outlines cross or touch: boxes overlap and neither lies wholly inside the other. @param {number[]} a @param {number[]} b */
function crosses(a, b) {
  const overlap = a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];
  const inside = (/** @type {number[]} */ p, /** @type {number[]} */ q) => p[0] > q[0] && p[1] > q[1] && p[2] < q[2] && p[3] < q[3];
  return overlap && !inside(a, b) && !inside(b, a);
}
