/**
 * The parsed labeling config as the server sends it, made pleasant to walk. The browser parses no XML.
 *
 * @typedef {{tag: string, kind: string, plugin: string|null, known: boolean, attrs: Record<string, any>, values?: Record<string, any>, children: any[], line: number, text: string}} RawNode
 * @typedef {{value: string, text: string, color: string, key: string, hint: string, attrs: Record<string, any>, path: string[], children: Option[], index: number}} Option
 */

const PALETTE = 12;

export class ConfigNode {
  /** @type {Map<string, any>} */
  #lower;

  /** @param {RawNode} raw @param {Record<string, Record<string, any>>} [defaults] declared defaults of each tag @param {ConfigNode | null} [parent] */
  constructor(raw, defaults = {}, parent = null) {
    this.tag = raw.tag;
    this.kind = raw.kind;
    this.plugin = raw.plugin ?? null;
    this.known = raw.known !== false;
    this.line = raw.line;
    this.text = raw.text ?? '';
    this.attrs = raw.attrs ?? {};
    this.parent = parent;
    this.#lower = new Map();
    for (const source of [defaults[raw.tag] ?? {}, this.attrs, raw.values ?? {}]) for (const [key, value] of Object.entries(source)) this.#lower.set(key.toLowerCase(), value);
    /** @type {ConfigNode[]} */
    this.children = (raw.children ?? []).map((child) => new ConfigNode(child, defaults, this));
  }

  /** An attribute, whatever its case, with its declared default. @param {string} name @param {any} [fallback] @returns {any} */
  get(name, fallback) {
    return this.#lower.get(name.toLowerCase()) ?? fallback;
  }

  /** `true` for `true`, `"true"`, `"1"`, `"yes"`. @param {string} name @param {boolean} [fallback] */
  is(name, fallback = false) {
    const value = this.get(name);
    return value === undefined ? fallback : value === true || ['true', '1', 'yes', ''].includes(String(value).toLowerCase());
  }

  /** @param {string} name @param {number} fallback */
  number(name, fallback) {
    const value = Number.parseFloat(this.get(name));
    return Number.isFinite(value) ? value : fallback;
  }

  get name() {
    return String(this.get('name') ?? '');
  }

  /** The objects a control points at. */
  get toName() {
    return String(this.get('toName') ?? '').split(',').map((part) => part.trim()).filter(Boolean);
  }

  /** @returns {Generator<ConfigNode>} */
  *walk() {
    yield this;
    for (const child of this.children) yield* child.walk();
  }

  /** @param {...string} tags */
  find(...tags) {
    return [...this.walk()].filter((node) => node !== this && tags.includes(node.tag));
  }
}

/**
 * `$key`, `$a.b`, `$a[0]` and text around them, from a task's data. A value that is one reference keeps its type.
 * @param {any} text @param {Record<string, any>} data @returns {any}
 */
export function resolve(text, data) {
  if (typeof text !== 'string' || !text.includes('$')) return text;
  const whole = /^\$([\w.[\]\-]+|undefined\$)$/.exec(text.trim());
  if (whole) return lookUp(whole[1], data);
  return text.replace(/\$([A-Za-z_][\w[\]\-]*(?:\.[\w[\]\-]+)*)/g, (all, path) => {
    const found = lookUp(path, data);
    return found === undefined ? all : typeof found === 'object' ? JSON.stringify(found) : String(found);
  });
}

/** @param {string} path @param {any} data */
function lookUp(path, data) {
  if (Object.hasOwn(data, path)) return data[path];
  if (path === 'undefined$') return data['$undefined$'];
  let value = data;
  for (const part of path.replace(/\[(\w+)\]/g, '.$1').split('.')) {
    if (value === null || value === undefined || !Object.hasOwn(Object(value), part)) return undefined;
    value = value[part];
  }
  return value;
}

/** What a control offers: its Label or Choice children, then those of the task's data. @param {ConfigNode} node @param {Record<string, any>} data @returns {Option[]} */
export function optionsOf(node, data) {
  let index = 0;
  /** @param {Record<string, any>} attrs @param {string[]} path @returns {Option} */
  const option = (attrs, path) => {
    const lower = Object.fromEntries(Object.entries(attrs).map(([key, value]) => [key.toLowerCase(), value]));
    const text = String(resolve(lower.value ?? '', data) ?? '');
    const value = String(lower.alias || text);
    return {
      value, text, index,
      color: String(lower.background ?? lower.color ?? `var(--tagma-label-${(index++ % PALETTE) + 1})`),
      key: String(lower.hotkey ?? ''), hint: String(resolve(lower.hint ?? '', data) ?? ''),
      attrs: lower, path: [...path, value], children: [],
    };
  };
  /** @param {ConfigNode[]} nodes @param {string[]} path @returns {Option[]} */
  const fromNodes = (nodes, path) => nodes.flatMap((child) => {
    if (child.tag !== 'Label' && child.tag !== 'Choice') return fromNodes(child.children, path);
    const made = option(child.attrs, path);
    made.children = fromNodes(child.children, made.path);
    return [made];
  });
  /** @param {any} items @param {string[]} path @returns {Option[]} */
  const fromData = (items, path) => (Array.isArray(items) ? items : []).map((item) => {
    const attrs = item && typeof item === 'object' ? item : { value: String(item) };
    const made = option(attrs, path);
    made.children = fromData(attrs.children, made.path);
    return made;
  });
  const dynamic = node.get('value');
  const own = fromNodes(node.children, []);
  return typeof dynamic === 'string' && dynamic.startsWith('$') ? [...own, ...fromData(resolve(dynamic, data), [])] : own;
}
