/**
 * What the config wants to see: bodies one below the other, each with one channel or several.
 *
 * @typedef {{column: string, title: string, legend: string, units: string, show: (value: number) => string, interpolation: string, color: string, width: number,
 *   marker: {color: string, size: number, symbol: string}, fixed: boolean, range: [number, number] | null, axis: boolean, node: import('tagma').ConfigNode}} Channel
 *   `range` of the scale if the config sets it; `axis`: whether the scale is to be seen; `fixed`: whether it is that of the whole series
 * @typedef {{channels: Channel[], height: number, grid: boolean, apart: boolean}} Body  `grid`: whether lines of its scale are drawn; `apart`: each channel has a scale of its own
 */
import { format } from 'd3-bundle';
import { decimal } from './times.js';

/** @typedef {{name: string, title?: string, min: number | null, max: number | null, gaps?: number}} Column  `name` as the config has it, `title` as the file */
/** @typedef {import('tagma').ConfigNode} ConfigNode */

const LEAST = 48; // height of a body below which its scale can't be read

/**
 * @param {ConfigNode} node of the series @param {Column[]} columns those the config names @returns {Body[]}
 */
export function bodiesOf(node, columns) {
  const fixed = node.is('fixedScale');
  const channel = (/** @type {ConfigNode} */ child, /** @type {boolean} */ still, /** @type {number} */ place) => {
    const found = columns.find((one) => one.name === String(child.get('column') ?? ''));
    return found ? [read(child, found, child.is('fixedScale', still), place)] : [];
  };
  /** @type {Body[]} */
  const bodies = [];
  for (const child of node.children) {
    if (child.tag === 'Channel') {
      const found = channel(child, fixed, 0);
      if (found.length) bodies.push({ channels: found, height: height(child), grid: child.is('showAxis', true), apart: false });
    } else if (child.tag === 'MultiChannel') {
      const channels = child.find('Channel').flatMap((one, place) => channel(one, child.is('fixedScale', fixed), place));
      const axis = child.is('showAxis', true);
      for (const one of channels) one.axis &&= axis && child.is('showYAxis', true);
      if (channels.length) bodies.push({ channels, height: height(child), grid: axis, apart: false });
    }
  }
  return node.is('multiAxis') && bodies.length ? [together(bodies)] : bodies;
}

/** @param {ConfigNode} node */
const height = (node) => Math.max(node.number('height', 200), LEAST);

/** All in one view, each with its own scale. @param {Body[]} bodies @returns {Body} */
function together(bodies) {
  const channels = bodies.flatMap((body) => body.channels).map((one, place) => ({ ...one, color: one.node.get('strokeColor') ? one.color : palette(place) }));
  return { channels, height: Math.max(...bodies.map((body) => body.height)), grid: false, apart: true };
}

/** Channels that a list in the config names, by their columns or by the names those have in the file. @param {string} list with commas @param {Channel[]} channels */
export function named(list, channels) {
  const names = list.split(',').map((one) => one.trim().toLowerCase()).filter(Boolean);
  return channels.filter((one) => names.includes(one.column.toLowerCase()) || names.includes(one.title.toLowerCase()));
}

const COLORS = [12, 8, 7, 10, 6, 11, 9, 5]; // of labels: far apart, and not those that come first

/** A line alone is ink; of several in one body the others are coloured. @param {number} place */
const palette = (place) => (place ? `var(--tagma-label-${COLORS[(place - 1) % COLORS.length]})` : 'var(--tagma-ink)');

/** @param {ConfigNode} node @param {Column} column @param {boolean} fixed @param {number} place @returns {Channel} */
function read(node, column, fixed, place) {
  const color = String(node.get('strokeColor') || palette(place));
  return {
    column: column.name,
    title: column.title ?? column.name,
    legend: String(node.get('legend') || column.title || column.name),
    units: String(node.get('units') ?? ''),
    show: shower(node, column),
    interpolation: String(node.get('interpolation') || 'curveStep'),
    color,
    width: node.number('strokeWidth', 1),
    marker: { color: String(node.get('markerColor') || color), size: node.number('markerSize', 0), symbol: String(node.get('markerSymbol') || 'circle').toLowerCase() },
    fixed,
    range: pair(node.get('dataRange')),
    axis: node.is('showAxis', true) && node.is('showYAxis', true),
    node,
  };
}

/** How values are written: as the config says, else with one digit behind the point or as many as the column needs. @param {ConfigNode} node @param {Column} column */
function shower(node, { min, max }) {
  const own = Object.entries(node.attrs).find(([key]) => key.toLowerCase() === 'displayformat')?.[1];
  if (own) {
    try {
      return format(String(own));
    } catch {
      // the config's check has said so; the values are still worth reading
    }
  }
  const least = Math.min(((max ?? 0) - (min ?? 0)) / 1000 || 0.1, 0.1);
  return (/** @type {number} */ value) => decimal(value, least);
}

/** Two numbers with a comma between. @param {unknown} text @returns {[number, number] | null} */
export function pair(text) {
  const [a, b, ...more] = String(text ?? '').split(',').map((part) => (part.trim() ? Number(part) : NaN));
  return Number.isFinite(a) && Number.isFinite(b) && !more.length && a !== b ? [Math.min(a, b), Math.max(a, b)] : null;
}
