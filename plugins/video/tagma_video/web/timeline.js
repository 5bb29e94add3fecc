/** The timeline of a film, in frames: a lane for each track with its key frames, and lanes of labeled stretches. */
import { t, tn } from 'tagma';
import { LineSpace } from 'tagma/kit/line.js';
import { beginAt, endAt, inOrder, spans } from './track.js';

const LANE = 28;
const CLOSEST = 48; // pixels of a frame at the highest zoom
const STEPS = [1, 2, 5];

/** @param {HTMLElement} host @param {import('tagma').Context} ctx @param {import('./film.js').Film} film @param {{shape: string | null, thumbs?: {paint(context: CanvasRenderingContext2D, width: number, height: number): void}}} given */
export function timeline(host, ctx, film, { shape, thumbs }) {
  const { frames } = film;
  return new LineSpace(host, ctx, {
    length: frames.count,
    closest: CLOSEST,
    step: 1,
    least: 0,
    lanes: LANE,
    nudges: false,
    shape,
    name: tn('Film of {n} frame.', 'Film of {n} frames.', frames.count),
    place: (value) => placeOf(value, frames.count),
    value: (place, before) => valueOf(place, before, frames),
    ticks: frameTicks,
    stretch: (span) => tn('{n} frame', '{n} frames', Math.round(span)),
    content: () => {},
    overview: (context, width, height) => thumbs?.paint(context, width, height),
    seek: (at) => {
      const frame = frames.within(Math.floor(at) + 1);
      film.go(frame);
      return frame - 0.5;
    },
  });
}

/** Where a result lies on the line: frame n from n − 1 to n. @param {any} value @param {number} count */
export function placeOf(value, count) {
  if (Array.isArray(value.sequence)) {
    const shown = spans(value.sequence, count);
    if (!shown.length) return null;
    const parts = shown.map(({ from, to }) => ({ from: from - 1, to }));
    return { from: parts[0].from, to: parts[parts.length - 1].to, parts, marks: inOrder(value.sequence).map((key) => key.frame - 0.5), fixed: true };
  }
  if (!Array.isArray(value.ranges) || !value.ranges.length) return null;
  const parts = value.ranges.map((/** @type {any} */ range) => ({ from: range.start - 1, to: range.end }));
  const lane = `labels ${(value.timelinelabels ?? value.labels ?? []).join('\n')}`;
  return { from: Math.min(...parts.map((/** @type {any} */ part) => part.from)), to: Math.max(...parts.map((/** @type {any} */ part) => part.to)), parts: parts.length > 1 ? parts : undefined, lane };
}

/** What of a result changes when it is put somewhere else on the line. @param {{from: number, to: number}} place @param {any} value of the region as it was; none for a new one @param {import('./frames.js').Frames} frames */
export function valueOf(place, value, frames) {
  if (!value) return { ranges: [{ start: frames.within(Math.floor(place.from) + 1), end: frames.within(Math.ceil(place.to)) }] };
  const was = /** @type {{from: number, to: number}} */ (placeOf(value, frames.count));
  const [start, end] = [frames.within(Math.round(place.from) + 1), frames.within(Math.round(place.to))];
  if (value.sequence) {
    const sequence = place.from === was.from ? endAt(value.sequence, frames.moment(end)) : beginAt(value.sequence, frames.moment(start));
    return { framesCount: frames.count, duration: frames.duration, sequence };
  }
  if (value.ranges.length === 1) return { ranges: [{ start, end: Math.max(start, end) }] };
  const [first, last] = [was.from + 1, was.to];
  const moved = place.from !== was.from && place.to !== was.to ? start - first : null;
  return { ranges: value.ranges.map((/** @type {any} */ range) => (moved === null ? { start: range.start === first ? Math.min(start, range.end) : range.start, end: range.end === last ? Math.max(end, range.start) : range.end } : { start: range.start + moved, end: range.end + moved })) };
}

/** Round numbers of frames, about every 72 pixels. @param {number} from @param {number} to @param {number} width */
function frameTicks(from, to, width) {
  const least = ((to - from) / width) * 72;
  const power = 10 ** Math.max(0, Math.floor(Math.log10(least)));
  const step = (STEPS.find((one) => one * power >= least) ?? 10) * power;
  const ticks = [];
  for (let frame = Math.max(1, Math.ceil((from + 1) / step) * step); frame - 1 <= to; frame += step) ticks.push({ at: frame - 0.5, text: String(frame) });
  if (from < 1 && step > 1) ticks.unshift({ at: 0.5, text: '1' });
  return ticks;
}

/** Where a region lies, in words. @param {any} value */
export function passage(value) {
  const place = placeOf(value ?? {}, value?.framesCount ?? 0);
  if (!place) return '';
  const [from, to] = [place.from + 1, place.to];
  if (from >= to) return t('Frame {a}', { a: from });
  return t('Frames {a} to {b}', { a: from, b: to });
}
