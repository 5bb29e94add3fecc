/** <TimeSeries>: columns of a table over time, in which labels mark stretches and instants. */
import { defineTag, h, t as translate, tn } from 'tagma';
import { Derived } from 'tagma/kit/derived.js';
import { LineSpace } from 'tagma/kit/line.js';
import { announce, refuse, wordsOf } from 'tagma/kit/opening.js';
import { readout } from './bar.js';
import { bodiesOf, named } from './channels.js';
import { Chart, HEAD } from './chart.js';
import { Legend } from './legend.js';
import { placesOf } from './places.js';
import { Source, paramsOf } from './source.js';
import { Times } from './times.js';
import { BUCKETS, Windows } from './windows.js';

const TOGETHER = 6; // columns fetched with one request
const FOREVER = 1e300; // before, and after, every time
const OVERVIEW = 8; // lines the overview has at most
const CLOSEST = 120; // pixels between two rows at the highest zoom
const UNEVEN = 1000; // how much nearer than on the whole rows may lie somewhere

/** @param {HTMLElement} host @param {import('tagma').Context} ctx */
function mount(host, ctx) {
  const { t, node } = ctx;
  const given = ctx.value('value');
  if (!given || (typeof given === 'string' && given.startsWith('$'))) {
    return refuse(host, t('This task has no series.'), t('The set-up looks for it in {key} of the task.', { key: String(node.get('value') ?? '') }));
  }
  const waiting = announce(host, t('Reading the series'), t('Reading the series, this once'));
  const inline = typeof given !== 'string' || given.startsWith('data:');
  const source = new Source(new Derived(ctx, 'timeseries', inline ? String(node.get('value')) : given), paramsOf(node));
  let gone = false;
  open(source, ctx, waiting).then((opened) => {
    if (gone) return;
    host.replaceChildren();
    show(host, ctx, opened);
    host.dataset.ready = '';
  }).catch((error) => !gone && refuse(host, t('The series can’t be shown.'), wordsOf(error)));
  return {
    destroy() {
      gone = true;
    },
  };
}

/**
 * @typedef {{times: Times, bodies: import('./channels.js').Body[], head: import('./source.js').Head, windows: Windows, whole: import('./channels.js').Channel[], listeners: Set<() => void>}} Opened
 *   `whole`: what the overview shows
 * @param {Source} source @param {import('tagma').Context} ctx @param {(job: any) => void} waiting @returns {Promise<Opened>}
 */
async function open(source, { node }, waiting) {
  const columns = [...new Set(node.find('Channel').map((one) => String(one.get('column') ?? '')).filter(Boolean))];
  const groups = groupsOf(columns);
  // the whole is asked for at once with the head, which says where it begins and ends
  const first = source.window({ from: -FOREVER, to: FOREVER, columns: groups[0] ?? [], buckets: BUCKETS });
  const [head] = await Promise.all([source.head(waiting), first]);
  const text = (/** @type {string} */ name) => String(node.get(name) ?? '').trim();
  const times = new Times(head.time, head.rows, { timeFormat: text('timeFormat'), display: text('timeDisplayFormat'), duration: own(node, 'durationDisplayFormat') });
  const bodies = bodiesOf(node, head.columns);
  const channels = bodies.flatMap((body) => body.channels);
  const chosen = named(text('overviewChannels'), channels);
  const whole = (chosen.length ? chosen : channels.slice(0, 1)).slice(0, OVERVIEW);
  /** @type {Set<() => void>} */
  const listeners = new Set();
  const windows = new Windows(({ level, ...ask }) => (level === 0 && ask.columns === groups[0] ? first : source.window({ ...ask, buckets: BUCKETS })), { from: times.from, length: times.length }, groups, () => listeners.forEach((listener) => listener()));
  await windows.open([...new Set([...whole, ...channels.slice(0, TOGETHER)].map((one) => one.column))]);
  return { times, bodies, head, windows, whole, listeners };
}

/** What the config says itself, not what is said for it. @param {import('tagma').ConfigNode} node @param {string} name */
const own = (node, name) => String(Object.entries(node.attrs).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1] ?? '').trim();

/** @param {string[]} columns */
function groupsOf(columns) {
  return Array.from({ length: Math.ceil(columns.length / TOGETHER) }, (_, at) => columns.slice(at * TOGETHER, (at + 1) * TOGETHER));
}

/** @param {HTMLElement} host @param {import('tagma').Context} ctx @param {Opened} opened */
function show(host, ctx, { times, bodies, head, windows, whole, listeners }) {
  const { node, t } = ctx;
  const chart = new Chart(bodies, windows, times, head.columns, host.clientWidth);
  const box = h('div.line-box');
  host.append(box);
  /** @type {{look(): void, went(): void} | undefined} */
  let bar;
  const space = new LineSpace(box, ctx, {
    length: times.length,
    closest: CLOSEST / times.step,
    step: times.step,
    name: t('Series from {from} to {to}.', { from: times.show(times.from), to: times.show(times.to) }),
    heights: chart.heights,
    linked: true,
    instants: true,
    gutter: chart.gutter ? { width: chart.gutter, paint: chart.paintScales } : undefined,
    head: HEAD,
    first: chart.first(node),
    cursor: own(node, 'cursorColor') || undefined,
    ...placesOf(ctx, times, (along) => chart.rowAt(along, space.view.scale)),
    ticks: (from, to, width) => times.ticks(from, to, width),
    stretch: (span) => times.last(span, span / 1000),
    content: (context, view, painter, place) => chart.paint(context, view, painter, place),
    overview: chart.overview(whole),
    seek: () => bar?.went(),
    point: () => bar?.look(),
  });
  space.onView(() => {
    space.step = chart.spacing;
    space.view.closest = CLOSEST / (chart.spacing || times.step / UNEVEN);
  });
  const legend = new Legend(space.tall, chart);
  bar = readout(box, ctx, { space, chart, times, legend, windows, remarks: remarksOn(head.time) });
  listeners.add(() => {
    space.drawSoon();
    bar?.look();
  });
  ctx.cleanup(() => listeners.clear());
  ctx.session.setPassage(node.name, (value) => lies(value, (at, before) => (Number.isNaN(times.read(at)) ? String(at) : times.brief(times.read(at), times.read(before)))));
}

/** What people who know the file would want to know of it. @param {import('./times.js').TimeHead} time */
function remarksOn({ sorted = true, repeated = 0 }) {
  return [
    sorted ? '' : translate('Rows were put in order of time.'),
    repeated ? tn('{n} row has the time of the one before.', '{n} rows have the time of the one before.', repeated) : '',
  ].filter(Boolean).join(' ');
}

/** @param {any} value @param {(at: unknown, before?: unknown) => string} words of a moment; `before`: another is told before it @returns {string} */
function lies({ start, end, instant }, words) {
  if (start === undefined || end === undefined) return '';
  return instant || start === end ? words(start) : translate('{from} to {to}', { from: words(start), to: words(end, start) });
}

/** Before the file is read. @param {any} value */
const passage = (value) => lies(value, (at) => String(at));

export default defineTag({ api: 1, tag: 'TimeSeries', kind: 'object', fills: true, passage, mount, style: new URL('./series.css', import.meta.url) });
