/** Files that a task shows, fetched before it is on screen. */
import { url } from '../api.js';
import { h } from '../dom.js';
import { resolve } from '../tree.js';

/** Files of ours come into the browser's cache. @param {import('../tree.js').ConfigNode} root @param {any} task @returns {() => void} takes the wish back */
export function fetchFiles(root, task) {
  /** @type {HTMLLinkElement[]} */
  const links = [];
  for (const node of root.walk()) {
    const given = node.kind === 'object' ? [resolve(node.get('valueList') ?? node.get('value'), task.data)].flat() : [];
    for (const value of given.slice(0, 1)) {
      if (typeof value === 'string' && /^\/(?!\/)|^data\//.test(value)) links.push(h('link', { rel: 'prefetch', href: new URL(url(value), document.baseURI).href }));
    }
  }
  document.head.append(...links);
  return () => links.forEach((link) => link.remove());
}
