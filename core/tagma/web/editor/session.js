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
import { Scope, labelsOf } from '../scope.js';
import { Selection } from '../selection.js';
import { Store, newId } from '../store.js';
import { Tools } from '../tool.js';
import { optionsOf, resolve } from '../tree.js';
import { Answers } from './answers.js';
import { Labels } from './labels.js';
import { Smart, SmartChoice } from './smart.js';

const NO_RESULT_KEYS = new Set(['relation']);

export class Session {
  /**
   * @param {{root: ConfigNode, definitions: Map<string, Definition>, faults?: Map<string, any>, task: any, results?: Result[],
   *   readonly?: boolean, keys: import('../keys.js').Keys, choice?: SmartChoice}} given
   */
  constructor({ root, definitions, faults = new Map(), task, results = [], readonly = false, keys, choice = new SmartChoice() }) {
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
    /** @type {Map<ConfigNode, HTMLElement | null> | undefined} where the shell wants a tag, null for nowhere */
    this.places = undefined;
    /** @type {(words: string) => void} says a short sentence to the person */
    this.say = () => {};
    /** @type {(error: any) => string} what went wrong, for the person */
    this.wordsOf = (error) => String(error?.message ?? error);
    /** @type {Map<string, {pending(): boolean, commit(): void}>} objects that wait for a label, as a text with a marked passage */
    this.pending = new Map();
    /** @type {Map<string, {page: number, count: number, open(page: number): void}>} objects of several pages, and the one in sight */
    this.pages = new Map();
    /** @type {Map<string, (region: Region) => void>} object -> brings a region into view */
    this.reveal = new Map();
    /** What the bar below shows of an object's zoom, in words. @type {Map<string, {zoomIn(): void, zoomOut(): void, fit(): void, actual(): void, zoom(): string, on(listener: () => void): void}>} */
    this.views = new Map();
    this.store.on((ids) => {
      const gone = [...this.selection.ids].filter((id) => !this.store.has(id));
      if (gone.length) this.selection.set([...this.selection.ids].filter((id) => this.store.has(id)));
      else if ([...ids].some((id) => this.selection.has(id))) this.selection.tell(ids);
    });
    /** Whether nobody has said anything yet, so that controls may begin with their defaults. */
    this.fresh = results.length === 0;
    this.labels = new Labels(this);
    this.answers = new Answers(this);
    this.smart = new Smart(this, choice);
  }

  get readonly() {
    return this.store.readonly;
  }

  /** @param {ConfigNode} node */
  definition(node) {
    return this.definitions.get(node.tag);
  }

  /** @type {Map<ConfigNode, {plugin: string, words: string}>} tags that failed when they were put on screen */
  #broken = new Map();

  /** Why a tag is not on screen. @param {ConfigNode} node @returns {{plugin: string, words: string} | undefined} */
  faultOf(node) {
    return this.faults.get(node.tag) ?? this.#broken.get(node);
  }

  /** A tag failed: what it stored is locked from now on. @param {ConfigNode} node @param {{plugin: string, words: string}} fault */
  fail(node, fault) {
    this.#broken.set(node, fault);
    this.#described = new WeakMap();
  }

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

  /** @param {Result} result */
  isLabelResult(result) {
    const node = this.scope.node(result.from_name);
    return Boolean(node && this.definition(node)?.labels);
  }

  /** @param {Result} result */
  hasShape(result) {
    const node = this.scope.node(result.from_name);
    return Boolean(node && this.definition(node)?.shape);
  }

  /** The key that holds what a result's control says. @param {Result} result */
  keyOf(result) {
    const node = this.scope.node(result.from_name);
    return node ? this.valueKey(node) : result.type;
  }

  /** @param {ConfigNode} node */
  valueKey(node) {
    return this.definition(node)?.valueKey ?? node.tag.toLowerCase();
  }

  /** The key under which a result keeps what a general labels control says, if it has no result of its own. @param {Result} result @returns {string | undefined} */
  labelsKey(result) {
    const node = this.scope.node(result.from_name);
    return node && this.definition(node)?.labelsKey;
  }

  /** An object shows one of its pages. @param {string} object @param {number} page @param {number} count @param {(page: number) => void} open */
  turnTo(object, page, count, open) {
    this.pages.set(object, { page, count, open });
    this.selection.tell(new Set()); // questions asked once a page show that page's answers
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
      if (!NO_RESULT_KEYS.has(result.type) && (!node || !definition || this.faultOf(node))) {
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
      } else if (definition.labelsKey && result.value?.[definition.labelsKey]?.length) {
        const labels = labelsOf({ type: definition.labelsKey, value: result.value });
        const options = labels.map((value) => this.labels.lenders(node).flatMap((lender) => this.option(lender, value) ?? [])[0]);
        text = labels.map((value, place) => options[place]?.text ?? value).join(', ');
        color = options[0]?.color ?? color;
      } else if (definition.shape) {
        color = text ? color : String(node.get('strokeColor') ?? node.get('fillColor') ?? color);
      } else if (!excerpt && typeof result.value?.text !== 'undefined') {
        excerpt = String(Array.isArray(result.value.text) ? result.value.text[0] ?? '' : result.value.text);
      }
      if (!excerpt && typeof result.value?.text === 'string') excerpt = result.value.text;
    }
    excerpt ||= this.noteOf(region);
    const object = region.results[0]?.to_name ?? '';
    const shown = this.scope.node(object);
    if (isRegion && !excerpt) excerpt = this.passageOf(object, this.geometry(region).value) ?? '';
    if (isRegion && shown && this.faultOf(shown)) why ||= t('{tag} is not available.', { tag: shown.tag });
    const locked = Boolean(why) || region.results.some((result) => result.readonly === true);
    return { text: text || (isRegion ? t('No label') : ''), color, object, isRegion, locked, why, excerpt };
  }

  /** @type {Map<string, (value: any) => string>} */
  #passages = new Map();
  /** Raised when regions have other words though they are the same. */
  renewed = 0;

  /** An object that has read its file knows better how to say where a region lies than its definition does. @param {string} object @param {(value: any) => string} words */
  setPassage(object, words) {
    this.#passages.set(object, words);
    this.#described = new WeakMap();
    this.renewed++;
    this.selection.tell(new Set());
  }

  /** Objects that can play a region; `where` says in short where one begins. @type {Map<string, {play(region: Region): void, stop(): void, where?(region: Region): string}>} */
  players = new Map();
  /** @type {string | null} the region that is played now */
  sounding = null;

  /** @param {string} object @param {{play(region: Region): void, stop(): void, where?(region: Region): string}} player */
  setPlayer(object, player) {
    this.players.set(object, player);
    this.selection.tell(new Set());
  }

  /** @param {string | null} id of the region that is played from now on */
  setSounding(id) {
    if (id === this.sounding) return;
    this.sounding = id;
    this.selection.tell(new Set());
  }

  /** Whether a control asks about the selected region only, in the panel; one shown as a list of all regions stands where the set-up has it. @param {ConfigNode} node */
  asksSelected(node) {
    return node.is('perRegion') && String(node.get('displayMode')) !== 'region-list';
  }

  /** Where a region lies, in the words of the object it is on. @param {string} object @param {any} value */
  passageOf(object, value) {
    const node = this.scope.node(object);
    return (this.#passages.get(object) ?? (node && this.definition(node)?.passage))?.(value ?? {});
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
    return region.results.find((result) => this.hasShape(result)) ?? region.results.find((result) => this.isLabelResult(result)) ?? region.results[0];
  }

  /** The picture a region is on, as it is seen: what percents are of. @param {Region} region */
  sizeOf(region) {
    const { original_width: width = 100, original_height: height = 100, image_rotation: degrees = 0 } = this.geometry(region);
    return degrees % 180 ? { width: height, height: width } : { width, height };
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
      return region && !region.proposed && !this.selection.locked.has(id) && !this.describe(region).locked ? [region] : [];
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
    const active = (/** @type {ConfigNode} */ node) => this.labels.active.get(node.name);
    const labeled = controls.find((node) => this.definition(node)?.labels && active(node));
    const drawn = shape ? controls.filter((node) => this.definition(node)?.shape?.name === shape) : [];
    const whole = shape ? drawn.find((node) => node === labeled) : labeled;
    const bare = drawn.find((node) => !this.definition(node)?.labels);
    const named = labeled && !this.definition(labeled)?.shape ? labeled : undefined;
    const empty = (shape ? drawn : controls).find((node) => this.definition(node)?.labels && node.is('allowEmpty'));
    const common = { id: newId(), to_name: object.name, origin: 'manual', ...siblings };
    /** @type {Result[]} */
    const results = [];
    const item = (/** @type {ConfigNode} */ node, /** @type {any} */ value) => ({ ...common, from_name: node.name, type: node.tag.toLowerCase(), value });
    if (whole) results.push(item(whole, { ...geometry, [this.valueKey(whole)]: active(whole) }));
    else if (bare) {
      const key = this.definition(bare)?.labelsKey;
      results.push(item(bare, { ...geometry, ...(key && named ? { [key]: active(named) } : {}) }));
      if (named && !key) results.push(item(named, { ...geometry, [this.valueKey(named)]: active(named) }));
    } else if (empty) results.push(item(empty, { ...geometry, [this.valueKey(empty)]: [] }));
    else {
      this.say(t('Choose a label first.'));
      return null;
    }
    const worn = whole ?? (bare && named);
    const maximum = worn && this.labels.overUsed(worn, active(worn) ?? []);
    if (maximum) {
      this.say(maximum);
      return null;
    }
    if (this.smart.takes({ id: common.id, results })) return common.id;
    this.store.tx(t('New region'), (tx) => tx.put({ id: common.id, results }));
    this.selection.set([common.id]);
    return common.id;
  }

  /** Change geometry in every result of a region; what a control says stays, as the text of a TextArea beside the one a span quotes. @param {Region} region @param {any} patch @param {{label?: string, merge?: any}} [options] */
  reshape(region, patch, { label = t('Change region'), merge } = {}) {
    const current = this.store.get(region.id);
    if (!current) return;
    const results = current.results.map((result) => {
      const { [this.keyOf(result)]: _said, ...geometry } = patch;
      return { ...result, ...changed(result), value: { ...result.value, ...geometry } };
    });
    this.store.tx(label, (tx) => tx.put({ id: current.id, results }), { merge });
  }

  /** @param {Region} region */
  noteOf(region) {
    const [words = ''] = region.results.flatMap((result) => result.meta?.text ?? []);
    return String(words);
  }

  /** Write, or with no words take away, a note about a region. @param {Region} region @param {string} words @param {any} merge */
  setNote(region, words, merge) {
    const place = region.results.indexOf(this.geometry(region));
    const results = region.results.map((result, at) => {
      const { text: _old, ...rest } = result.meta ?? {};
      const meta = at === place && words ? { ...rest, text: [words] } : rest;
      const { meta: _gone, ...bare } = result;
      return { ...bare, ...(Object.keys(meta).length ? { meta } : {}) };
    });
    this.store.tx(t('Note'), (tx) => tx.put({ id: region.id, results }), { merge });
  }

  /** @param {string[]} ids */
  remove(ids) {
    this.smart.reject(ids);
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

  /** @param {ConfigNode} node @param {string} name */
  resolved(node, name) {
    return resolve(node.get(name), this.task?.data ?? {});
  }
}

/** What becomes of the origin of a prediction's result that is changed. @param {Result} result */
export function changed(result) {
  return result.origin === 'prediction' ? { origin: 'prediction-changed' } : {};
}
