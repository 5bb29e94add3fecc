/** Where a frequency stands in a spectrogram; the scales are those of the server's tiles. */
const LOWEST = 20; // hertz at the lower edge of the logarithmic scale

const mel = (/** @type {number} */ hertz) => 2595 * Math.log10(1 + hertz / 700);

/** @type {Record<string, (hertz: number, top: number) => number>} share of the height from below */
const SCALES = {
  linear: (hertz, top) => hertz / top,
  mel: (hertz, top) => mel(hertz) / mel(top),
  log: (hertz, top) => Math.log(Math.max(hertz, LOWEST) / LOWEST) / Math.log(top / LOWEST),
};

export const scales = Object.keys(SCALES);

const ROUND = [50, 100, 200, 500, 1000, 2000, 3000, 4000, 6000, 8000, 10000, 15000, 20000, 30000, 40000];

/**
 * Round frequencies far enough apart to be read, from above.
 * @param {string} scale @param {number} top hertz at the upper edge @param {number} height in pixels @returns {{text: string, y: number}[]} `y` from above
 */
export function marks(scale, top, height) {
  const found = [];
  let last = -Infinity;
  for (const hertz of ROUND.filter((one) => one < top).reverse()) {
    const y = height * (1 - SCALES[scale](hertz, top));
    if (y - last < 24 || y < 10 || y > height - 8) continue;
    found.push({ text: hertz < 1000 ? `${hertz} Hz` : `${hertz / 1000} kHz`, y });
    last = y;
  }
  return found;
}
