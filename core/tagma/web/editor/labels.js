/**
 * The labels of one desk: which the next region gets, which a region wears, and how regions come to wear others.
 *
 * @typedef {import('../tree.js').ConfigNode} ConfigNode
 * @typedef {import('../store.js').Region} Region
 * @typedef {import('../store.js').Result} Result
 */
import { t } from '../i18n.js';
import { AUTOMATIC_KEYS, normalize } from '../keys.js';
import { labelsOf } from '../scope.js';
import { tell } from '../store.js';
import { changed } from './session.js';

const MOST_KEYS = 100; // options of one control that are offered a key of their own

export class Labels {
  /** @type {Set<() => void>} */
  #listeners = new Set();

  /** @param {import('./session.js').Session} session */
  constructor(session) {
    this.session = session;
    /** @type {Map<string, string[]>} control -> labels the next region gets */
    this.active = new Map();
    this.#assignKeys();
    for (const node of this.controls()) {
      const preset = session.options(node).filter((option) => String(option.attrs.selected) === 'true');
      if (preset.length) this.active.set(node.name, preset.map((option) => option.value));
    }
  }

  /** General labels controls whose labels a drawing control keeps in its own results. @param {ConfigNode} node */
  lenders(node) {
    const { session } = this;
    if (!session.definition(node)?.labelsKey) return [];
    return this.controls().filter((other) => !session.definition(other)?.shape && other.toName.some((name) => node.toName.includes(name)));
  }

  /** Controls whose labels regions wear, all or those of one object. @param {string} [object] */
  controls(object) {
    const { session } = this;
    return session.scope.controls.filter((node) => session.definition(node)?.labels && (!object || node.toName.includes(object)));
  }

  /** Labels and choices without a key get one, the same on every page whatever else is on it. */
  #assignKeys() {
    const { session } = this;
    const wearers = session.scope.controls.filter((node) => session.definition(node)?.labels || node.tag === 'Choices');
    const taken = new Set(wearers.flatMap((node) => session.options(node).map((option) => option.key && normalize(option.key))));
    const free = AUTOMATIC_KEYS.filter((key) => !taken.has(key));
    for (const node of wearers) for (const option of session.options(node).slice(0, MOST_KEYS)) option.key ||= free.shift() ?? '';
  }

  /** @param {() => void} listener told when other labels are active @returns {() => void} */
  on(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Choose a label: selected regions wear it, and the next region will. @param {ConfigNode} node @param {string} value */
  choose(node, value) {
    const { session } = this;
    const several = node.get('choice') === 'multiple';
    const selected = session.editable([...session.selection.ids]).filter((region) => this.wears(region, node));
    if (selected.length) {
      const all = selected.every((region) => this.of(region, node).includes(value));
      this.relabel(selected, node, value, several, all);
      if (!several) this.#activate(node, [value]);
      return;
    }
    const active = this.active.get(node.name) ?? [];
    const waiting = node.toName.flatMap((object) => session.pending.get(object) ?? []).find((one) => one.pending());
    const next = waiting && active.includes(value) ? active : several ? (active.includes(value) ? active.filter((item) => item !== value) : [...active, value]) : active.length === 1 && active[0] === value ? [] : [value];
    this.#activate(node, next);
    if (waiting && next.length) return void waiting.commit();
    const shape = session.definition(node)?.shape?.name ?? this.#bareShape(node);
    const tool = next.length && shape ? session.tools.drawing(shape) : null;
    if (tool) session.tools.use(tool.name);
  }

  /** @param {ConfigNode} node */
  #bareShape(node) {
    const { session } = this;
    const bare = session.scope.controls.find((other) => session.definition(other)?.shape && !session.definition(other)?.labels && other.toName.some((name) => node.toName.includes(name)));
    return bare && session.definition(bare)?.shape?.name;
  }

  /** @param {ConfigNode} node @param {string[]} values */
  #activate(node, values) {
    for (const other of this.controls()) if (other !== node && other.toName.some((name) => node.toName.includes(name))) this.active.delete(other.name);
    if (values.length) this.active.set(node.name, values);
    else this.active.delete(node.name);
    tell(this.#listeners);
  }

  /** Whether a region can wear labels of a control. @param {Region} region @param {ConfigNode} node */
  wears(region, node) {
    const { session } = this;
    if (region.results.some((result) => result.from_name === node.name)) return true;
    const shape = session.definition(node)?.shape?.name;
    const drawn = session.shapeOf(region);
    return region.results.some((result) => node.toName.includes(result.to_name)) && (shape ? drawn?.name === shape : Boolean(drawn && !drawn.line));
  }

  /** The labels of a control that a region wears. @param {Region} region @param {ConfigNode} node @returns {string[]} */
  of(region, node) {
    return region.results.flatMap((result) => {
      if (result.from_name === node.name) return labelsOf(result);
      const key = this.#isLent(result, node);
      return key ? labelsOf({ type: key, value: result.value }).filter((label) => this.session.option(node, label)) : [];
    });
  }

  /** The key under which a result keeps labels of a control that has no result of its own. @param {Result} result @param {ConfigNode} node */
  #isLent(result, node) {
    const key = this.session.labelsKey(result);
    return key && !this.session.definition(node)?.shape && node.toName.includes(result.to_name) ? key : undefined;
  }

  /** @param {Region[]} regions @param {ConfigNode} node @param {string} value @param {boolean} several @param {boolean} off */
  relabel(regions, node, value, several, off) {
    const { session } = this;
    const key = session.valueKey(node);
    const type = node.tag.toLowerCase();
    session.store.tx(t('Label as {label}', { label: value }), (tx) => {
      for (const region of regions) {
        const own = region.results.find((result) => result.from_name === node.name);
        const now = this.of(region, node);
        const labels = several ? (off ? now.filter((label) => label !== value) : [...new Set([...now, value])]) : [value];
        if (several && !labels.length) continue;
        const keeper = region.results.find((result) => this.#isLent(result, node));
        if (keeper && !own) {
          const kept = { ...keeper, ...changed(keeper), value: { ...keeper.value, [/** @type {string} */ (session.labelsKey(keeper))]: labels } };
          tx.put({ id: region.id, results: region.results.map((result) => (result === keeper ? kept : result)) });
          continue;
        }
        const shape = session.definition(node)?.shape;
        const others = region.results.filter((result) => result !== own);
        // a box moves from one labels control to another whole; bare shapes get their second item
        const rivals = shape ? others.filter((result) => session.isLabelResult(result) && session.shapeOf({ id: '', results: [result] })?.name === shape.name) : others.filter((result) => session.isLabelResult(result) && !session.hasShape(result));
        const base = own ?? rivals[0] ?? region.results[0];
        const { [base.type]: _old, [session.keyOf(base)]: _older, ...geometry } = base.value;
        const made = { ...base, from_name: node.name, type, value: { ...geometry, [key]: labels }, origin: base.origin === 'prediction' ? 'prediction-changed' : (base.origin ?? 'manual') };
        const place = own ? region.results.indexOf(own) : rivals.length ? region.results.indexOf(rivals[0]) : region.results.length;
        const results = region.results.filter((result) => result !== own && !rivals.includes(result));
        results.splice(place, 0, made);
        tx.put({ id: region.id, results });
      }
    });
  }

  /** Why labels can't be used once more, or "". @param {ConfigNode} node @param {string[]} labels */
  overUsed(node, labels) {
    const { session } = this;
    const keepers = session.scope.controls.filter((other) => other === node || this.lenders(other).includes(node));
    for (const label of labels) {
      const limit = Number(session.option(node, label)?.attrs.maxusages ?? node.get('maxUsages'));
      if (!(limit > 0)) continue;
      const used = keepers.flatMap((keeper) => session.scope.holders(keeper.name)).filter((region) => this.of(region, node).includes(label)).length;
      if (used >= limit) return t('{label} can be used {limit} times, and is.', { label, limit });
    }
    return '';
  }
}
