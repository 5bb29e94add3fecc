/** Plays a recording: the browser's own player, its playhead told once a frame, and the bar of buttons below the waveform. */
import { h, icon } from 'tagma';
import { clock } from 'tagma/kit/line.js';

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];

export class Player {
  /** @type {Set<() => void>} */
  #listeners = new Set();
  #frame = 0;
  /** @type {{from: number, to: number} | null} a stretch that is played, and whether again and again */
  stretch = null;
  loops = false;

  /** @param {import('tagma').Context} ctx @param {string} address @param {number} seconds */
  constructor(ctx, address, seconds) {
    const { node } = ctx;
    this.seconds = seconds;
    this.audio = h('audio', { src: address, preload: 'metadata', muted: node.is('muted'), volume: Math.min(Math.max(node.number('defaultVolume', 1), 0), 1) });
    this.audio.playbackRate = this.audio.defaultPlaybackRate = Math.min(Math.max(node.number('defaultSpeed', 1), 0.25), 4);
    for (const name of ['play', 'pause', 'ended', 'ratechange', 'volumechange', 'error', 'seeked']) this.audio.addEventListener(name, () => this.#changed());
    ctx.cleanup(() => {
      cancelAnimationFrame(this.#frame);
      this.audio.pause();
      this.audio.removeAttribute('src');
      this.audio.load(); // lets go of the connection
    });
  }

  get at() {
    return this.audio.currentTime;
  }

  get playing() {
    return !this.audio.paused && !this.audio.ended;
  }

  /** Why it can't be played, or nothing. */
  get trouble() {
    return this.audio.error?.message ?? '';
  }

  /** @param {() => void} listener */
  on(listener) {
    this.#listeners.add(listener);
  }

  #changed() {
    cancelAnimationFrame(this.#frame);
    if (this.playing) this.#frame = requestAnimationFrame(() => this.#tick());
    for (const listener of this.#listeners) listener();
  }

  #tick() {
    if (this.stretch && this.at >= this.stretch.to) {
      if (this.loops) this.audio.currentTime = this.stretch.from;
      else {
        this.audio.pause();
        this.audio.currentTime = this.stretch.to;
      }
    }
    this.#changed();
  }

  /** @param {number} at */
  seek(at) {
    this.stretch = null;
    this.audio.currentTime = Math.min(Math.max(at, 0), this.seconds);
  }

  toggle() {
    if (this.playing) this.audio.pause();
    else this.play(null);
  }

  /** @param {{from: number, to: number} | null} stretch only this part */
  play(stretch) {
    this.stretch = stretch;
    if (stretch) this.audio.currentTime = stretch.from;
    this.audio.play().catch(() => this.#changed()); // the bar says why
  }
}

/** @param {import('tagma').Context} ctx @param {Player} player @param {import('tagma/kit/line.js').LineSpace} space @returns {HTMLElement} */
export function playerBar(ctx, player, space) {
  const { node, t } = ctx;
  const { audio } = player;
  const button = (/** @type {string} */ title, /** @type {string} */ name, /** @type {() => void} */ run) => h('button.tagma-icon-button', { type: 'button', title, 'aria-label': title, onclick: run }, icon(name));
  const play = button('', 'play', () => player.toggle());
  const time = h('output.num', { 'aria-label': t('Time') });
  const loop = button(t('Repeat the selected region'), 'repeat', () => {
    player.loops = !player.loops;
    draw();
  });
  const speed = h('select.input', { 'aria-label': t('Speed'), onchange: () => (audio.playbackRate = Number(speed.value)) }, [...new Set([...SPEEDS, audio.playbackRate])].sort((a, b) => a - b).map((one) => h('option', { value: String(one), selected: one === audio.playbackRate }, `${one}×`)));
  const volume = h('input', { type: 'range', min: 0, max: 1, step: 0.05, value: audio.volume, 'aria-label': t('Volume'), oninput: () => {
    audio.volume = Number(volume.value);
    audio.muted = false;
  } });
  const mute = button(t('Mute'), 'volume-2', () => (audio.muted = !audio.muted));
  const trouble = h('span.soft', { role: 'status' });
  let shown = '';
  const draw = () => {
    const now = `${player.playing} ${audio.muted} ${player.loops}`;
    time.textContent = `${clock(player.at, 1)} / ${clock(player.seconds, 1)}`;
    if (now === shown) return;
    shown = now;
    play.replaceChildren(icon(player.playing ? 'pause' : 'play'));
    play.title = player.playing ? t('Pause') : t('Play');
    play.setAttribute('aria-label', play.title);
    mute.replaceChildren(icon(audio.muted ? 'volume-x' : 'volume-2'));
    mute.setAttribute('aria-pressed', String(audio.muted));
    loop.setAttribute('aria-pressed', String(player.loops));
    trouble.textContent = player.trouble && t('It can’t be played: {why}', { why: player.trouble });
  };
  player.on(draw);
  draw();
  const selected = () => [...ctx.select.ids].flatMap((id) => space.scene.get(id) ?? [])[0];
  const group = t('Recording');
  const hotkey = String(node.get('hotkey') ?? 'space');
  ctx.command({ name: 'audio:play', group, title: t('Play or pause'), keys: [...new Set([hotkey, 'ctrl+p'])], run: () => player.toggle() });
  ctx.command({ name: 'audio:region', group, title: t('Play the selected region'), keys: ['p'], when: () => Boolean(selected()), run: () => player.play(selected() ?? null) });
  ctx.command({ name: 'audio:loop', group, title: t('Repeat the selected region'), keys: ['shift+p'], when: () => Boolean(selected()), run: () => {
    player.loops = true;
    player.play(selected() ?? null);
    draw();
  } });
  for (const [name, by, keys, title] of /** @type {[string, number, string[], string][]} */ ([
    ['back', -1, ['ctrl+b'], t('Back one second')], ['step-back', -0.1, ['alt+a'], t('Back a tenth of a second')], ['step', 0.1, ['alt+d'], t('On a tenth of a second')],
  ])) ctx.command({ name: `audio:${name}`, group, title, keys, run: () => space.seek(space.at + by) });
  return h('div.line-bar', null, play, time, loop,
    node.is('speed', true) ? speed : null,
    node.is('volume', true) ? [mute, volume] : null,
    trouble);
}
