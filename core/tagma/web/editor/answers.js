/**
 * What controls beside the regions say: choices, texts, ratings, once for the task or once for each region.
 *
 * @typedef {import('../tree.js').ConfigNode} ConfigNode
 * @typedef {import('../store.js').Region} Region
 * @typedef {import('../store.js').Result} Result
 */
import { t } from '../i18n.js';
import { newId } from '../store.js';
import { changed } from './session.js';

export class Answers {
  /** @param {import('./session.js').Session} session */
  constructor(session) {
    this.session = session;
  }

  /** A control's result: the region's for perRegion, the page's for perItem, else the task's. @param {ConfigNode} node @param {Region} [region] @param {number} [page] @returns {Result | undefined} */
  resultOf(node, region = this.session.scope.selected, page = this.#pageOf(node)) {
    const holders = node.is('perRegion') ? (region ? [region] : []) : this.session.scope.holders(node.name);
    for (const holder of holders) for (const result of holder.results) if (result.from_name === node.name && (page === undefined || (result.item_index ?? 0) === page)) return result;
    return undefined;
  }

  /** The page in sight that a control asks about; undefined for one that asks once a task or a region. @param {ConfigNode} node */
  #pageOf(node) {
    return node.is('perItem') && !node.is('perRegion') ? this.session.pages.get(node.toName[0])?.page : undefined;
  }

  /** Set or, with undefined, take away what a control says. @param {ConfigNode} node @param {any} value @param {{merge?: any, meta?: any, origin?: import('../store.js').Origin}} [options] */
  set(node, value, { merge, meta, origin } = {}) {
    const { session } = this;
    const type = node.tag.toLowerCase();
    const key = session.valueKey(node);
    const page = this.#pageOf(node);
    const asked = session.scope.holders(node.name).filter((holder) => page === undefined || holder.results.some((result) => result.from_name === node.name && (result.item_index ?? 0) === page));
    const region = node.is('perRegion') ? session.scope.selected : asked[0];
    if (node.is('perRegion') && (!region || !session.editable([region.id]).length)) return;
    const own = region?.results.find((result) => result.from_name === node.name);
    session.store.tx(t('Answer {name}', { name: node.name }), (tx) => {
      if (value === undefined) {
        if (!region) return;
        const rest = region.results.filter((result) => result !== own);
        if (rest.length) tx.put({ id: region.id, results: rest });
        else tx.remove(region.id);
        return;
      }
      const id = region?.id ?? newId();
      const base = own ?? (region ? this.#geometryFor(region) : { to_name: node.toName[0], ...(page === undefined ? {} : { item_index: page }) });
      const made = { ...base, id, from_name: node.name, type, origin: 'manual', ...(own ? changed(own) : {}), ...(meta ? { meta: { ...own?.meta, ...meta } } : {}), value: { ...base.value, [key]: value } };
      const before = region?.results ?? [];
      const results = own ? before.map((result) => (result === own ? made : result)) : [...before, made];
      tx.put({ id, results });
    }, { merge, origin });
  }

  /** @param {Region} region */
  #geometryFor(region) {
    const { session } = this;
    const base = session.geometry(region);
    const { [session.keyOf(base)]: _own, [session.labelsKey(base) ?? '']: _labels, ...geometry } = base.value ?? {};
    if (session.shapeOf(region) === undefined) return { ...base, value: geometry };
    const { text: _text, ...plain } = geometry;
    return { ...base, value: plain };
  }

  /** Sentences about required controls that have no answer yet, with the control and the region they belong to. */
  missing() {
    const { session } = this;
    /** @type {{node: ConfigNode, region?: Region, words: string, turn?: () => void}[]} */
    const found = [];
    for (const node of session.scope.controls) {
      if (!node.is('required') || !session.definition(node) || session.faultOf(node)) continue;
      const words = String(node.get('requiredMessage') ?? '') || t('“{name}” needs an answer.', { name: node.name });
      if (!node.is('perRegion')) {
        if (!session.scope.saved(node, /** @type {any} */ (undefined))) continue;
        const pages = this.#pageOf(node) === undefined ? [undefined] : Array.from({ length: session.pages.get(node.toName[0])?.count ?? 1 }, (_, page) => page);
        const page = pages.findIndex((one) => !this.resultOf(node, undefined, one));
        if (page >= 0) found.push({ node, words, turn: () => pages[page] !== undefined && session.pages.get(node.toName[0])?.open(page) });
        continue;
      }
      for (const region of session.regions()) {
        const said = session.describe(region);
        if (said.locked || region.proposed || !node.toName.includes(said.object) || !session.scope.saved(node, region)) continue;
        if (!this.resultOf(node, region)) found.push({ node, region, words });
      }
    }
    return found;
  }
}
