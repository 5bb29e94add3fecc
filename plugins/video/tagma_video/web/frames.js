/**
 * The frames of a film and when each is shown, as the server's index has it. Where the server could not read the file, they are
 * counted by a rate, which is right only for films whose rate never changes.
 */
const SLACK = 0.0005; // seconds by which browsers round

export class Frames {
  /** @param {Float64Array} times when each frame is shown, in seconds as the browser counts them @param {{rate: number, duration: number, variable: boolean, exact: boolean, width?: number, height?: number, rotation?: number, codec?: string}} about */
  constructor(times, { rate, duration, variable, exact, width = 0, height = 0, codec = '' }) {
    this.times = times;
    this.count = times.length;
    this.rate = rate;
    this.duration = duration;
    this.variable = variable;
    this.exact = exact;
    this.codec = codec;
    this.size = { width, height };
  }

  /** @param {ArrayBuffer} bytes of the index @returns {Frames} */
  static read(bytes) {
    const length = new DataView(bytes).getUint32(0, true);
    const head = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
    const turned = Math.abs(head.rotation ?? 0) % 180 === 90;
    const [width, height] = turned ? [head.height, head.width] : [head.width, head.height];
    return new Frames(new Float64Array(bytes, 4 + length, head.frames), { ...head, width, height, exact: true });
  }

  /** @param {number} duration in seconds @param {number} rate in frames a second */
  static counted(duration, rate) {
    const count = Math.max(1, Math.round(duration * rate));
    return new Frames(Float64Array.from({ length: count }, (_, place) => place / rate), { rate, duration, variable: false, exact: false });
  }

  /** A frame there is. @param {number} frame */
  within(frame) {
    return Math.min(Math.max(Math.round(frame), 1), this.count);
  }

  /** When a frame begins to be shown. @param {number} frame from 1 */
  begins(frame) {
    return this.times[frame - 1];
  }

  /** When it ends. @param {number} frame from 1 */
  ends(frame) {
    if (frame < this.count) return this.times[frame];
    const last = this.times[this.count - 1];
    return Math.max(this.times[0] + this.duration, last + Math.min(1 / this.rate, 0.001));
  }

  /** A time at which the browser surely shows a frame: in the middle of it. @param {number} frame */
  middle(frame) {
    return (this.begins(frame) + Math.min(this.ends(frame), this.begins(frame) + 2 / this.rate)) / 2;
  }

  /** The frame shown at a time. @param {number} seconds */
  at(seconds) {
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.times[middle] <= seconds + SLACK) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  /** What the shapes are told of a frame. @param {number} frame @returns {import('./track.js').Moment} */
  moment(frame) {
    // the field writes frame ÷ rate, where a frame ends; films of a changing rate have no other true time than their own
    return { frame, time: this.variable ? this.ends(frame) : frame / this.rate, frames: this.count, duration: this.duration };
  }
}

/** Minutes, seconds and frames within the second, as `01:04:12`. @param {Frames} frames @param {number} frame */
export function timecode(frames, frame) {
  const seconds = Math.floor(Math.max(0, frames.begins(frame) - frames.begins(1)) + SLACK);
  const within = frame - frames.at(frames.begins(1) + seconds);
  const two = (/** @type {number} */ number) => String(Math.max(0, number)).padStart(2, '0');
  return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}:${two(within)}`;
}
