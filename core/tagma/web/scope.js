/**
 * What a tag can see: other tags by name, and the rules that decide whether it is on screen and whether its results are
 * saved (`visibleWhen`). The rules are the field's, word for word.
 *
 * @typedef {import('./tree.js').ConfigNode} ConfigNode
 * @typedef {import('./store.js').Region} Region
 */

const list = (/** @type {any} */ text) => String(text ?? '').split(',').map((part) => part.trim()).filter(Boolean);

export class Scope {
  /** @param {ConfigNode} root @param {import('./store.js').Store} store @param {{ids: Set<string>}} selection */
  constructor(root, store, selection) {
    this.root = root;
    this.store = store;
    this.selection = selection;
    /** @type {Map<string, ConfigNode>} */
    this.byName = new Map();
    for (const node of root.walk()) if (node.name && !this.byName.has(node.name)) this.byName.set(node.name, node);
    /** @type {Map<string, Set<string>>} control -> ids of regions holding a result of it */
    this.#holders = new Map();
    this.#index(store.all().map((region) => region.id));
    store.on((ids) => this.#index(ids));
  }

  /** @type {Map<string, Set<string>>} */
  #holders;
  /** @type {Map<string, string[]>} */
  #names = new Map();

  /** @param {Iterable<string>} ids */
  #index(ids) {
    for (const id of ids) {
      for (const name of this.#names.get(id) ?? []) this.#holders.get(name)?.delete(id);
      const region = this.store.get(id);
      const names = region && !region.proposed ? region.results.map((result) => result.from_name).filter(Boolean) : [];
      if (names.length) this.#names.set(id, names);
      else this.#names.delete(id);
      for (const name of names) {
        const holders = this.#holders.get(name);
        if (holders) holders.add(id);
        else this.#holders.set(name, new Set([id]));
      }
    }
  }

  /** @param {string} name */
  node(name) {
    return this.byName.get(name);
  }

  /** Regions that hold a result of a control. @param {string} name @returns {Region[]} */
  holders(name) {
    return [...(this.#holders.get(name) ?? [])].flatMap((id) => this.store.get(id) ?? []);
  }

  /** @type {ConfigNode[] | undefined} */
  #controls;

  get controls() {
    return (this.#controls ??= [...this.byName.values()].filter((node) => node.toName.length));
  }

  /** The selected region, the first if there are several. */
  get selected() {
    for (const id of this.selection.ids) return this.store.get(id);
    return undefined;
  }

  /** Whether a tag is to be seen now. @param {ConfigNode} node @param {Region} [region] the region in question, else the selected one */
  visible(node, region = this.selected) {
    for (let at = /** @type {ConfigNode | null} */ (node); at; at = at.parent) if (!this.#holds(at, region, false, new Set())) return false;
    return true;
  }

  /** Whether a result of a control goes with the annotation. @param {ConfigNode} node @param {Region} region */
  saved(node, region, visited = new Set()) {
    const perRegion = node.is('perRegion');
    for (let at = /** @type {ConfigNode | null} */ (node); at; at = at.parent) {
      if (!this.#holds(at, perRegion ? region : undefined, true, visited)) return false;
    }
    return true;
  }

  /** Whether what one control says can decide that another's results are not saved. */
  get conditional() {
    return (this.#ruled ??= new Set(this.controls.filter((node) => this.#conditional(node)).map((node) => node.name))).size > 0;
  }

  /** @type {Set<string> | undefined} */
  #ruled;

  /** What is saved: the results of hidden controls left out. */
  serialize() {
    if (!this.conditional) return this.store.serialize();
    return this.store.all().filter((region) => !region.proposed).flatMap((region) =>
      region.results.filter((result) => {
        const node = this.#ruled?.has(result.from_name) && this.byName.get(result.from_name);
        return !node || this.saved(node, region);
      }),
    );
  }

  /** @param {ConfigNode} node */
  #conditional(node) {
    for (let at = /** @type {ConfigNode | null} */ (node); at; at = at.parent) if (at.get('visibleWhen') || at.get('whenLabelValue')) return true;
    return false;
  }

  /** @param {ConfigNode} node @param {Region | undefined} region @param {boolean} saving @param {Set<ConfigNode>} visited */
  #holds(node, region, saving, visited) {
    const rule = String(node.get('visibleWhen') ?? '').toLowerCase();
    const labels = list(node.get('whenLabelValue'));
    if (saving) {
      if (node.is('perRegion') && labels.length && region && !this.#hasLabel(region, node.get('whenTagName'), labels)) return false;
      if (!rule.startsWith('choice-')) return true; // what is selected at the moment of saving decides nothing
    }
    if (!rule) return true;
    if (rule === 'region-selected') {
      if (!region) return false;
      const tag = node.get('whenTagName');
      if (labels.length) return this.#hasLabel(region, tag, labels);
      return !tag || region.results.some((result) => this.#says(result, tag));
    }
    if (rule === 'no-region-selected') return !region;
    if (rule === 'choice-selected') return this.#choiceSelected(node, region, saving, visited);
    if (rule === 'choice-unselected') return !this.#choiceSelected(node, region, saving, visited);
    return true;
  }

  /** @param {Region} region @param {string | undefined} tag @param {string[]} labels */
  #hasLabel(region, tag, labels) {
    return region.results.some((result) => (!tag || this.#says(result, tag)) && labelsOf(result).some((label) => labels.includes(label)));
  }

  /** Whether a result is of one of the named controls, or keeps the labels of one that has no results of its own. @param {Record<string, any>} result @param {string} tag */
  #says(result, tag) {
    return list(tag).some((name) => {
      if (result.from_name === name) return true;
      const node = this.byName.get(name);
      return node?.tag === 'Labels' && node.toName.includes(result.to_name) && result.type !== 'labels' && Array.isArray(result.value?.labels);
    });
  }

  /** @param {ConfigNode} node @param {Region | undefined} region @param {boolean} saving @param {Set<ConfigNode>} visited */
  #choiceSelected(node, region, saving, visited) {
    const names = list(node.get('whenTagName'));
    const wanted = list(node.get('whenChoiceValue'));
    const tags = names.length
      ? names.flatMap((name) => this.byName.get(name) ?? [])
      : [...this.byName.values()].filter((other) => other.tag === 'Choices' && other !== node);
    return tags.some((tag) => {
      if (visited.has(tag)) return false; // rules that point at each other
      const seen = new Set(visited).add(tag);
      const perRegion = tag.is('perRegion');
      for (let at = /** @type {ConfigNode | null} */ (tag); at; at = at.parent) if (!this.#holds(at, perRegion ? region : undefined, saving, seen)) return false;
      const regions = perRegion ? (region ? [region] : []) : this.holders(tag.name);
      const values = regions.flatMap((holder) => holder.results.filter((result) => result.from_name === tag.name).flatMap(choicesOf));
      return wanted.length ? values.some((value) => wanted.includes(value)) : values.length > 0;
    });
  }
}

/** @param {Record<string, any>} result @returns {string[]} */
export function labelsOf(result) {
  const value = result.value ?? {};
  const found = value[result.type] ?? value.labels;
  return Array.isArray(found) ? found.filter((item) => typeof item === 'string') : [];
}

/** The chosen values; of a path its last step. @param {Record<string, any>} result @returns {string[]} */
function choicesOf(result) {
  const items = result.value?.choices ?? result.value?.taxonomy ?? [];
  return (Array.isArray(items) ? items : [items]).map((item) => String(Array.isArray(item) ? item.at(-1) : item));
}
