/**
 * The browser half's public face for plugins.
 *
 * A plugin's `web/index.js` default-exports a list of definitions:
 *
 *     import { defineTag } from 'tagma';
 *     export default [defineTag({ api: 1, tag: 'StarRating', kind: 'control', mount(host, ctx) { … } })];
 *
 * To keep a page light a definition may be a promise of itself: `{ api, tag, kind, load: () => import('./star.js') }`,
 * whose default export is the definition.
 *
 * @typedef {import('./tree.js').ConfigNode} ConfigNode
 * @typedef {import('./tree.js').Option} Option
 * @typedef {import('./store.js').Region} Region
 * @typedef {import('./store.js').Result} Result
 * @typedef {import('./editor/context.js').Context} Context
 * @typedef {{update?(): void, focus?(): void, destroy?(): void}} Mounted
 *
 * @typedef {object} Shape  pure functions about the geometry of one kind of region; sizes and points are in pixels of the object
 * @property {string} name  also the result type of the bare control: `rectangle`
 * @property {(value: any, size: Size) => [number, number, number, number]} bounds
 * @property {(value: any, size: Size, point: Point, slack: number) => boolean} hit  inside, or on the outline
 * @property {(value: any, size: Size, point: Point, slack: number) => boolean} onEdge
 * @property {(value: any, size: Size) => {name: string, x: number, y: number, cursor: string}[]} handles
 * @property {(value: any, size: Size, handle: string, from: Point, to: Point, keys: {shift: boolean, alt: boolean}) => any} drag  the changed keys of the value
 * @property {(path: Path2D, value: any, size: Size, toScreen: (point: Point) => Point) => void} path
 * @property {(from: Point, to: Point, size: Size, keys: {shift: boolean, alt: boolean}) => any} draw  the value a drag from one point to another makes
 * @property {(value: any, size: Size) => any} [quarter]  the changed keys when the picture is turned a quarter to the right; `size` is the one before
 * @property {(value: any, size: Size) => any} [snap]  the value with its corners on whole pixels
 * @property {(value: any, size: Size) => {name: string, value: string}[]} [describe]
 * @property {(value: any, moment: any) => any} [at]  of a shape that lives in time: what it is at a moment, as a value the other functions understand; null when it is not there
 * @property {(value: any, moment: any, change: any) => any} [put]  the changed keys of the whole value when what it is at that moment changes; `{}` as the value begins one
 * @property {boolean} [line]  it lies on the line of time below a picture: nothing is drawn of it on the plane
 * @typedef {{width: number, height: number}} Size
 * @typedef {{x: number, y: number}} Point
 *
 * @typedef {object} Definition
 * @property {number} api  the contract it was written for: 1
 * @property {string} tag  as in XML
 * @property {'object'|'control'|'visual'} kind
 * @property {(host: HTMLElement, ctx: Context) => Mounted | void} [mount]
 * @property {() => Promise<{default: Definition}>} [load]  instead of `mount`
 * @property {string} [valueKey]  key of a control's own value; the lower-case tag name without it
 * @property {boolean} [labels]  whether the value is a list of labels that regions wear
 * @property {string} [labelsKey]  of a control that draws: the key of its value that holds what a general labels control beside it says; without it that gets a result of its own
 * @property {boolean} [fills]  whether an object wants all the room there is
 * @property {URL} [style]  a style sheet of its own, as `new URL('./tag.css', import.meta.url)`; it is there before `mount`
 * @property {(value: any) => string} [passage]  of an object where general labels make regions: where one lies, in a few words
 * @property {Shape} [shape]  what a control draws
 * @property {boolean} [smart]  whether what it makes can be sent to a model, whose suggestions take its place; its tag on the server has the attributes `smart` and `smartOnly`
 * @property {import('./tool.js').Tool} [tool]
 *
 * A plugin's `web/settings.js` default-exports a list of sections of settings, a project's or the organization's.
 *
 * @typedef {object} Section
 * @property {number} api  the contract it was written for: 1
 * @property {string} id  of the section in the page: `webhooks`
 * @property {string} title
 * @property {('project' | 'organization')[]} [of]  whose settings it belongs to; a project's without it
 * @property {(host: HTMLElement, ctx: import('./settings/sections.js').SectionContext) => void} mount
 */
export { sanitize, h, icon } from './dom.js';
export { t, tn } from './i18n.js';
export { optionsOf, resolve } from './tree.js';
export { newId } from './store.js';

/** The newest contract this page understands. */
export const API = 1;

const KINDS = ['object', 'control', 'visual'];

/**
 * Check a definition early, in words for its author.
 * @param {Definition} definition @returns {Definition}
 */
export function defineTag(definition) {
  const { api, tag, kind, mount, load } = definition;
  if (!Number.isInteger(api)) throw new TypeError(`defineTag: "api" must be a whole number, e.g. ${API}, not ${api}`);
  if (typeof tag !== 'string' || !tag) throw new TypeError('defineTag: "tag" must be the name of the tag in XML');
  if (!KINDS.includes(kind)) throw new TypeError(`defineTag: "kind" of ${tag} must be one of ${KINDS.join(', ')}, not ${kind}`);
  if (typeof mount !== 'function' && typeof load !== 'function') throw new TypeError(`defineTag: ${tag} needs a function "mount(host, ctx)" or "load()"`);
  if (definition.style && !(definition.style instanceof URL)) throw new TypeError(`defineTag: "style" of ${tag} must be a URL: new URL('./${tag.toLowerCase()}.css', import.meta.url)`);
  if (definition.smart && mount && !definition.shape && !definition.labels) throw new TypeError(`defineTag: ${tag} is "smart" but makes no regions: it needs a "shape" or "labels"`);
  return Object.freeze({ ...definition });
}

/**
 * Check a section of a project's settings early, in words for its author.
 * @param {Section} section @returns {Section}
 */
export function defineSection(section) {
  if (!Number.isInteger(section.api)) throw new TypeError(`defineSection: "api" must be a whole number, e.g. ${API}, not ${section.api}`);
  if (!/^[a-z][a-z0-9-]*$/.test(section.id ?? '')) throw new TypeError('defineSection: "id" must be a lower-case word');
  if (!section.title || typeof section.mount !== 'function') throw new TypeError(`defineSection: ${section.id} needs a "title" and a function "mount(host, ctx)"`);
  return Object.freeze({ ...section });
}
