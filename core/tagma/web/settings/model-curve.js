/** How good a model was on annotations it had not learned from, each time it learned: a small curve, and the same as a table. */
import { h } from 'tagma/dom.js';
import { number, t } from 'tagma/i18n.js';
import { ago } from 'tagma/ui/format.js';

/** @typedef {{learned?: number, held_out?: number, score?: number, metric?: string, at?: string}} Point */

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [360, 120, 42, 12, 10, 22];
const SVG = 'http://www.w3.org/2000/svg';

/** @param {string} name @param {Record<string, any>} attributes @param {(Node | string)[]} inside */
function svg(name, attributes, ...inside) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...inside);
  return element;
}

/** @param {Point[]} given oldest first @returns {HTMLElement | null} null where there is nothing to show */
export function curve(given) {
  const points = given.filter((one) => Number.isFinite(one.score));
  if (!points.length) return null;
  const last = points[points.length - 1];
  const metric = begun(t(last.metric || 'score'));
  const words = t('{metric} {score} on {held} held-out annotations, after learning from {n}', { metric, score: percent(last.score), held: number(last.held_out ?? 0), n: number(last.learned ?? 0) });
  return h('figure.curve', null,
    h('figcaption', null, words),
    points.length > 1 ? h('div.curve-picture', null, picture(points, metric)) : null,
    h('details.faults', null, h('summary', null, t('As a table')),
      h('div.curve-table', { tabindex: 0, role: 'region', 'aria-label': metric }, h('table.table', null,
        h('thead', null, h('tr', null, [t('When'), t('Learned from'), t('Held out'), metric].map((each) => h('th', { scope: 'col' }, each)))),
        h('tbody', null, points.toReversed().map((one) => h('tr', null, h('td', null, ago(one.at)), h('td.num', null, number(one.learned ?? 0)), h('td.num', null, number(one.held_out ?? 0)), h('td.num', null, percent(one.score)))))))));
}

/** A word as the beginning of a sentence. @param {string} word */
const begun = (word) => word.charAt(0).toUpperCase() + word.slice(1);

/** @param {number | undefined} score */
const percent = (score) => `${Math.round((score ?? 0) * 100)}%`;

/** @param {Point[]} points @param {string} metric */
function picture(points, metric) {
  const most = Math.max(1, ...points.map((one) => one.learned ?? 0));
  const steps = points.some((one) => one.learned); // a model that does not say from how many it learned has its points side by side
  const x = (/** @type {Point} */ one, /** @type {number} */ place) => LEFT + (WIDTH - LEFT - RIGHT) * (steps ? (one.learned ?? 0) / most : place / (points.length - 1));
  const y = (/** @type {number} */ score) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - Math.min(Math.max(score, 0), 1));
  const places = points.map((one, place) => [x(one, place), y(one.score ?? 0)]);
  const [first, last] = [points[0], points[points.length - 1]];
  return svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': t('{metric} went from {a} to {b}', { metric, a: percent(first.score), b: percent(last.score) }) },
    ...[0, 0.5, 1].flatMap((score) => [
      svg('line', { class: 'curve-grid', x1: LEFT, x2: WIDTH - RIGHT, y1: y(score), y2: y(score) }),
      svg('text', { class: 'curve-word', x: LEFT - 6, y: y(score) + 4, 'text-anchor': 'end' }, percent(score)),
    ]),
    svg('polyline', { class: 'curve-line', points: places.map((one) => one.join(',')).join(' ') }),
    ...places.map(([left, top], place) => svg('circle', { class: 'curve-dot', cx: left, cy: top, r: place === places.length - 1 ? 4 : 2.5 })),
    ...(steps ? [
      svg('text', { class: 'curve-word', x: LEFT, y: HEIGHT - 5 }, '0'),
      svg('text', { class: 'curve-word', x: WIDTH - RIGHT, y: HEIGHT - 5, 'text-anchor': 'end' }, t('{n} annotated tasks', { n: number(most) })),
    ] : []));
}
