/** <Audio>: a recording with its waveform, its spectrogram or both, in which labels mark regions of time. */
import { defineTag, h, t as translate } from 'tagma';
import { Derived } from 'tagma/kit/derived.js';
import { LineSpace, clock, timeTicks } from 'tagma/kit/line.js';
import { announce, refuse, wordsOf } from 'tagma/kit/opening.js';
import { Player, playerBar } from 'tagma/kit/player.js';
import { Look, lookMenu } from './look.js';
import { Peaks, Unseen } from './peaks.js';
import { drawLoop, soundRegions } from './sounding.js';
import { Spectrogram } from './spectrogram.js';
import { drawWaveform } from './waveform.js';

const CLOSEST = 40; // pixels of a sample at the highest zoom

/** @param {HTMLElement} host @param {import('tagma').Context} ctx */
function mount(host, ctx) {
  const { t } = ctx;
  const file = ctx.value('value');
  if (typeof file !== 'string' || !file || file.startsWith('$')) {
    return refuse(host, t('This task has no recording.'), t('The set-up looks for it in {key} of the task.', { key: String(ctx.node.get('value') ?? '') }));
  }
  const waiting = announce(host, t('Reading the recording'), t('Reading the recording, this once'));
  const derived = new Derived(ctx, 'audio', file.startsWith('data:') ? String(ctx.node.get('value')) : file);
  /** @type {{refresh(): void} | undefined} */
  let space;
  let gone = false;
  const open = (/** @type {Peaks | Unseen} */ peaks) => {
    if (gone) return;
    host.replaceChildren();
    space = show(host, ctx, derived, peaks, peaks.exact ? ctx.asset(file) : derived.address('sound'));
    host.dataset.ready = '';
  };
  Peaks.open(derived, waiting, () => space?.refresh())
    .then(open)
    .catch(async (error) => {
      if (gone) return;
      const why = wordsOf(error);
      const unseen = await Unseen.open(ctx.asset(file));
      if (gone) return;
      if (!unseen) return refuse(host, t('The recording can’t be shown.'), why);
      open(unseen);
      host.prepend(h('div.notice.notice-warn.audio-plain', { role: 'note' }, t('The server can’t read this address, so there is no waveform, and times are as exact as this browser’s player, to about a hundredth of a second. {why}', { why })));
    });
  return {
    destroy() {
      gone = true;
    },
  };
}

/** @param {HTMLElement} host @param {import('tagma').Context} ctx @param {Derived} derived @param {Peaks | Unseen} peaks @param {string} src what is played */
function show(host, ctx, derived, peaks, src) {
  const { node, t } = ctx;
  const { rate, seconds, channels } = peaks;
  const split = node.is('splitChannels') && channels > 1;
  const rows = split ? channels : 1;
  const scale = node.number('defaultScale', 1);
  const exactly = (/** @type {number} */ at) => Math.round(at * rate) / rate;
  const media = h('audio', { src, preload: 'metadata' });
  const player = new Player(ctx, media, { seconds, volume: node.number('defaultVolume', 1), speed: node.number('defaultSpeed', 1), muted: node.is('muted') });
  const look = peaks instanceof Peaks ? new Look(node.is('spectrogram') ? 'both' : 'waveform') : null;
  const spectrogram = peaks instanceof Peaks && look ? new Spectrogram(derived, peaks, look, () => space.drawSoon()) : null;
  const tall = split ? node.number('waveHeight', 32) : node.number('height', 96);
  const box = h('div.line-box', { class: node.attrs[split ? 'waveHeight' : 'height'] === undefined ? '' : 'audio-fixed' });
  const size = () => box.style.setProperty('--line-height', `${((look?.view === 'spectrogram' ? 0 : tall) + (look?.tall ?? 0)) * rows}px`);
  size();
  host.append(box);
  const wears = node.is('showLabels', true);
  const score = (/** @type {any} */ result) => (node.is('showScores') && Number.isFinite(result.score) ? ` ${result.score.toFixed(2)}` : '');
  const places = Array.from({ length: rows }, (_, row) => row);
  /** @param {(row: number) => [number, number]} place @param {number} row */
  const parts = (place, row) => {
    const [top, bottom] = place(split ? row : -1);
    return look?.parts(top, bottom, tall) ?? { wave: /** @type {[number, number]} */ ([top, bottom]), spectrum: /** @type {[number, number]} */ ([bottom, bottom]) };
  };
  /** The spectrogram lies under the colours of regions, if it is shown. @returns {import('tagma/kit/line.js').Given['ground']} */
  const ground = () => (spectrogram && look?.tall ? (context, view, painter, place) => {
    for (const row of places) {
      const [top, bottom] = parts(place, row).spectrum;
      spectrogram.draw(context, painter, { channel: row, start: view.start * rate, perPixel: rate / view.scale, width: view.width, top, bottom });
    }
  } : undefined);
  const space = new LineSpace(box, ctx, {
    length: seconds,
    closest: rate * CLOSEST,
    step: 1 / rate,
    name: t('Recording of {time}.', { time: clock(seconds) }),
    rows,
    scrolls: node.is('scrollParent', true),
    zooms: node.is('zoom', true),
    cursor: node.attrs.cursorColor === undefined ? undefined : String(node.attrs.cursorColor),
    thick: node.number('cursorWidth', 2),
    words: (text, result) => (wears ? text : '') + score(result),
    place: ({ start, end, channel }) => ({ from: Number(start), to: Number(end), row: split ? Number(channel ?? 0) : -1 }),
    value: ({ from, to, row = -1 }) => ({ start: exactly(from), end: exactly(to), channel: Math.max(row, 0) }),
    siblings: { original_length: seconds },
    ticks: timeTicks,
    stretch: (span) => (span < 1 ? t('{n} ms', { n: Number((span * 1000).toPrecision(3)) }) : span < 120 ? t('{n} s', { n: Math.round(span) }) : clock(span, 0)),
    ground: ground(),
    content: (context, view, painter, place) => {
      for (const row of places) {
        const [top, bottom] = parts(place, row).wave;
        if (bottom > top) drawWaveform(context, peaks, { channel: row, start: view.start * rate, perPixel: rate / view.scale, width: view.width, top, bottom, color: painter.soft, scale });
      }
      drawLoop(context, player, view, painter.accent);
    },
    overview: (context, width, height, painter) => drawWaveform(context, peaks, { channel: 0, start: 0, perPixel: peaks.samples / width, width, top: 0, bottom: height - 4, color: painter.soft, scale }),
    seek: (at) => player.seek(at),
  });
  const zoom = node.number('defaultZoom', 1);
  if (zoom > 1) space.view.zoom(zoom, 0);
  player.on(() => space.run(player.at, node.is('autoCenter', true) && player.playing));
  soundRegions(ctx, space, player);
  const group = t('Recording');
  const bar = playerBar(ctx, player, {
    name: 'audio',
    group,
    selected: () => [...ctx.select.ids].flatMap((id) => space.scene.get(id) ?? [])[0],
    seek: (at) => space.seek(at),
    keys: [...new Set([String(node.get('hotkey') ?? 'space'), 'ctrl+p'])],
    speed: node.is('speed', true),
    volume: node.is('volume', true),
  });
  box.append(bar);
  if (look) {
    bar.append(...lookMenu(ctx, look, rate, () => {
      size();
      space.given.ground = ground();
      space.resize();
      space.refresh();
    }));
  }
  for (const [name, by, key, title] of /** @type {const} */ ([
    ['step-back', -0.1, 'alt+a', t('Back a tenth of a second')], ['step', 0.1, 'alt+d', t('On a tenth of a second')],
    ['far-back', -5, 'alt+q', t('Back five seconds')], ['far', 5, 'alt+e', t('On five seconds')],
  ])) ctx.command({ name: `audio:${name}`, group, title, keys: [key], run: () => space.seek(space.at + by) });
  return space;
}

/** @param {any} value */
const passage = ({ start, end }) => (Number.isFinite(start) && Number.isFinite(end) ? translate('{from} to {to}', { from: clock(start), to: clock(end) }) : '');

export default defineTag({ api: 1, tag: 'Audio', kind: 'object', fills: true, passage, style: new URL('./audio.css', import.meta.url), mount });
