/** What the server says of a series: its head, and windows of it as tiles. */

/** @typedef {{rows: number, columns: import('./channels.js').Column[], time: import('./times.js').TimeHead}} Head */

export class Source {
  /** @param {import('tagma/kit/derived.js').Derived} derived @param {Record<string, string>} params how the file is to be read */
  constructor(derived, params) {
    this.derived = derived;
    this.params = params;
  }

  /** @param {(job: any) => void} waiting told how far the reading is @returns {Promise<Head>} */
  async head(waiting) {
    return JSON.parse(new TextDecoder().decode(await this.derived.bytes('head', { params: this.params, waiting })));
  }

  /** @param {{from: number, to: number, columns: string[], buckets: number}} ask @returns {Promise<import('./windows.js').Tile>} */
  async window({ from, to, columns, buckets }) {
    return tileOf(await this.derived.bytes('window', { params: { ...this.params, columns: JSON.stringify(columns), from, to, width: buckets } }));
  }
}

/** A window as it comes: a head, and the numbers behind it. @param {ArrayBuffer} bytes @returns {import('./windows.js').Tile} */
export function tileOf(bytes) {
  const length = new DataView(bytes).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
  let at = 4 + length;
  const next = (/** @type {number} */ count) => {
    const found = new Float64Array(bytes, at, count);
    at += count * 8;
    return found;
  };
  /** @type {Map<string, import('./windows.js').Points>} */
  const columns = new Map();
  for (const { name, points, raw } of head.columns) {
    const times = next(points);
    const low = next(points);
    columns.set(name, { times, low, high: raw ? low : next(points) });
  }
  return { raw: head.columns.every((/** @type {any} */ one) => one.raw), bytes: bytes.byteLength, columns };
}

/** How the config says the file is to be read; the server keeps a copy for each way. @param {import('tagma').ConfigNode} node @returns {Record<string, string>} */
export function paramsOf(node) {
  const said = ['sep', 'timeColumn', 'timeFormat'].map((name) => [name, String(node.get(name) ?? '')]);
  return Object.fromEntries(said.filter(([, value]) => value));
}
