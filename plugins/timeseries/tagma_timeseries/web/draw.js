/** Draws one channel into its body: rows as a curve with its marks, buckets as the area between their least and greatest. */
import * as d3 from 'd3-bundle';
import { yOf } from './scale.js';

const FAR = 1e6; // pixels beyond which a point is drawn no further away
const SYMBOLS = /** @type {Record<string, any>} */ ({
  circle: d3.symbolCircle, cross: d3.symbolCross, diamond: d3.symbolDiamond, square: d3.symbolSquare, star: d3.symbolStar, triangle: d3.symbolTriangle, wye: d3.symbolWye,
});
const CURVES = /** @type {Record<string, any>} */ (Object.fromEntries(Object.entries(d3).filter(([name]) => name.startsWith('curve')).map(([name, curve]) => [name.toLowerCase(), curve])));

/**
 * @param {CanvasRenderingContext2D} context @param {import('./windows.js').Run} run @param {import('./scale.js').Scale} scale
 * @param {{x: (time: number) => number, width: number, color: string, lineWidth: number, interpolation: string, marker: {color: string, size: number, symbol: string}}} how
 */
export function drawChannel(context, run, scale, { x, width, color, lineWidth, interpolation, marker }) {
  const { top, bottom } = scale;
  context.save();
  context.beginPath();
  context.rect(0, top - 2, width, bottom - top + 4);
  context.clip();
  context.strokeStyle = color;
  context.fillStyle = color;
  context.lineWidth = lineWidth;
  context.lineJoin = 'round';
  const spread = run.low.some((low, at) => low !== run.high[at] && !Number.isNaN(low));
  context.beginPath();
  if (spread || !run.raw) {
    envelope(context, run, x, scale);
    context.fill();
  } else curve(context, run, x, scale, interpolation);
  context.stroke();
  if (run.raw) dots(context, run, x, scale, marker, lineWidth, color);
  context.restore();
}

/** @param {(time: number) => number} x @param {number} time */
const reach = (x, time) => Math.min(Math.max(x(time), -FAR), FAR);

/** Around the least and the greatest of all buckets, so that no peak is lost. @param {CanvasRenderingContext2D} context @param {import('./windows.js').Run} run @param {(time: number) => number} x @param {import('./scale.js').Scale} scale */
function envelope(context, { times, low, high }, x, scale) {
  for (let at = 0; at < times.length; at++) {
    if (Number.isNaN(low[at])) continue;
    const first = at; // one outline for all buckets up to the next gap
    context.moveTo(reach(x, times[at]), yOf(scale, high[at]));
    while (at + 1 < times.length && !Number.isNaN(low[at + 1])) {
      at++;
      context.lineTo(reach(x, times[at]), yOf(scale, high[at]));
    }
    for (let back = at; back >= first; back--) context.lineTo(reach(x, times[back]), yOf(scale, low[back]));
    context.closePath();
  }
}

/** @param {CanvasRenderingContext2D} context @param {import('./windows.js').Run} run @param {(time: number) => number} x @param {import('./scale.js').Scale} scale @param {string} interpolation */
function curve(context, { times, low }, x, scale, interpolation) {
  const make = CURVES[interpolation.toLowerCase()] ?? d3.curveStep;
  /** @type {any} */
  let line = null;
  for (let at = 0; at < times.length; at++) {
    if (Number.isNaN(low[at])) {
      line?.lineEnd();
      line = null;
      continue;
    }
    if (!line) {
      line = make(context);
      line.lineStart();
    }
    line.point(reach(x, times[at]), yOf(scale, low[at]));
  }
  line?.lineEnd();
}

/** Marks at the rows, as far as the config wants them and they don't run together; a row between two gaps is always seen. @param {CanvasRenderingContext2D} context @param {import('./windows.js').Run} run @param {(time: number) => number} x @param {import('./scale.js').Scale} scale @param {{color: string, size: number, symbol: string}} marker @param {number} lineWidth @param {string} color */
function dots(context, { times, low }, x, scale, marker, lineWidth, color) {
  const apart = times.length > 1 ? (x(times[times.length - 1]) - x(times[0])) / (times.length - 1) : Infinity;
  if (marker.size > 0 && apart >= marker.size) {
    const draw = d3.symbol(SYMBOLS[marker.symbol] ?? d3.symbolCircle, marker.size ** 2).context(/** @type {any} */ (context));
    context.fillStyle = marker.color;
    for (let at = 0; at < times.length; at++) {
      if (Number.isNaN(low[at])) continue;
      context.save();
      context.translate(reach(x, times[at]), yOf(scale, low[at]));
      context.beginPath();
      draw();
      context.fill();
      context.restore();
    }
    return;
  }
  context.fillStyle = color;
  const size = Math.max(2, lineWidth + 1);
  for (let at = 0; at < times.length; at++) {
    const alone = !Number.isNaN(low[at]) && (at === 0 || Number.isNaN(low[at - 1])) && (at === times.length - 1 || Number.isNaN(low[at + 1]));
    if (alone) context.fillRect(reach(x, times[at]) - size / 2, yOf(scale, low[at]) - size / 2, size, size);
  }
}
