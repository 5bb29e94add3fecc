/** A small drawing of what a preset does, made from the tags it uses. */
const SVG = 'http://www.w3.org/2000/svg';

/** @param {string} name @param {Record<string, string | number>} values */
function part(name, values) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(values)) element.setAttribute(key, String(value));
  return element;
}

const soft = { fill: 'var(--tagma-line)' };
const colour = (/** @type {number} */ n) => ({ fill: `color-mix(in oklch, var(--tagma-label-${n}) 25%, transparent)`, stroke: `var(--tagma-label-${n})`, 'stroke-width': 1.5 });

/** @param {string[]} objects @param {string[]} controls */
export function thumbnail(objects, controls) {
  const svg = part('svg', { viewBox: '0 0 120 80', 'aria-hidden': 'true' });
  const has = (/** @type {RegExp} */ pattern) => controls.some((name) => pattern.test(name));
  const add = (/** @type {string} */ name, /** @type {any} */ values) => svg.append(part(name, values));
  if (objects.some((name) => /Text|Paragraphs/.test(name))) {
    for (const [x, y, width] of [[16, 20, 88], [16, 34, 72], [16, 48, 84], [16, 62, 52]]) add('rect', { x, y, width, height: 5, rx: 2.5, ...soft });
    if (has(/Labels/)) { add('rect', { x: 42, y: 16, width: 34, height: 13, rx: 3, ...colour(1) }); add('rect', { x: 22, y: 44, width: 28, height: 13, rx: 3, ...colour(2) }); }
  } else if (objects.some((name) => /TimeSeries/.test(name))) {
    for (const [y, tall] of [[24, 9], [54, 13]]) add('path', { d: `M10 ${y} ${Array.from({ length: 25 }, (_, n) => `L${10 + n * 4} ${(y + Math.sin(n * 0.9) * tall * Math.sin(n * 0.21) + ((n * 7) % 3)).toFixed(1)}`).join(' ')}`, fill: 'none', stroke: 'var(--tagma-line-strong)', 'stroke-width': 1.5 });
    if (has(/Labels/)) add('rect', { x: 44, y: 10, width: 30, height: 60, rx: 2, ...colour(4) });
  } else if (objects.some((name) => /Audio/.test(name))) {
    for (let x = 12; x < 110; x += 5) { const height = 10 + ((x * 37) % 34); add('rect', { x, y: 40 - height / 2, width: 2, height, ...soft }); }
    if (has(/Labels/)) add('rect', { x: 40, y: 14, width: 34, height: 52, rx: 2, ...colour(4) });
  } else {
    add('path', { d: 'M0 66 L30 36 L52 58 L76 30 L120 72 V80 H0 Z', ...soft });
    add('circle', { cx: 94, cy: 22, r: 8, ...soft });
    if (has(/Rectangle/)) { add('rect', { x: 20, y: 28, width: 34, height: 32, ...colour(1) }); add('rect', { x: 66, y: 20, width: 36, height: 36, ...colour(2) }); }
    if (has(/Polygon/)) add('path', { d: 'M30 30 L50 26 L60 46 L44 62 L24 52 Z', ...colour(4) });
  }
  if (has(/Choices|Rating|Taxonomy/)) { add('rect', { x: 18, y: 60, width: 38, height: 13, rx: 4, fill: 'var(--tagma-sheet)', stroke: 'var(--tagma-label-1)', 'stroke-width': 1.5 }); add('rect', { x: 64, y: 60, width: 38, height: 13, rx: 4, fill: 'var(--tagma-sheet)', stroke: 'var(--tagma-line-strong)' }); }
  if (has(/TextArea/)) for (const [y, width] of [[62, 64], [71, 40]]) add('rect', { x: 14, y, width, height: 4, rx: 2, fill: 'var(--tagma-label-1)' });
  return svg;
}
