/** Which tasks are chosen: some, all, or all but some; the same shape the server takes. */
export class Selection {
  all = false;
  /** @type {Set<number>} the chosen ones, or with `all` those left out */
  ids = new Set();

  /** @param {() => void} tell */
  constructor(tell) {
    this.tell = tell;
  }

  /** @param {number} id */
  has(id) {
    return this.all !== this.ids.has(id);
  }

  /** @param {number} total how many tasks the view lists */
  count(total) {
    return this.all ? Math.max(0, total - this.ids.size) : this.ids.size;
  }

  /** @param {number} id @param {boolean} [on] */
  toggle(id, on = !this.has(id)) {
    if (on !== this.all) this.ids.add(id);
    else this.ids.delete(id);
    this.tell();
  }

  /** @param {number[]} ids @param {boolean} on */
  setMany(ids, on) {
    for (const id of ids) {
      if (on !== this.all) this.ids.add(id);
      else this.ids.delete(id);
    }
    this.tell();
  }

  /** As it was. @param {boolean} all @param {number[]} ids */
  restore(all, ids) {
    this.all = all;
    this.ids = new Set(ids);
    this.tell();
  }

  everything() {
    this.all = true;
    this.ids.clear();
    this.tell();
  }

  clear() {
    this.all = false;
    this.ids.clear();
    this.tell();
  }

  /** The wire's `selectedItems`. */
  get wire() {
    return this.all ? { all: true, excluded: [...this.ids] } : { all: false, included: [...this.ids] };
  }
}
