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

/** A window as it comes: a head, the times, and each column's numbers. @param {ArrayBuffer} bytes @returns {import('./windows.js').Tile} */
export function tileOf(bytes) {
  const length = new DataView(bytes).getUint32(0, true);
  const { raw, points, columns: names } = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
  const part = (/** @type {number} */ number) => new Float64Array(bytes, 4 + length + number * points * 8, points);
  const times = part(0);
  const columns = new Map(names.map((/** @type {string} */ name, /** @type {number} */ place) => {
    const low = part(1 + place * (raw ? 1 : 2));
    return [name, { times, low, high: raw ? low : part(2 + place * 2) }];
  }));
  return { raw, bytes: bytes.byteLength, columns };
}

/** How the config says the file is to be read; the server keeps a copy for each way. @param {import('tagma').ConfigNode} node @returns {Record<string, string>} */
export function paramsOf(node) {
  const channels = [...new Set(node.find('Channel').map((channel) => String(channel.get('column') ?? '')).filter(Boolean))];
  const said = ['timeColumn', 'timeFormat', 'sep'].map((name) => [name, String(node.get(name) ?? '')]);
  return { channels: JSON.stringify(channels), ...Object.fromEntries(said.filter(([, value]) => value)) };
}
