/** The first real tasks of what was dropped, for the preview: rows of task files, or the media themselves. */

export const UNNAMED = '$undefined$'; // the server's word for "the key the config asks for"

/** Keys of the data that a config shows. @param {string} xml */
export function keysOf(xml) {
  const tree = new DOMParser().parseFromString(xml, 'text/xml');
  if (tree.querySelector('parsererror')) return [];
  const found = new Set();
  for (const element of tree.querySelectorAll('[name][value^="$"], [name][valueList^="$"]')) {
    if (element.hasAttribute('toName')) continue;
    found.add((element.getAttribute('value') ?? element.getAttribute('valueList') ?? '').slice(1).split(/[.[]/)[0]);
  }
  return [...found];
}

/** Keys the config shows and none of the tasks has. @param {import('./inspect.js').Source[]} sources @param {string} xml */
export function missing(sources, xml) {
  const known = new Set(sources.flatMap((source) => source.keys));
  if (!known.size || known.has(UNNAMED)) return [];
  return keysOf(xml).filter((key) => !known.has(key));
}

export class FirstTasks {
  /** @type {Map<File, string>} */
  #addresses = new Map();

  /** @param {import('./inspect.js').Source[]} sources @param {string} xml */
  set(sources, xml) {
    const tables = sources.filter((source) => source.kind === 'tasks' && source.first.length);
    const media = sources.filter((source) => source.kind === 'media').flatMap((source) => source.files);
    this.rows = tables.flatMap((source) => source.first);
    this.media = this.rows.length ? [] : media;
    this.named = new Map(media.map((file) => [file.name, file]));
    this.key = keysOf(xml)[0] ?? 'undefined';
    const kept = new Set(media);
    for (const [file, address] of this.#addresses) {
      if (kept.has(file)) continue;
      URL.revokeObjectURL(address);
      this.#addresses.delete(file);
    }
  }

  get length() {
    return (this.rows?.length || this.media?.length) ?? 0;
  }

  /** @param {number} at @returns {Record<string, any>} */
  at(at) {
    if (!this.rows?.length) return { [this.key ?? '']: this.#address(/** @type {File[]} */ (this.media)[at]) };
    return Object.fromEntries(Object.entries(this.rows[at]).map(([key, value]) => [key === UNNAMED ? this.key : key, this.#linked(value)]));
  }

  /** A value that names a dropped file is shown as that file. @param {any} value */
  #linked(value) {
    if (typeof value !== 'string' || !this.named?.size || value.length > 500) return value;
    const file = this.named.get(value.split('/').pop() ?? '');
    return file ? this.#address(file) : value;
  }

  /** @param {File} file */
  #address(file) {
    let address = this.#addresses.get(file);
    if (!address) this.#addresses.set(file, (address = URL.createObjectURL(file)));
    return address;
  }
}
