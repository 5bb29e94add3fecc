/** From values to pixels of one body, and back to round numbers for its scale. */
import { format, ticks } from 'd3-bundle';
import { decimal } from './times.js';

const ROOM = 0.06; // of the height is left free above and below

/** @typedef {{low: number, high: number, top: number, bottom: number}} Scale */

/** Least and greatest of what is in sight; null if nothing is. @param {import('./windows.js').Run[]} runs @returns {[number, number] | null} */
export function extent(runs) {
  let [least, most] = [Infinity, -Infinity];
  for (const { low, high } of runs) {
    for (let at = 0; at < low.length; at++) {
      if (low[at] < least) least = low[at];
      if (high[at] > most) most = high[at];
    }
  }
  return most >= least ? [least, most] : null;
}

/** @param {[number, number] | null} range @param {number} top @param {number} bottom @param {boolean} exact whether the range is to be kept as it is @returns {Scale} */
export function scaleOf(range, top, bottom, exact) {
  let [low, high] = range ?? [0, 1];
  if (low === high) [low, high] = [low - (Math.abs(low) * 0.1 || 1), high + (Math.abs(high) * 0.1 || 1)];
  const room = exact ? 0 : (high - low) * ROOM;
  return { low: low - room, high: high + room, top, bottom };
}

/** @param {Scale} scale @param {number} value */
export const yOf = ({ low, high, top, bottom }, value) => bottom - ((value - low) / (high - low)) * (bottom - top);

/** Round values of a scale with their words, about every 40 pixels. @param {Scale} scale */
export function marks(scale) {
  const { low, high, top, bottom } = scale;
  const found = ticks(low, high, Math.max(1, Math.floor((bottom - top) / 40)));
  const apart = found.length > 1 ? found[1] - found[0] : high - low;
  const far = Math.max(Math.abs(low), Math.abs(high));
  const short = far >= 1e5 || far < 1e-4 ? format('.4~s') : null;
  return found.map((value) => ({ y: yOf(scale, value), text: short ? short(value) : decimal(value, apart) }));
}
