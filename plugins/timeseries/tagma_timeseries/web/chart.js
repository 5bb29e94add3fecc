/** Paints the bodies of a series: grid, lines, scales, overview; knows what stands at a moment. */
import { pair } from './channels.js';
import { drawChannel } from './draw.js';
import { extent, marks, scaleOf } from './scale.js';
import { BUCKETS } from './windows.js';

export const HEAD = 26; // pixels at the top of a body for its legend
const FOOT = 8; // pixels free below a line
const NARROW = 480; // pixels below which everything is a little smaller
const SHARE = 0.22; // of the width for scales, if there are several

/** @typedef {import('tagma/kit/line-painter.js').LinePainter} LinePainter */
/** @typedef {import('./channels.js').Body} Body */
/** @typedef {import('./channels.js').Channel} Channel */

export class Chart {
  /** @type {{text: string, y: number, color: string, axis: number}[]} marks of the scales in sight */
  #marks = [];
  /** How far rows lie apart where the person looks; 0 while there are more of them than can be seen. */
  spacing = 0;

  /** @param {Body[]} bodies @param {import('./windows.js').Windows} windows @param {import('./times.js').Times} times @param {import('./channels.js').Column[]} columns @param {number} room the width there is, in pixels */
  constructor(bodies, windows, times, columns, room) {
    this.axis = room < NARROW ? 40 : 52;
    this.axes = Math.max(1, Math.floor((room * SHARE) / this.axis));
    this.bodies = bodies;
    this.windows = windows;
    this.times = times;
    this.columns = new Map(columns.map((one) => [one.name, one]));
  }

  get heights() {
    return this.bodies.map((body) => body.height);
  }

  /** Room the scales need at the left. */
  get gutter() {
    const axes = Math.max(0, ...this.bodies.map((body) => (body.apart ? Math.min(body.channels.filter((one) => one.axis).length, this.axes) : Number(body.channels.some((one) => one.axis)))));
    return axes * this.axis;
  }

  /** @param {CanvasRenderingContext2D} context @param {import('tagma/kit/line-view.js').LineView} view @param {LinePainter} painter @param {(row: number) => [number, number]} place */
  paint(context, view, painter, place) {
    const { windows, times } = this;
    const [from, to] = [view.start, view.end];
    /** @type {string[]} */
    const seen = [];
    this.#marks = [];
    windows.begin();
    this.bodies.forEach((body, row) => {
      const [top, bottom] = place(row);
      if (bottom < 0 || top > painter.height) return;
      const runs = body.channels.map((one) => windows.run(one.column, from, to, view.scale));
      if (!seen.length) this.spacing = spacingOf(runs[0]);
      seen.push(...body.channels.map((one) => one.column));
      const scales = this.#scales(body, runs, top + HEAD, bottom - FOOT);
      this.#grid(context, body, scales[0], painter, view, top, bottom);
      body.channels.forEach((one, at) => drawChannel(context, runs[at], scales[at], {
        x: (time) => (time - times.from - view.start) * view.scale, width: view.width, color: painter.color(one.color), lineWidth: one.width,
        interpolation: one.interpolation, marker: { ...one.marker, color: painter.color(one.marker.color) },
      }));
    });
    windows.end(seen, from, to, view.scale);
  }

  /** @param {Body} body @param {import('./windows.js').Run[]} runs @param {number} top @param {number} bottom */
  #scales({ channels, apart }, runs, top, bottom) {
    const ranges = channels.map((one, at) => one.range ?? (one.fixed ? this.#whole(one) : extent([runs[at]])));
    const given = channels.find((one) => one.range)?.range;
    const known = ranges.filter((range) => range !== null);
    const common = given ?? (known.length ? /** @type {[number, number]} */ ([Math.min(...known.map(([low]) => low)), Math.max(...known.map(([, high]) => high))]) : null);
    const scales = channels.map((one, at) => scaleOf(apart ? ranges[at] : common, top, bottom, Boolean(apart ? one.range : given)));
    let axis = 0;
    channels.forEach((one, at) => {
      if (!one.axis || (!apart && axis) || axis >= this.axes) return;
      for (const mark of marks(scales[at])) this.#marks.push({ ...mark, axis, color: apart ? one.color : '' });
      axis++;
    });
    return scales;
  }

  /** @param {Channel} channel @returns {[number, number] | null} */
  #whole({ column }) {
    const { min, max } = this.columns.get(column) ?? {};
    return Number.isFinite(min) && Number.isFinite(max) ? [Number(min), Number(max)] : null;
  }

  /** @param {CanvasRenderingContext2D} context @param {Body} body @param {import('./scale.js').Scale} scale @param {LinePainter} painter @param {import('tagma/kit/line-view.js').LineView} view @param {number} top @param {number} bottom */
  #grid(context, body, scale, painter, view, top, bottom) {
    context.fillStyle = painter.color('var(--tagma-line)');
    if (body.grid) {
      for (const { y } of marks(scale)) context.fillRect(0, Math.round(y), view.width, 1);
      for (const { at } of this.times.ticks(view.start, view.start + view.span, view.width)) context.fillRect(Math.round(view.toScreen(at)), top, 1, bottom - top);
    }
    context.fillStyle = painter.edge;
    context.fillRect(0, bottom - 1, view.width, 1);
  }

  /** The scales beside the bodies. @param {CanvasRenderingContext2D} context @param {LinePainter} painter */
  paintScales = (context, painter) => {
    context.font = `11px ${painter.font}`;
    context.textBaseline = 'middle';
    context.textAlign = 'right';
    const right = this.gutter;
    for (const { text, y, color, axis } of this.#marks) {
      if (y < 6 || y > painter.height - 4) continue;
      context.fillStyle = color ? painter.color(color) : painter.soft;
      const x = right - axis * this.axis;
      context.fillText(text, x - 8, y, this.axis - 10);
      context.fillRect(x - 4, Math.round(y), 4, 1);
    }
    context.fillStyle = painter.edge;
    context.fillRect(right - 1, 0, 1, painter.height);
  };

  /** The whole, each channel in its own height. @param {Channel[]} channels */
  overview(channels) {
    return (/** @type {CanvasRenderingContext2D} */ context, /** @type {number} */ width, /** @type {number} */ height, /** @type {LinePainter} */ painter) => {
      const { length, from } = this.times;
      for (const one of channels) {
        const run = this.windows.run(one.column, 0, length, Math.min((BUCKETS * 2) / length, width / length));
        drawChannel(context, run, scaleOf(extent([run]), 4, height - 8, false), {
          x: (time) => ((time - from) / length) * width, width, color: painter.color(channels.length > 1 ? one.color : 'var(--tagma-ink-soft)'), lineWidth: 1, interpolation: one.interpolation, marker: { color: '', size: 0, symbol: '' },
        });
      }
    };
  }

  /** What a channel says at a point of the line. @param {Channel} channel @param {number} along @param {number} scale @returns {string} */
  says(channel, along, scale) {
    const found = this.windows.near(channel.column, along, scale);
    if (!found || Number.isNaN(found.low)) return '—';
    const [low, high] = [channel.show(found.low), channel.show(found.high)];
    return low === high ? low : `${low} … ${high}`;
  }

  /** The moment of the row nearest to a point of the line, in the column's own numbers. @param {number} along @param {number} scale */
  rowAt(along, scale) {
    const { times } = this;
    if (times.unit === 'row') return Math.round(times.from + along);
    return this.windows.near(this.bodies[0].channels[0].column, along, scale)?.at ?? times.from + along;
  }

  /** The part the config wants to see first, along the line. @param {import('tagma').ConfigNode} node @returns {[number, number]} */
  first(node) {
    const { from, length } = this.times;
    const text = this.bodies.flatMap((body) => body.channels).map((one) => one.node.get('timeRange')).find(Boolean);
    const ends = text && (pair(text) ?? /** @type {[number, number]} */ (String(text).split(',').map((one) => this.times.read(one.trim()))));
    if (ends && ends[1] > ends[0]) return [Math.max(ends[0] - from, 0), Math.min(ends[1] - from, length)];
    const share = Number.parseFloat(String(node.get('overviewWidth') ?? '25%'));
    return [0, length * (Number.isFinite(share) && share > 0 ? Math.min(share, 100) / 100 : 0.25)];
  }
}

/** @param {import('./windows.js').Run | undefined} run */
function spacingOf(run) {
  if (!run?.raw || run.times.length < 2) return 0;
  return (run.times[run.times.length - 1] - run.times[0]) / (run.times.length - 1);
}
