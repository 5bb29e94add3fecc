/**
 * A track: where a box is in each frame, told by key frames. Between two of them each number runs evenly; after one that says
 * `enabled: false` the box is not there until the next; before the first it is not there; the last lasts to the end. Its twin in
 * Python is `tracks.py`; both are held to the same examples. Everything here is pure; frames count from 1.
 *
 * @typedef {{x: number, y: number, width: number, height: number, rotation: number}} Box  in percent, turned in degrees about its top-left corner
 * @typedef {Box & {frame: number, time?: number, enabled: boolean}} Keyframe
 * @typedef {{frame: number, time: number, frames: number, duration: number}} Moment  a frame of a film, with the frames and seconds it has
 */
const NUMBERS = /** @type {const} */ (['x', 'y', 'width', 'height', 'rotation']);

/** @type {WeakMap<readonly any[], Keyframe[]>} what is stored never changes, so it is put in order once */
const ordered = new WeakMap();

/** Key frames in order, of two of one frame the later. @param {readonly any[] | undefined} sequence @returns {Keyframe[]} */
export function inOrder(sequence) {
  if (!Array.isArray(sequence)) return [];
  const known = ordered.get(sequence);
  if (known) return known;
  const keys = sequence.filter((key) => Number.isFinite(key?.frame));
  const rises = keys.every((key, place) => !place || keys[place - 1].frame < key.frame);
  const found = rises ? keys : [...new Map(keys.map((key) => [key.frame, key])).values()].sort((one, other) => one.frame - other.frame);
  if (Object.isFrozen(sequence)) ordered.set(sequence, found);
  return found;
}

/** The place of the last key frame up to a frame, by halving; -1 before the first. @param {Keyframe[]} keys @param {number} frame */
function placeOf(keys, frame) {
  let low = -1;
  let high = keys.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (keys[middle].frame <= frame) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** @param {Partial<Keyframe>} key @returns {Box} */
const boxOf = ({ x = 0, y = 0, width = 0, height = 0, rotation = 0 }) => ({ x, y, width, height, rotation });

/** The box in a frame; null where it is not there. @param {readonly any[] | undefined} sequence @param {number} frame @returns {Box | null} */
export function at(sequence, frame) {
  const keys = inOrder(sequence);
  const place = placeOf(keys, frame);
  const key = keys[place];
  if (!key) return null;
  if (key.frame === frame) return boxOf(key);
  if (key.enabled === false) return null;
  const next = keys[place + 1];
  const [from, to] = [boxOf(key), next && boxOf(next)];
  if (!to) return from;
  const share = (frame - key.frame) / (next.frame - key.frame);
  for (const name of NUMBERS) from[name] += (to[name] - from[name]) * share;
  return from;
}

/** Where it is, or was last, or will be first. @param {Keyframe[]} keys @param {number} frame */
function nearest(keys, frame) {
  return at(keys, frame) ?? boxOf(keys[Math.max(placeOf(keys, frame), 0)] ?? {});
}

/** The stretches of frames in which it is there, both ends counted. @param {readonly any[] | undefined} sequence @param {number} frames of the film @returns {{from: number, to: number}[]} */
export function spans(sequence, frames) {
  const keys = inOrder(sequence);
  /** @type {{from: number, to: number}[]} */
  const found = [];
  keys.forEach((key, place) => {
    const next = keys[place + 1];
    const to = key.enabled === false ? key.frame : next ? next.frame : Math.max(frames, key.frame);
    const last = found.at(-1);
    if (last && key.frame <= last.to + 1) last.to = Math.max(last.to, to);
    else found.push({ from: key.frame, to });
  });
  return found;
}

/** A key frame beside those there are, in place of the one of its frame. @param {Keyframe[]} keys @param {Keyframe} key */
const withKey = (keys, key) => [...keys.filter((one) => one.frame < key.frame), key, ...keys.filter((one) => one.frame > key.frame)];

/** The key frame that a frame has, or would have. @param {Keyframe[]} keys @param {Moment} moment @returns {Keyframe} */
function keyAt(keys, { frame, time }) {
  const known = keys.find((key) => key.frame === frame);
  return known ?? { ...nearest(keys, frame), frame, time, enabled: true };
}

/** An angle as near as can be to another, so that a box between two key frames turns the short way. @param {number} rotation @param {number} other */
const near = (rotation, other) => rotation - Math.round((rotation - other) / 360) * 360;

/** The box is changed in a frame, which becomes a key frame. @param {readonly any[] | undefined} sequence @param {Moment} moment @param {Partial<Box>} change */
export function put(sequence, moment, change) {
  const keys = inOrder(sequence);
  const made = { ...keyAt(keys, moment), ...change };
  const before = keys[placeOf(keys, moment.frame - 1)];
  if (before && change.rotation !== undefined) made.rotation = near(change.rotation, before.rotation ?? 0);
  return withKey(keys, made);
}

/** A key frame that changes nothing yet. @param {readonly any[] | undefined} sequence @param {Moment} moment */
export function addKey(sequence, moment) {
  const keys = inOrder(sequence);
  return withKey(keys, keyAt(keys, moment));
}

/** Without the key frame of a frame; null when it is the only one. @param {readonly any[] | undefined} sequence @param {number} frame */
export function removeKey(sequence, frame) {
  const keys = inOrder(sequence).filter((key) => key.frame !== frame);
  return keys.length ? keys : null;
}

/** Not there after a frame, until the next key frame. @param {readonly any[] | undefined} sequence @param {Moment} moment */
export function hideAfter(sequence, moment) {
  const keys = inOrder(sequence);
  return withKey(keys, { ...keyAt(keys, moment), enabled: false });
}

/** There from a frame on. @param {readonly any[] | undefined} sequence @param {Moment} moment */
export function showFrom(sequence, moment) {
  const keys = inOrder(sequence);
  return withKey(keys, { ...keyAt(keys, moment), enabled: true });
}

/** It begins in a frame: earlier or later than it did. @param {readonly any[] | undefined} sequence @param {Moment} moment */
export function beginAt(sequence, moment) {
  const keys = inOrder(sequence);
  return withKey(keys.filter((key) => key.frame >= moment.frame), { ...keyAt(keys, moment), enabled: true });
}

/** A frame is the last in which it is there. @param {readonly any[] | undefined} sequence @param {Moment} moment */
export function endAt(sequence, moment) {
  const keys = inOrder(sequence);
  const left = keys.filter((key) => key.frame < moment.frame);
  // over a gap that came before: it is there again from where it was last
  const before = left.at(-1)?.enabled === false ? left.with(-1, { .../** @type {Keyframe} */ (left.at(-1)), enabled: true }) : left;
  return withKey(before, { ...keyAt(keys, moment), enabled: moment.frame >= moment.frames });
}

/** Two tracks, the second from a frame on; null where there is nothing before or after. @param {readonly any[] | undefined} sequence @param {Moment} moment @param {Moment} before the frame before it @returns {[Keyframe[], Keyframe[]] | null} */
export function split(sequence, moment, before) {
  const keys = inOrder(sequence);
  if (!at(keys, moment.frame) || !keys.length || keys[0].frame >= moment.frame) return null;
  const first = keys.filter((key) => key.frame < moment.frame);
  const cut = at(keys, before.frame) ? withKey(first, { ...keyAt(keys, before), enabled: false }) : first;
  return [cut, withKey(keys.filter((key) => key.frame > moment.frame), keyAt(keys, moment))];
}

/** One track of two: from where the later one begins, it counts. @param {readonly any[] | undefined} a @param {readonly any[] | undefined} b */
export function merge(a, b) {
  const [first, second] = [inOrder(a), inOrder(b)].sort((one, other) => (one[0]?.frame ?? 0) - (other[0]?.frame ?? 0));
  const begin = second[0]?.frame ?? Infinity;
  return [...first.filter((key) => key.frame < begin), ...second];
}

/** The box stays as it is in a frame up to another; what was said between is forgotten. @param {readonly any[] | undefined} sequence @param {Moment} moment @param {Moment} until */
export function copyOnwards(sequence, moment, until) {
  const keys = inOrder(sequence);
  const here = { ...keyAt(keys, moment), enabled: true };
  const rest = keys.filter((key) => key.frame < moment.frame || key.frame > until.frame);
  return withKey(withKey(rest, here), { ...here, frame: until.frame, time: until.time, enabled: keys.find((key) => key.frame === until.frame)?.enabled ?? true });
}

/** The key frame before (-1) or after (1) a frame. @param {readonly any[] | undefined} sequence @param {number} frame @param {number} way @returns {number | undefined} */
export function keyBeside(sequence, frame, way) {
  const keys = inOrder(sequence);
  return way > 0 ? keys.find((key) => key.frame > frame)?.frame : keys.findLast((key) => key.frame < frame)?.frame;
}
