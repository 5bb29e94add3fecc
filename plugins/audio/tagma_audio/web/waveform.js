/** Draws a waveform into a row of a line. */
const SINGLE = 24; // samples a pixel below which they are drawn as a line instead of as peaks

/**
 * @param {CanvasRenderingContext2D} context @param {import('./peaks.js').Peaks | import('./peaks.js').Unseen} peaks
 * @param {{channel: number, start: number, perPixel: number, width: number, top: number, bottom: number, color: string, scale: number}} how  `start` in samples
 */
export function drawWaveform(context, peaks, { channel, start, perPixel, width, top, bottom, color, scale }) {
  const middle = (top + bottom) / 2;
  const reach = ((bottom - top) / 2 - 4) * scale;
  const samples = perPixel < SINGLE ? peaks.samplesOf(channel, Math.max(0, Math.floor(start) - 1), Math.ceil(start + width * perPixel) + 2) : null;
  context.save();
  context.beginPath();
  context.rect(0, top, width, bottom - top);
  context.clip();
  context.fillStyle = color;
  context.strokeStyle = color;
  if (samples) drawSamples(context, samples, Math.max(0, Math.floor(start) - 1), { start, perPixel, middle, reach });
  else drawPeaks(context, peaks.columns(channel, start, perPixel, Math.ceil(width)), middle, reach);
  context.restore();
}

/** @param {CanvasRenderingContext2D} context @param {{least: Float32Array, most: Float32Array}} columns @param {number} middle @param {number} reach */
function drawPeaks(context, { least, most }, middle, reach) {
  context.beginPath();
  for (let x = 0; x < least.length; x++) {
    if (Number.isNaN(least[x])) continue;
    const first = x; // one outline for a run of columns: far cheaper than a rectangle each
    for (; x < least.length && !Number.isNaN(least[x]); x++) context.lineTo(x, middle - most[x] * reach - 0.5);
    for (let back = x - 1; back >= first; back--) context.lineTo(back, middle - least[back] * reach + 0.5);
    context.closePath();
  }
  context.fill();
}

/** @param {CanvasRenderingContext2D} context @param {Float32Array} samples @param {number} first @param {{start: number, perPixel: number, middle: number, reach: number}} how */
function drawSamples(context, samples, first, { start, perPixel, middle, reach }) {
  context.beginPath();
  const x = (/** @type {number} */ at) => (first + at - start) / perPixel;
  samples.forEach((sample, at) => context.lineTo(x(at), middle - sample * reach));
  context.lineWidth = 1.5;
  context.lineJoin = 'round';
  context.stroke();
  if (perPixel > 0.2) return;
  for (let at = 0; at < samples.length; at++) {
    context.beginPath();
    context.arc(x(at), middle - samples[at] * reach, 2.5, 0, 7);
    context.fill();
  }
}
