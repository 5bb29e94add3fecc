/** Colours of a spectrogram: a table of 256, from silence to full scale. */

/** @type {Record<string, [number, number, number][]>} colours at equal distances, quiet first */
const MAPS = {
  magma: [[0, 0, 4], [28, 16, 68], [79, 18, 123], [129, 37, 129], [181, 54, 122], [229, 80, 100], [251, 135, 97], [254, 194, 135], [252, 253, 191]],
  viridis: [[68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37]],
  blue: [[4, 10, 30], [8, 34, 84], [16, 72, 140], [38, 118, 180], [92, 166, 208], [160, 208, 230], [232, 246, 250]],
};

export const COLOURS = [...Object.keys(MAPS), 'paper'];

/** Bytes count half decibels below full scale. */
const LOUDEST = 255 - 2 * 8;

/**
 * @param {string} name one of COLOURS; `paper` goes from the page's sheet to its ink
 * @param {number} depth decibels from the loudest to the first that is seen
 * @param {{sheet: [number, number, number], ink: [number, number, number]}} page
 * @returns {Uint32Array} of each loudness, as a canvas holds a pixel
 */
export function table(name, depth, { sheet, ink }) {
  const stops = MAPS[name] ?? [sheet, ink];
  const found = new Uint32Array(256);
  const quiet = LOUDEST - 2 * depth;
  for (let loud = 0; loud < 256; loud++) {
    const place = Math.min(Math.max((loud - quiet) / (LOUDEST - quiet), 0), 1) * (stops.length - 1);
    const at = Math.min(Math.floor(place), stops.length - 2);
    const [r, g, b] = stops[at].map((from, part) => Math.round(from + (stops[at + 1][part] - from) * (place - at)));
    found[loud] = (255 << 24) | (b << 16) | (g << 8) | r;
  }
  return found;
}
