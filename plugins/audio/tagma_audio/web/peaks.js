/**
 * The waveform, from the peak pyramid the server made: of each level only the part in sight is fetched, and below the finest
 * level the samples themselves. What has not arrived yet is drawn from the next wider level.
 */
const CHUNK = 8192; // bins fetched together
const FIRST = 1 << 15; // bytes that hold the head and the widest levels
const SAMPLES = 1 << 15; // samples fetched together
const KEPT = 200; // chunks

/** @typedef {{bin: number, bins: number, at: number}} Level */

export class Peaks {
  /** @type {Map<string, Int8Array | Int16Array | null>} null while it is on its way */
  #chunks = new Map();

  /** @param {import('tagma/kit/derived.js').Derived} derived @param {any} head @param {number} offset bytes before the levels @param {() => void} arrived */
  constructor(derived, head, offset, arrived) {
    this.derived = derived;
    this.offset = offset;
    this.arrived = arrived;
    this.rate = head.rate;
    this.channels = head.channels;
    this.samples = head.samples;
    this.exact = head.exact;
    this.seconds = head.samples / head.rate;
    /** @type {Level[]} the finest first */
    this.levels = [...head.levels].reverse();
  }

  /** @param {import('tagma/kit/derived.js').Derived} derived @param {(job: any) => void} waiting @param {() => void} arrived */
  static async open(derived, waiting, arrived) {
    const first = await derived.bytes('peaks', { from: 0, to: FIRST, waiting });
    const length = new DataView(first).getUint32(0, true);
    const head = JSON.parse(new TextDecoder().decode(new Uint8Array(first, 4, length)));
    const peaks = new Peaks(derived, head, 4 + length, arrived);
    peaks.#take(first);
    return peaks;
  }

  /** Levels that came whole with the first bytes. @param {ArrayBuffer} first */
  #take(first) {
    this.levels.forEach(({ bins, at }, level) => {
      const begin = this.offset + at;
      if (bins > CHUNK || begin + bins * this.channels * 2 > first.byteLength) return;
      for (let channel = 0; channel < this.channels; channel++) this.#chunks.set(`${level} ${channel} 0`, new Int8Array(first, begin + channel * bins * 2, bins * 2));
    });
  }

  /** @param {string} key @param {() => Promise<Int8Array | Int16Array>} fetchIt */
  #chunk(key, fetchIt) {
    const found = this.#chunks.get(key);
    if (found !== undefined) {
      this.#chunks.delete(key); // what was asked for last stays longest
      this.#chunks.set(key, found);
      return found;
    }
    this.#chunks.set(key, null);
    fetchIt().then((bytes) => {
      this.#chunks.set(key, bytes);
      for (const old of this.#chunks.keys()) {
        if (this.#chunks.size <= KEPT) break;
        this.#chunks.delete(old);
      }
      this.arrived();
    }).catch(() => this.#chunks.delete(key)); // asked for again at the next look
    return null;
  }

  /** @param {number} level @param {number} channel @param {number} chunk */
  #bins(level, channel, chunk) {
    return this.#chunk(`${level} ${channel} ${chunk}`, async () => {
      const { bins, at } = this.levels[level];
      const from = this.offset + at + (channel * bins + chunk * CHUNK) * 2;
      return new Int8Array(await this.derived.bytes('peaks', { from, to: from + Math.min(CHUNK, bins - chunk * CHUNK) * 2 }));
    });
  }

  /** The level whose bins are no wider than a pixel, or the widest. @param {number} perPixel samples */
  #levelFor(perPixel) {
    for (let level = this.levels.length - 1; level > 0; level--) if (this.levels[level].bin <= perPixel) return level;
    return 0;
  }

  /**
   * Least and greatest of each column, −1 to 1; NaN where nothing has arrived.
   * @param {number} channel @param {number} from in samples @param {number} perColumn samples @param {number} columns
   */
  columns(channel, from, perColumn, columns) {
    const least = new Float32Array(columns).fill(NaN);
    const most = new Float32Array(columns).fill(NaN);
    for (let level = this.#levelFor(perColumn); level < this.levels.length; level++) {
      if (this.#fill(level, channel, from, perColumn, least, most)) break;
    }
    return { least, most };
  }

  /** @param {number} level @param {number} channel @param {number} from @param {number} perColumn @param {Float32Array} least @param {Float32Array} most @returns {boolean} whether every column is known */
  #fill(level, channel, from, perColumn, least, most) {
    const { bin, bins } = this.levels[level];
    let whole = true;
    for (let column = 0; column < least.length; column++) {
      if (!Number.isNaN(least[column])) continue;
      const first = Math.floor((from + column * perColumn) / bin);
      const last = Math.max(Math.ceil((from + (column + 1) * perColumn) / bin) - 1, first);
      if (first >= bins || last < 0) continue;
      let [low, high] = [127, -128];
      for (let at = Math.max(first, 0); at <= Math.min(last, bins - 1); at++) {
        const chunk = Math.floor(at / CHUNK);
        const bytes = this.#bins(level, channel, chunk);
        if (!bytes) {
          low = NaN;
          break;
        }
        const place = (at - chunk * CHUNK) * 2;
        low = Math.min(low, bytes[place]);
        high = Math.max(high, bytes[place + 1]);
      }
      if (Number.isNaN(low)) whole = false;
      else [least[column], most[column]] = [low / 128, high / 128];
    }
    return whole;
  }

  /** Samples of a channel, −1 to 1, or null while they are on their way. @param {number} channel @param {number} from @param {number} to @returns {Float32Array | null} */
  samplesOf(channel, from, to) {
    const found = new Float32Array(Math.max(0, Math.min(to, this.samples) - from));
    for (let chunk = Math.floor(from / SAMPLES); chunk * SAMPLES < from + found.length; chunk++) {
      const bytes = this.#chunk(`samples ${chunk}`, async () => new Int16Array(await this.derived.bytes('samples', { params: { start: chunk * SAMPLES, count: SAMPLES } })));
      if (!bytes) return null;
      for (let at = Math.max(from, chunk * SAMPLES); at < Math.min(from + found.length, (chunk + 1) * SAMPLES); at++) {
        found[at - from] = (bytes[(at - chunk * SAMPLES) * this.channels + channel] ?? 0) / 32768;
      }
    }
    return found;
  }
}

/** A recording that only the browser may read, for which there are no peaks: how long it is, and that its samples are unknown. */
export class Unseen {
  rate = 100; // times are as exact as a player's
  channels = 1;
  exact = true;

  /** @param {number} seconds */
  constructor(seconds) {
    this.seconds = seconds;
    this.samples = Math.round(seconds * this.rate);
  }

  /** @param {string} address @returns {Promise<Unseen | null>} null for one of this server, and for what the browser can't play */
  static async open(address) {
    if (!address.startsWith('http') || new URL(address).origin === location.origin) return null;
    const media = document.createElement('audio');
    const seconds = await new Promise((resolve) => {
      media.onloadedmetadata = () => resolve(media.duration);
      media.onerror = () => resolve(0);
      media.src = address;
    });
    media.removeAttribute('src');
    media.load();
    return Number.isFinite(seconds) && seconds > 0 ? new Unseen(seconds) : null;
  }

  /** @param {number} _channel @param {number} _from @param {number} _perColumn @param {number} columns */
  columns(_channel, _from, _perColumn, columns) {
    return { least: new Float32Array(columns), most: new Float32Array(columns) };
  }

  samplesOf() {
    return null;
  }
}
