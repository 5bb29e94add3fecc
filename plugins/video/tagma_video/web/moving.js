/** A shape that lives in time, made of a still one: what is drawn of it at a frame comes from its track. */
import { at, inOrder, put } from './track.js';

/** @typedef {import('tagma').Shape} Shape @typedef {import('./track.js').Moment} Moment */

/** @param {Shape} still @param {string} name @returns {Shape} */
export function moving(still, name) {
  const keysOf = (/** @type {any} */ value) => (value.sequence ? inOrder(value.sequence) : null);
  return {
    ...still,
    name,
    at: (value, /** @type {Moment} */ moment) => at(value.sequence, moment.frame),
    put: (value, /** @type {Moment} */ moment, change) => ({ framesCount: moment.frames, duration: moment.duration, sequence: put(value.sequence, moment, change) }),
    // of the whole track, as when it is duplicated a little aside
    drag(value, size, handle, from, to, keys) {
      const track = keysOf(value);
      return track ? { sequence: track.map((key) => ({ ...key, ...still.drag(key, size, handle, from, to, keys) })) } : still.drag(value, size, handle, from, to, keys);
    },
    bounds(value, size) {
      const track = keysOf(value);
      if (!track) return still.bounds(value, size);
      const all = track.map((key) => still.bounds(key, size));
      const most = (/** @type {number} */ side, /** @type {typeof Math.min} */ of) => of(...all.map((one) => one[side]));
      return [most(0, Math.min), most(1, Math.min), most(2, Math.max), most(3, Math.max)];
    },
    quarter: undefined,
    describe: undefined,
  };
}
