/**
 * Brings in the browser halves of the tags a config uses, and of no others. A plugin that can't be loaded, or was written for
 * a newer contract, costs only its own tags: each of them gets a fault that names the plugin.
 *
 * @typedef {import('../tagma.js').Definition} Definition
 * @typedef {{plugin: string, words: string}} Fault
 */
import { h } from '../dom.js';
import { t } from '../i18n.js';
import { API } from '../tagma.js';

/** Nodes that are mounted: a control's or an object's children are its own affair. @param {import('../tree.js').ConfigNode} node @returns {Generator<import('../tree.js').ConfigNode>} */
export function* mountable(node) {
  yield node;
  if (node.kind === 'visual' || !node.known) for (const child of node.children) yield* mountable(child);
}

/** @type {Map<string, Promise<Definition[]>>} */
const modules = new Map();

/** @param {string} plugin */
function importPlugin(plugin) {
  let found = modules.get(plugin);
  if (!found) {
    found = import(`plugin/${plugin}/index.js`).then((module) => (Array.isArray(module.default) ? module.default : [module.default]));
    modules.set(plugin, found);
  }
  return found;
}

/** @param {import('../tree.js').ConfigNode} root @returns {Promise<{definitions: Map<string, Definition>, faults: Map<string, Fault>}>} */
export async function loadTags(root) {
  /** @type {Map<string, Definition>} */
  const definitions = new Map();
  /** @type {Map<string, Fault>} */
  const faults = new Map();
  /** @type {Map<string, Set<string>>} */
  const wanted = new Map();
  for (const node of mountable(root)) {
    if (!node.known || !node.plugin) {
      faults.set(node.tag, { plugin: node.plugin ?? '', words: t('No plugin on this server provides the tag {tag}.', { tag: node.tag }) });
    } else {
      const tags = wanted.get(node.plugin) ?? new Set();
      wanted.set(node.plugin, tags.add(node.tag));
    }
  }
  await Promise.all(
    [...wanted].map(async ([plugin, tags]) => {
      /** @type {Definition[]} */
      let list = [];
      try {
        list = await importPlugin(plugin);
      } catch (error) {
        reportError(error);
        for (const tag of tags) faults.set(tag, { plugin, words: String(/** @type {Error} */ (error).message ?? error) });
        return;
      }
      await Promise.all([...tags].map((tag) => loadOne(plugin, tag, list, definitions, faults)));
    }),
  );
  return { definitions, faults };
}

/** @type {Map<string, Promise<void>>} */
const sheets = new Map();

/** A style sheet of a tag, once for the page. @param {URL} address @returns {Promise<void>} */
function dress({ href }) {
  const known = sheets.get(href);
  if (known) return known;
  const { promise, resolve, reject } = /** @type {PromiseWithResolvers<void>} */ (Promise.withResolvers());
  document.head.append(h('link', { rel: 'stylesheet', href, onload: () => resolve(), onerror: () => reject(new Error(t('Its style sheet can’t be loaded: {url}', { url: href }))) }));
  sheets.set(href, promise);
  return promise;
}

/** @param {string} plugin @param {string} tag @param {Definition[]} list @param {Map<string, Definition>} definitions @param {Map<string, Fault>} faults */
async function loadOne(plugin, tag, list, definitions, faults) {
  let definition = list.find((item) => item?.tag === tag);
  try {
    if (!definition) throw new Error(t('It has no browser half for {tag}.', { tag }));
    if (definition.api > API) throw new Error(t('It was written for version {api} of the browser contract; this server has {ours}.', { api: definition.api, ours: API }));
    if (definition.load) definition = (await definition.load()).default;
    if (!definition.mount) throw new Error(t('It has no browser half for {tag}.', { tag }));
    if (definition.style) await dress(definition.style);
    definitions.set(tag, definition);
  } catch (error) {
    faults.set(tag, { plugin, words: String(/** @type {Error} */ (error).message ?? error) });
  }
}
