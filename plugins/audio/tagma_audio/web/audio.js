/** <Audio>: a recording with its waveform, in which labels mark regions of time. */
import { defineTag, h, t as translate } from 'tagma';
import { Derived } from 'tagma/kit/derived.js';
import { LineSpace, clock, timeTicks } from 'tagma/kit/line.js';
import { Player, playerBar } from 'tagma/kit/player.js';
import { Peaks } from './peaks.js';
import { drawWaveform } from './waveform.js';

const CLOSEST = 40; // pixels of a sample at the highest zoom

/** @param {HTMLElement} host @param {import('tagma').Context} ctx */
function mount(host, ctx) {
  const { t } = ctx;
  const file = ctx.value('value');
  const say = (/** @type {string} */ words, /** @type {string} */ hint) => host.replaceChildren(h('div.tagma-empty', { role: 'alert' }, h('strong', null, words), h('p', null, hint)));
  if (typeof file !== 'string' || !file || file.startsWith('$')) {
    return say(t('This task has no recording.'), t('The set-up looks for it in {key} of the task.', { key: String(ctx.node.get('value') ?? '') }));
  }
  const words = h('span', null, t('Reading the recording'));
  const bar = h('progress', { max: 100, 'aria-label': t('Reading the recording') });
  host.append(h('div.tagma-loading', { role: 'status' }, words, h('br', null), bar));
  const derived = new Derived(ctx, 'audio', file.startsWith('data:') ? String(ctx.node.get('value')) : file);
  /** @type {{refresh(): void} | undefined} */
  let space;
  const waiting = (/** @type {any} */ job) => {
    words.textContent = t('Reading the recording, this once');
    if (job?.total) bar.value = (job.done / job.total) * 100;
  };
  let gone = false;
  Peaks.open(derived, waiting, () => space?.refresh())
    .then((peaks) => {
      if (gone) return;
      host.replaceChildren();
      space = show(host, ctx, derived, peaks, file);
      host.dataset.ready = '';
    })
    .catch((error) => !gone && say(t('The recording can’t be shown.'), [error.message, error.hint].filter(Boolean).join(' ')));
  return {
    destroy() {
      gone = true;
    },
  };
}

/** @param {HTMLElement} host @param {import('tagma').Context} ctx @param {Derived} derived @param {Peaks} peaks @param {string} file */
function show(host, ctx, derived, peaks, file) {
  const { node, t } = ctx;
  const { rate, seconds, channels } = peaks;
  const split = node.is('splitChannels') && channels > 1;
  const rows = split ? channels : 1;
  const scale = node.number('defaultScale', 1);
  const exactly = (/** @type {number} */ at) => Math.round(at * rate) / rate;
  const media = h('audio', { src: peaks.exact ? ctx.asset(file) : derived.address('sound'), preload: 'metadata' });
  const player = new Player(ctx, media, { seconds, volume: node.number('defaultVolume', 1), speed: node.number('defaultSpeed', 1), muted: node.is('muted') });
  const box = h('div.line-box', { vars: { '--line-height': `${split ? node.number('waveHeight', 32) * channels : node.number('height', 96)}px` } });
  host.append(box);
  const space = new LineSpace(box, ctx, {
    length: seconds,
    closest: rate * CLOSEST,
    step: 1 / rate,
    name: t('Recording of {time}.', { time: clock(seconds) }),
    rows,
    scrolls: node.is('scrollParent', true),
    place: ({ start, end, channel }) => ({ from: Number(start), to: Number(end), row: split ? Number(channel ?? 0) : -1 }),
    value: ({ from, to, row = -1 }) => ({ start: exactly(from), end: exactly(to), channel: Math.max(row, 0) }),
    siblings: { original_length: seconds },
    ticks: timeTicks,
    stretch: (span) => (span < 1 ? t('{n} ms', { n: Number((span * 1000).toPrecision(3)) }) : span < 120 ? t('{n} s', { n: Math.round(span) }) : clock(span, 0)),
    content: (context, view, painter, place) => {
      const drawn = split ? channels : 1;
      for (let row = 0; row < drawn; row++) {
        const [top, bottom] = place(split ? row : -1);
        drawWaveform(context, peaks, { channel: row, start: view.start * rate, perPixel: rate / view.scale, width: view.width, top, bottom, color: painter.soft, scale });
      }
    },
    overview: (context, width, height, painter) => drawWaveform(context, peaks, { channel: 0, start: 0, perPixel: peaks.samples / width, width, top: 0, bottom: height - 4, color: painter.soft, scale }),
    seek: (at) => player.seek(at),
  });
  const zoom = node.number('defaultZoom', 1);
  if (zoom > 1) space.zoom(zoom, 0);
  player.on(() => space.run(player.at, node.is('autoCenter', true) && player.playing));
  sounding(ctx, space, player);
  const group = t('Recording');
  box.append(playerBar(ctx, player, {
    name: 'audio',
    group,
    selected: () => [...ctx.select.ids].flatMap((id) => space.scene.get(id) ?? [])[0],
    seek: (at) => space.seek(at),
    keys: [...new Set([String(node.get('hotkey') ?? 'space'), 'ctrl+p'])],
    speed: node.is('speed', true),
    volume: node.is('volume', true),
  }));
  for (const [name, by, key, title] of /** @type {const} */ ([['step-back', -0.1, 'alt+a', t('Back a tenth of a second')], ['step', 0.1, 'alt+d', t('On a tenth of a second')]])) {
    ctx.command({ name: `audio:${name}`, group, title, keys: [key], run: () => space.seek(space.at + by) });
  }
  return space;
}

/** Regions are played for lists that ask for it, and say which of them is heard. @param {import('tagma').Context} ctx @param {LineSpace} space @param {Player} player */
function sounding(ctx, space, player) {
  const { session, node } = ctx;
  let heard = '';
  player.on(() => {
    const id = (player.playing && player.stretch?.id) || '';
    if (id !== heard) session.setSounding(id || null);
    heard = id;
  });
  ctx.cleanup(ctx.store.on((ids) => {
    if (player.stretch?.id && ids.has(player.stretch.id)) player.stretch = space.scene.get(player.stretch.id) ?? null; // what repeats follows its ends
  }));
  session.setPlayer(node.name, {
    play: ({ id }) => {
      const stretch = space.scene.get(id);
      if (stretch) player.play(stretch);
    },
    stop: () => player.pause(),
    where: (region) => clock(session.geometry(region).value.start),
  });
}

/** @param {any} value */
const passage = ({ start, end }) => (Number.isFinite(start) && Number.isFinite(end) ? translate('{from} to {to}', { from: clock(start), to: clock(end) }) : '');

export default defineTag({ api: 1, tag: 'Audio', kind: 'object', fills: true, passage, mount });
