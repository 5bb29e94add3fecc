/** Small pictures of a film side by side along its overview, each near its frame. */
const MARKS = 6; // pixels at the bottom in which the overview shows where regions lie

export class Thumbs {
  /** @type {ImageBitmap | null} */
  #sheet = null;
  /** @type {{width: number, height: number, columns: number, frames: number[]}} */
  #about = { width: 0, height: 0, columns: 1, frames: [] };

  /** @param {import('./frames.js').Frames} frames of the film */
  constructor(frames) {
    this.count = frames.count;
  }

  /** @param {ArrayBuffer} bytes as the server's `thumbs` has them */
  async read(bytes) {
    const length = new DataView(bytes).getUint32(0, true);
    this.#about = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
    this.#sheet = await createImageBitmap(new Blob([new Uint8Array(bytes, 4 + length)], { type: 'image/jpeg' }));
  }

  /** @param {CanvasRenderingContext2D} context @param {number} width @param {number} height */
  paint(context, width, height) {
    const { frames, columns, ...one } = this.#about;
    if (!this.#sheet || !frames.length) return;
    const tall = height - MARKS;
    const wide = Math.max(8, (one.width * tall) / one.height);
    for (let left = 0; left < width; left += wide) {
      const place = nearest(frames, ((left + wide / 2) / width) * this.count);
      const [column, row] = [place % columns, Math.floor(place / columns)];
      context.drawImage(this.#sheet, column * one.width, row * one.height, one.width, one.height, left, 0, wide, tall);
    }
  }

  close() {
    this.#sheet?.close();
    this.#sheet = null;
  }
}

/** The place of the frame that lies nearest. @param {number[]} frames in order @param {number} frame @returns {number} */
export function nearest(frames, frame) {
  let best = 0;
  for (let place = 1; place < frames.length && Math.abs(frames[place] - frame) <= Math.abs(frames[best] - frame); place++) best = place;
  return best;
}
