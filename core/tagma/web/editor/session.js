/**
 * One annotation (or prediction) of one task on the desk: its store, selection, tools and the rules of its config. No
 * elements here; what is on screen reads from it.
 *
 * @typedef {import('../tree.js').ConfigNode} ConfigNode
 * @typedef {import('../tree.js').Option} Option
 * @typedef {import('../store.js').Region} Region
 * @typedef {import('../store.js').Result} Result
 * @typedef {import('../tagma.js').Definition} Definition
 */
import { t } from '../i18n.js';
import { AUTOMATIC_KEYS, normalize } from '../keys.js';
import { Scope, labelsOf } from '../scope.js';
import { Selection } from '../selection.js';
import { Store, newId } from '../store.js';
import { Tools } from '../tool.js';
import { optionsOf, resolve } from '../tree.js';

const NO_RESULT_KEYS = new Set(['relation']);

export class Session {
  /**
   * @param {{root: ConfigNode, definitions: Map<string, Definition>, faults?: Map<string, any>, task: any, results?: Result[],
   *   readonly?: boolean, keys: import('../keys.js').Keys}} given
   */
  constructor({ root, definitions, faults = new Map(), task, results = [], readonly = false, keys }) {
    this.root = root;
    this.definitions = definitions;
    this.faults = faults;
    this.task = task;
    this.keys = keys;
    this.store = new Store(results);
    this.store.readonly = readonly;
    this.selection = new Selection();
    this.tools = new Tools();
    this.scope = new Scope(root, this.store, this.selection);
    /** @type {Map<string, string[]>} label control -> labels the next region gets */
    this.activeLabels = new Map();
    /** @type {Set<() => void>} */
    this.labelListeners = new Set();
    /** @type {Map<ConfigNode, HTMLElement | null> | undefined} where the shell wants a tag, null for nowhere */
    this.places = undefined;
    /** @type {(words: string) => void} says a short sentence to the person */
    this.say = () => {};
    /** @type {Map<string, {pending(): boolean, commit(): void}>} objects that wait for a label, as a text with a marked passage */
    this.pending = new Map();
    /** @type {Map<string, (region: Region) => void>} object -> brings a region into view */
    this.reveal = new Map();
    /** @type {Map<string, {zoomIn(): void, zoomOut(): void, fit(): void, actual(): void, zoom(): number, on(listener: () => void): void}>} */
    this.views = new Map();
    this.store.on((ids) => {
      const gone = [...this.selection.ids].filter((id) => !this.store.has(id));
      if (gone.length) this.selection.set([...this.selection.ids].filter((id) => this.store.has(id)));
      else if ([...ids].some((id) => this.selection.has(id))) this.selection.tell(ids);
    });
    this.#assignKeys();
    for (const node of this.labelControls()) {
      const preset = this.options(node).filter((option) => option.attrs.selected === true || option.attrs.selected === 'true');
      if (preset.length) this.activeLabels.set(node.name, preset.map((option) => option.value));
    }
  }

  get readonly() {
    return this.store.readonly;
  }

  /** @param {ConfigNode} node */
  definition(node) {
    return this.definitions.get(node.tag);
  }

  // labels ---------------------------------------------------------------------------------------------------------

  /** @type {Map<ConfigNode, Option[]>} */
  #options = new Map();
  /** @type {Map<ConfigNode, Map<string, Option>>} */
  #byValue = new Map();

  /** What a control offers in this task. @param {ConfigNode} node @returns {Option[]} */
  options(node) {
    let found = this.#options.get(node);
    if (!found) this.#options.set(node, (found = optionsOf(node, this.task?.data ?? {})));
    return found;
  }

  /** @param {ConfigNode} node @param {string} value @returns {Option | undefined} */
  option(node, value) {
    let table = this.#byValue.get(node);
    if (!table) {
      table = new Map(this.options(node).map((option) => [option.value, option]));
      this.#byValue.set(node, table);
    }
    return table.get(value);
  }

  /** Controls whose labels regions wear, all or those of one object. @param {string} [object] */
  labelControls(object) {
    return this.scope.controls.filter((node) => this.definition(node)?.labels && (!object || node.toName.includes(object)));
  }

  #assignKeys() {
    const wearers = this.scope.controls.filter((node) => this.definition(node)?.labels || node.tag === 'Choices');
    const taken = new Set(wearers.flatMap((node) => this.options(node).map((option) => option.key && normalize(option.key))));
    const free = AUTOMATIC_KEYS.filter((key) => !taken.has(key) && !this.keys.taken(key));
    for (const node of wearers) for (const option of this.options(node).slice(0, 100)) option.key ||= free.shift() ?? '';
  }

  /** Choose a label: selected regions wear it, and the next region will. @param {ConfigNode} node @param {string} value */
  chooseLabel(node, value) {
    const several = node.get('choice') === 'multiple';
    const selected = this.editable([...this.selection.ids]).filter((region) => this.wears(region, node));
    if (selected.length) {
      const all = selected.every((region) => this.labelsIn(region, node).includes(value));
      this.relabel(selected, node, value, several, all);
      if (!several) this.#activate(node, [value]);
      return;
    }
    const active = this.activeLabels.get(node.name) ?? [];
    const next = several ? (active.includes(value) ? active.filter((item) => item !== value) : [...active, value]) : active.length === 1 && active[0] === value ? [] : [value];
    this.#activate(node, next);
    for (const object of node.toName) {
      const waiting = this.pending.get(object);
      if (next.length && waiting?.pending()) return void waiting.commit();
    }
    const shape = this.definition(node)?.shape?.name ?? this.#bareShape(node);
    const tool = next.length && shape ? this.tools.drawing(shape) : null;
    if (tool) this.tools.use(tool.name);
  }

  /** @param {ConfigNode} node */
  #bareShape(node) {
    const bare = this.scope.controls.find((other) => this.definition(other)?.shape && !this.definition(other)?.labels && other.toName.some((name) => node.toName.includes(name)));
    return bare && this.definition(bare)?.shape?.name;
  }

  /** @param {ConfigNode} node @param {string[]} values */
  #activate(node, values) {
    for (const other of this.labelControls()) if (other !== node && other.toName.some((name) => node.toName.includes(name))) this.activeLabels.delete(other.name);
    if (values.length) this.activeLabels.set(node.name, values);
    else this.activeLabels.delete(node.name);
    for (const listener of this.labelListeners) listener();
  }

  /** Whether a region can wear labels of a control. @param {Region} region @param {ConfigNode} node */
  wears(region, node) {
    if (region.results.some((result) => result.from_name === node.name)) return true;
    const shape = this.definition(node)?.shape?.name;
    return region.results.some((result) => node.toName.includes(result.to_name) && (shape ? this.shapeOf(region)?.name === shape : this.shapeOf(region) !== undefined));
  }

  /** @param {Region} region @param {ConfigNode} node @returns {string[]} */
  labelsIn(region, node) {
    return region.results.filter((result) => result.from_name === node.name).flatMap(labelsOf);
  }

  /** @param {Region[]} regions @param {ConfigNode} node @param {string} value @param {boolean} several @param {boolean} off */
  relabel(regions, node, value, several, off) {
    const key = this.valueKey(node);
    const type = node.tag.toLowerCase();
    this.store.tx(t('Label as {label}', { label: value }), (tx) => {
      for (const region of regions) {
        const own = region.results.find((result) => result.from_name === node.name);
        const now = own ? labelsOf(own) : [];
        const labels = several ? (off ? now.filter((label) => label !== value) : [...new Set([...now, value])]) : [value];
        if (several && !labels.length) continue;
        const shape = this.definition(node)?.shape;
        const others = region.results.filter((result) => result !== own);
        // a box moves from one labels control to another whole; bare shapes get their second item
        const rivals = shape ? others.filter((result) => this.#isLabelResult(result) && this.shapeOf({ id: '', results: [result] })?.name === shape.name) : others.filter((result) => this.#isLabelResult(result) && !this.#nodeOf(result, 'shape'));
        const base = own ?? rivals[0] ?? region.results[0];
        const { [base.type]: _old, [this.#keyOfResult(base)]: _older, ...geometry } = base.value;
        const made = { ...base, from_name: node.name, type, value: { ...geometry, [key]: labels }, origin: base.origin === 'prediction' ? 'prediction-changed' : (base.origin ?? 'manual') };
        const place = own ? region.results.indexOf(own) : rivals.length ? region.results.indexOf(rivals[0]) : region.results.length;
        const results = region.results.filter((result) => result !== own && !rivals.includes(result));
        results.splice(place, 0, made);
        tx.put({ id: region.id, results });
      }
    });
  }

  /** @param {Result} result */
  #isLabelResult(result) {
    const node = this.scope.node(result.from_name);
    return Boolean(node && this.definition(node)?.labels);
  }

  /** @param {Result} result @param {'shape'} what */
  #nodeOf(result, what) {
    const node = this.scope.node(result.from_name);
    return node && this.definition(node)?.[what];
  }

  /** @param {Result} result */
  #keyOfResult(result) {
    const node = this.scope.node(result.from_name);
    return node ? this.valueKey(node) : result.type;
  }

  /** @param {ConfigNode} node */
  valueKey(node) {
    return this.definition(node)?.valueKey ?? node.tag.toLowerCase();
  }

  // regions --------------------------------------------------------------------------------------------------------

  /** @type {WeakMap<Region, any>} frozen regions never change, so what is said of one is said once */
  #described = new WeakMap();

  /**
   * What lists and objects show of a region.
   * @param {Region} region @returns {{text: string, color: string, object: string, isRegion: boolean, locked: boolean, why: string, excerpt: string}}
   */
  describe(region) {
    let found = this.#described.get(region);
    if (!found) this.#described.set(region, (found = this.#describe(region)));
    return found;
  }

  /** @param {Region} region */
  #describe(region) {
    let text = '';
    let color = 'var(--tagma-ink-soft)';
    let excerpt = '';
    let why = '';
    let isRegion = false;
    for (const result of region.results) {
      const node = this.scope.node(result.from_name);
      const definition = node && this.definition(node);
      if (!NO_RESULT_KEYS.has(result.type) && (!definition || this.faults.has(node.tag))) {
        why ||= node ? t('{tag} is not available.', { tag: node.tag }) : t('The set-up has no control named {name}.', { name: result.from_name ?? '' });
        isRegion = true;
        text ||= labelsOf(result).join(', ') || result.type;
        continue;
      }
      if (!node || !definition) continue;
      if (definition.shape || (definition.labels && result.value?.[this.valueKey(node)] !== undefined)) isRegion = true;
      if (definition.labels) {
        const labels = labelsOf(result);
        if (labels.length) {
          text = labels.map((value) => this.option(node, value)?.text ?? value).join(', ');
          color = this.option(node, labels[0])?.color ?? color;
        }
      } else if (definition.shape) {
        color = text ? color : String(node.get('strokeColor') ?? node.get('fillColor') ?? color);
      } else if (!excerpt && typeof result.value?.text !== 'undefined') {
        excerpt = String(Array.isArray(result.value.text) ? result.value.text[0] ?? '' : result.value.text);
      }
      if (!excerpt && typeof result.value?.text === 'string') excerpt = result.value.text;
    }
    const object = region.results[0]?.to_name ?? '';
    const locked = Boolean(why) || region.results.some((result) => result.readonly === true);
    return { text: text || (isRegion ? t('No label') : ''), color, object, isRegion, locked, why, excerpt };
  }

  /** @param {Region} region */
  shapeOf(region) {
    for (const result of region.results) {
      const node = this.scope.node(result.from_name);
      const shape = node && this.definition(node)?.shape;
      if (shape) return shape;
    }
    return undefined;
  }

  /** The result that holds a region's geometry. @param {Region} region @returns {Result} */
  geometry(region) {
    return region.results.find((result) => this.#nodeOf(result, 'shape')) ?? region.results.find((result) => this.#isLabelResult(result)) ?? region.results[0];
  }

  /** Regions in list order, classification left out. */
  regions() {
    return this.store.all().filter((region) => this.describe(region).isRegion);
  }

  /** @param {string} object @returns {Region[]} */
  regionsOn(object) {
    return this.store.all().filter((region) => {
      const said = this.describe(region);
      return said.object === object && said.isRegion;
    });
  }

  /** @param {string[]} ids */
  editable(ids) {
    if (this.readonly) return [];
    return ids.flatMap((id) => {
      const region = this.store.get(id);
      return region && !this.selection.locked.has(id) && !this.describe(region).locked ? [region] : [];
    });
  }

  /**
   * Make a region on an object with the active labels.
   * @param {ConfigNode} object @param {string | null} shape null where a general labels control makes the region, as in texts
   * @param {any} geometry @param {Record<string, any>} [siblings] keys beside `value`, as `original_width`
   * @returns {string | null} the id; null, with a word to the person, when no label is chosen
   */
  make(object, shape, geometry, siblings = {}) {
    if (this.readonly) return null;
    const controls = this.scope.controls.filter((node) => node.toName.includes(object.name));
    const active = (/** @type {ConfigNode} */ node) => this.activeLabels.get(node.name);
    const labeled = controls.find((node) => this.definition(node)?.labels && active(node));
    const drawn = shape ? controls.filter((node) => this.definition(node)?.shape?.name === shape) : [];
    const whole = shape ? drawn.find((node) => node === labeled) : labeled;
    const bare = drawn.find((node) => !this.definition(node)?.labels);
    const empty = (shape ? drawn : controls).find((node) => this.definition(node)?.labels && node.is('allowEmpty'));
    const common = { id: newId(), to_name: object.name, origin: 'manual', ...siblings };
    /** @type {Result[]} */
    const results = [];
    const item = (/** @type {ConfigNode} */ node, /** @type {any} */ value) => ({ ...common, from_name: node.name, type: node.tag.toLowerCase(), value });
    if (whole) results.push(item(whole, { ...geometry, [this.valueKey(whole)]: active(whole) }));
    else if (bare) {
      results.push(item(bare, { ...geometry }));
      if (labeled && !this.definition(labeled)?.shape) results.push(item(labeled, { ...geometry, [this.valueKey(labeled)]: active(labeled) }));
    } else if (empty) results.push(item(empty, { ...geometry, [this.valueKey(empty)]: [] }));
    else {
      this.say(t('Choose a label first.'));
      return null;
    }
    const maximum = whole && this.#overUsed(whole, active(whole) ?? []);
    if (maximum) {
      this.say(maximum);
      return null;
    }
    this.store.tx(t('New region'), (tx) => tx.put({ id: common.id, results }));
    this.selection.set([common.id]);
    return common.id;
  }

  /** @param {ConfigNode} node @param {string[]} labels */
  #overUsed(node, labels) {
    for (const label of labels) {
      const limit = Number(this.option(node, label)?.attrs.maxusages ?? node.get('maxUsages'));
      if (!(limit > 0)) continue;
      const used = this.scope.holders(node.name).filter((region) => this.labelsIn(region, node).includes(label)).length;
      if (used >= limit) return t('{label} can be used {limit} times, and is.', { label, limit });
    }
    return '';
  }

  /** Change geometry in every result of a region. @param {Region} region @param {any} patch @param {{label?: string, merge?: any}} [options] */
  reshape(region, patch, { label = t('Change region'), merge } = {}) {
    const current = this.store.get(region.id);
    if (!current) return;
    const results = current.results.map((result) => ({ ...result, ...changed(result), value: { ...result.value, ...patch } }));
    this.store.tx(label, (tx) => tx.put({ id: current.id, results }), { merge });
  }

  /** @param {string[]} ids */
  remove(ids) {
    const regions = this.editable(ids);
    if (!regions.length) return;
    const gone = new Set(regions.map((region) => region.id));
    this.store.tx(t('Delete region'), (tx) => {
      for (const region of regions) tx.remove(region.id);
      for (const other of this.store.all()) {
        if (other.results.some((result) => result.type === 'relation' && (gone.has(result.from_id) || gone.has(result.to_id)))) tx.remove(other.id);
      }
    });
  }

  /** @param {string[]} ids @param {(value: any, region: Region) => any} [shift] moves the copy a little */
  duplicate(ids, shift = (value) => value) {
    /** @type {string[]} */
    const made = [];
    this.store.tx(t('Duplicate region'), (tx) => {
      for (const region of this.editable(ids)) {
        const id = newId();
        tx.put({ id, results: region.results.map((result) => ({ ...result, id, origin: 'manual', value: { ...result.value, ...shift(result.value, region) } })) });
        made.push(id);
      }
    });
    this.selection.set(made);
  }

  // controls of the whole task or of a region ------------------------------------------------------------------------

  /** A control's result: the region's for perRegion, else the task's. @param {ConfigNode} node @param {Region} [region] @returns {Result | undefined} */
  resultOf(node, region = this.scope.selected) {
    const holders = node.is('perRegion') ? (region ? [region] : []) : this.scope.holders(node.name);
    for (const holder of holders) for (const result of holder.results) if (result.from_name === node.name) return result;
    return undefined;
  }

  /** Set or, with undefined, take away what a control says. @param {ConfigNode} node @param {any} value @param {{merge?: any, meta?: any}} [options] */
  answer(node, value, { merge, meta } = {}) {
    const type = node.tag.toLowerCase();
    const key = this.valueKey(node);
    const region = node.is('perRegion') ? this.scope.selected : this.scope.holders(node.name)[0];
    if (node.is('perRegion') && (!region || !this.editable([region.id]).length)) return;
    const own = region?.results.find((result) => result.from_name === node.name);
    this.store.tx(t('Answer {name}', { name: node.name }), (tx) => {
      if (value === undefined) {
        if (!region) return;
        const rest = region.results.filter((result) => result !== own);
        if (rest.length) tx.put({ id: region.id, results: rest });
        else tx.remove(region.id);
        return;
      }
      const id = region?.id ?? newId();
      const base = own ?? (region ? this.#geometryFor(region) : { to_name: node.toName[0] });
      const made = { ...base, id, from_name: node.name, type, origin: 'manual', ...(own ? changed(own) : {}), ...(meta ? { meta: { ...own?.meta, ...meta } } : {}), value: { ...base.value, [key]: value } };
      const before = region?.results ?? [];
      const results = own ? before.map((result) => (result === own ? made : result)) : [...before, made];
      tx.put({ id, results });
    }, { merge });
  }

  /** @param {Region} region */
  #geometryFor(region) {
    const base = this.geometry(region);
    const { [this.#keyOfResult(base)]: _own, ...geometry } = base.value ?? {};
    if (this.shapeOf(region) === undefined) return { ...base, value: geometry };
    const { text: _text, ...plain } = geometry;
    return { ...base, value: plain };
  }

  /** Sentences about required controls that have no answer yet, with the control and the region they belong to. */
  missing() {
    /** @type {{node: ConfigNode, region?: Region, words: string}[]} */
    const found = [];
    for (const node of this.scope.controls) {
      if (!node.is('required') || !this.definition(node)) continue;
      const words = String(node.get('requiredMessage') ?? '') || t('“{name}” needs an answer.', { name: node.name });
      if (!node.is('perRegion')) {
        if (this.scope.saved(node, /** @type {any} */ (undefined)) && !this.resultOf(node)) found.push({ node, words });
        continue;
      }
      for (const region of this.regions()) {
        if (!node.toName.includes(this.describe(region).object) || !this.scope.saved(node, region)) continue;
        if (!this.resultOf(node, region)) found.push({ node, region, words });
      }
    }
    return found;
  }

  /** @param {ConfigNode} node @param {string} name */
  resolved(node, name) {
    return resolve(node.get(name), this.task?.data ?? {});
  }
}

/** @param {Result} result */
function changed(result) {
  return result.origin === 'prediction' ? { origin: 'prediction-changed' } : {};
}
