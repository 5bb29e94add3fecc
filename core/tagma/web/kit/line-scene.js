/**
 * The regions of a line: stretches with their colours and numbers, sorted by where they begin, found by halving. Holds no
 * canvas.
 *
 * @typedef {import('../store.js').Region} Region
 * @typedef {import('./line.js').Place} Place
 * @typedef {Place & {id: string, region: Region, row: number, color: string, strength: number, text: string, number: number, level: number, over: boolean}} Stretch
 *   `row` is the channel or lane it lies on, -1 for all; `level` keeps words of those that overlap apart; `over` lies over an earlier one
 */
export class LineScene {
  /** @type {Stretch[]} by where they begin */
  stretches = [];
  /** @type {Map<string, Stretch>} */
  #byId = new Map();
  /** @type {number[]} the latest end among the stretches up to each place, so that a search can stop early */
  #reach = [];
  /** How many lanes the regions take, where they have lanes. */
  lanes = 0;
  /** @type {WeakMap<Region, Omit<Stretch, 'number' | 'level' | 'over'> | null>} regions never change, so each is read once */
  #read = new WeakMap();

  /** @param {import('../editor/session.js').Session} session @param {string} object @param {(value: any, result: import('../store.js').Result) => Place | null} place @param {boolean} [laned] whether each region, or those of one `lane`, have a row of their own @param {(text: string, result: import('../store.js').Result) => string} [words] what a region wears, given its labels */
  constructor(session, object, place, laned = false, words = (text) => text) {
    this.session = session;
    this.object = object;
    this.place = place;
    this.words = words;
    this.laned = laned;
    this.rebuild();
  }

  rebuild() {
    let number = 0;
    /** @type {Stretch[]} */
    const found = [];
    for (const region of this.session.store.all()) {
      const said = this.session.describe(region);
      if (!said.isRegion) continue;
      number++;
      const stretch = said.object === this.object && this.#stretch(region, said);
      if (stretch) found.push({ ...stretch, number, level: 0, over: false });
    }
    if (this.laned) this.#lay(found);
    found.sort((a, b) => a.from - b.from || b.to - a.to);
    this.#stack(found);
    this.stretches = found;
    this.#byId = new Map(found.map((one) => [one.id, one]));
    let latest = -Infinity;
    this.#reach = found.map((one) => (latest = Math.max(latest, one.to)));
  }

  /** Lanes in list order. @param {Stretch[]} found */
  #lay(found) {
    /** @type {Map<string, number>} */
    const rows = new Map();
    for (const one of found) {
      const lane = one.lane ?? one.id;
      if (!rows.has(lane)) rows.set(lane, rows.size);
      one.row = /** @type {number} */ (rows.get(lane));
    }
    this.lanes = rows.size;
  }

  /** @param {Region} region @param {{color: string, text: string}} said */
  #stretch(region, said) {
    const known = this.#read.get(region);
    if (known !== undefined) return known;
    const result = this.session.geometry(region);
    const placed = this.place(result.value ?? {}, result);
    const fine = placed && Number.isFinite(placed.from) && Number.isFinite(placed.to);
    const made = fine ? { ...placed, id: region.id, region, row: placed.row ?? -1, color: placed.color ?? said.color, strength: placed.strength ?? 1, text: this.words(said.text, result) } : null;
    this.#read.set(region, made);
    return made;
  }

  /** Words of overlapping stretches stand below each other, the later one is hatched. @param {Stretch[]} sorted */
  #stack(sorted) {
    /** @type {Map<number, number[]>} row -> end of the last stretch at each level */
    const rows = new Map();
    for (const one of sorted) {
      const ends = rows.get(one.row) ?? [];
      rows.set(one.row, ends);
      let level = ends.findIndex((end) => end <= one.from);
      if (level < 0) level = ends.length;
      one.over = ends.some((end) => end > one.from);
      ends[level] = Math.max(one.to, one.from);
      one.level = level;
    }
  }

  /** @param {string} id */
  get(id) {
    return this.#byId.get(id);
  }

  /** Stretches that reach into a part of the line, in order. @param {number} from @param {number} to @returns {Stretch[]} */
  within(from, to) {
    let low = 0;
    let high = this.stretches.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#reach[middle] < from) low = middle + 1;
      else high = middle;
    }
    const found = [];
    for (let place = low; place < this.stretches.length && this.stretches[place].from <= to; place++) {
      if (this.stretches[place].to >= from) found.push(this.stretches[place]);
    }
    return found;
  }

  /** What a press at a point means, the shortest first. @param {number} at @param {number} row @param {number} slack */
  at(at, row, slack) {
    return this.within(at - slack, at + slack)
      .filter((one) => (one.row < 0 || row < 0 || one.row === row) && !this.session.selection.hidden.has(one.id))
      .sort((a, b) => a.to - a.from - (b.to - b.from));
  }
}
