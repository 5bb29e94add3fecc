/** Small helpers for making elements without a framework. Text is always text, never markup. */

/**
 * @param {string} spec `tag.class.class`
 * @param {Record<string, any> | null} [props] `on…` are listeners, `data`/`aria` objects, others properties or attributes
 * @param {...any} children strings, elements, arrays; null and false are left out
 * @returns {any}
 */
export function h(spec, props, ...children) {
  const [tag, ...classes] = spec.split('.');
  const element = document.createElement(tag || 'div');
  if (classes.length) element.className = classes.join(' ');
  for (const [key, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2).toLowerCase(), value);
    else if (key === 'data') Object.assign(element.dataset, value);
    else if (key === 'class') element.className += ` ${value}`;
    else if (key === 'vars') for (const [name, set] of Object.entries(value)) element.style.setProperty(name, /** @type {string} */ (set));
    else if (key in element && !key.startsWith('aria') && key !== 'list' && key !== 'form' && key !== 'role') /** @type {any} */ (element)[key] = value;
    else element.setAttribute(key, value === true ? '' : value);
  }
  append(element, children);
  return element;
}

/** @param {Element} parent @param {any[]} children */
function append(parent, children) {
  for (const child of children.flat(Infinity)) if (child !== null && child !== undefined && child !== false) parent.append(child);
}

/** @param {Element} parent @param {...any} children */
export function fill(parent, ...children) {
  parent.replaceChildren();
  append(parent, children);
}

const SPRITE = import.meta.resolve('./vendor/icons.svg');

/** A line icon of the set. @param {string} name @param {number} [size] */
export function icon(name, size = 16) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  for (const [key, value] of Object.entries({ width: size, height: size, class: 'icon', 'aria-hidden': 'true' })) svg.setAttribute(key, String(value));
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `${SPRITE}#${name}`);
  svg.append(use);
  return svg;
}

/** A button with an icon and a tooltip that names the command and its key. @param {string} name @param {string} title @param {string} key @param {(event: MouseEvent) => void} run */
export function iconButton(name, title, key, run, props = {}) {
  return h('button.tagma-icon-button', { type: 'button', title: key ? `${title} (${key})` : title, 'aria-label': title, onclick: run, ...props }, icon(name));
}

/** Once for each frame, however often it is asked for. @param {() => void} work */
export function eachFrame(work) {
  let waiting = 0;
  const ask = () => {
    waiting ||= requestAnimationFrame(() => {
      waiting = 0;
      work();
    });
  };
  ask.cancel = () => {
    cancelAnimationFrame(waiting);
    waiting = 0;
  };
  return ask;
}

const ALLOWED = new Set(
  'a abbr b blockquote br caption code dd del details div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp section small span strong sub summary sup table tbody td tfoot th thead tr u ul'.split(' '),
);
const ATTRIBUTES = new Set(['href', 'src', 'alt', 'title', 'class', 'dir', 'lang', 'colspan', 'rowspan', 'start', 'open']);

/** A stranger's HTML as harmless nodes: known elements and attributes only, links that leave in a new tab. @param {string} html */
export function sanitize(html) {
  const source = new DOMParser().parseFromString(html, 'text/html');
  const clean = (/** @type {Node} */ node) => {
    if (node.nodeType === Node.TEXT_NODE) return document.createTextNode(node.textContent ?? '');
    if (node.nodeType !== Node.ELEMENT_NODE) return null;
    const old = /** @type {Element} */ (node);
    const name = old.localName;
    if (['script', 'style', 'template', 'iframe', 'object', 'embed', 'noscript', 'svg', 'math'].includes(name)) return null;
    const made = ALLOWED.has(name) ? document.createElement(name) : document.createDocumentFragment();
    if (made instanceof Element) {
      for (const { name: key, value } of old.attributes) {
        if (!ATTRIBUTES.has(key)) continue;
        if ((key === 'href' || key === 'src') && !/^(https?:|\/(?!\/)|#|data:image\/(png|jpeg|gif|webp);)/i.test(value.trim())) continue;
        made.setAttribute(key, value);
      }
      if (name === 'a') Object.assign(made, { target: '_blank', rel: 'noopener noreferrer' });
    }
    for (const child of old.childNodes) {
      const kept = clean(child);
      if (kept) made.append(kept);
    }
    return made;
  };
  const fragment = document.createDocumentFragment();
  for (const child of source.body.childNodes) {
    const kept = clean(child);
    if (kept) fragment.append(kept);
  }
  return fragment;
}
