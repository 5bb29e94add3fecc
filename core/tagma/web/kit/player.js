/** Plays a recording or a film: the browser's own player, its time told once a frame, in step with other objects, and the bar of buttons below. */
import { h, icon } from '../dom.js';
import { t } from '../i18n.js';
import { clock } from './line.js';
import { inStep } from './sync.js';

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];
const DRIFT = 0.12; // seconds two players may be apart before one is moved, which is heard

export class Player {
  /** @type {Set<() => void>} */
  #listeners = new Set();
  #frame = 0;
  /** @type {{from: number, to: number, id?: string} | null} a stretch that is played, and of which region; and whether again and again */
  stretch = null;
  loops = false;

  /**
   * @param {import('../editor/context.js').Context} ctx @param {HTMLMediaElement} media with its `src`
   * @param {{seconds: number, volume?: number, speed?: number, muted?: boolean}} given  `seconds` it lasts
   */
  constructor(ctx, media, { seconds, volume = 1, speed = 1, muted = false }) {
    this.seconds = seconds;
    this.media = media;
    media.volume = Math.min(Math.max(volume, 0), 1);
    media.muted = muted;
    media.preservesPitch = true;
    media.playbackRate = media.defaultPlaybackRate = Math.min(Math.max(speed, 0.0625), 16); // what browsers can
    for (const name of ['play', 'pause', 'ended', 'ratechange', 'volumechange', 'error', 'seeked']) media.addEventListener(name, () => this.#changed());
    this.step = inStep(ctx, {
      get sounds() {
        return !media.muted && !media.error;
      },
      seek: (at) => this.#go(at),
      tick: (at) => {
        if (this.playing && Math.abs(this.at - at) > DRIFT) this.#go(at);
      },
      play: (playing, at, until) => {
        this.stretch = until === undefined ? null : { from: at, to: until };
        if (Math.abs(this.at - at) > DRIFT / 4) this.#go(at);
        if (playing) this.#start();
        else this.media.pause();
      },
      speed: (rate) => {
        media.playbackRate = rate;
      },
    });
    ctx.cleanup(() => {
      cancelAnimationFrame(this.#frame);
      media.pause();
      media.removeAttribute('src');
      media.load(); // lets go of the connection
    });
  }

  get at() {
    return this.media.currentTime;
  }

  get playing() {
    return !this.media.paused && !this.media.ended;
  }

  get speed() {
    return this.media.playbackRate;
  }

  /** Why it can't be played, or nothing. */
  get trouble() {
    return this.media.error?.message ?? '';
  }

  /** Told once a frame while it plays, and at every other change. @param {() => void} listener */
  on(listener) {
    this.#listeners.add(listener);
  }

  #changed() {
    cancelAnimationFrame(this.#frame);
    if (this.playing) this.#frame = requestAnimationFrame(() => this.#tick());
    this.step?.tick(this.at, this.playing);
    for (const listener of this.#listeners) listener();
  }

  #tick() {
    if (this.stretch && this.at >= this.stretch.to) {
      if (this.loops) this.#go(this.stretch.from);
      else {
        this.media.pause();
        this.#go(this.stretch.to);
      }
    }
    this.#changed();
  }

  /** @param {number} at */
  #go(at) {
    this.media.currentTime = Math.min(Math.max(at, 0), this.seconds);
  }

  #start() {
    if (this.at < this.seconds || !this.media.ended) this.media.play().catch(() => this.#changed()); // the bar says why
  }

  // what the person does ---------------------------------------------------------------------------------------------

  /** @param {number} at */
  seek(at) {
    this.stretch = null;
    this.#go(at);
    this.step?.tell({ at });
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play(null);
  }

  pause() {
    this.media.pause();
    this.step?.tell({ at: this.at, playing: false });
  }

  /** @param {{from: number, to: number, id?: string} | null} stretch only this part */
  play(stretch) {
    this.stretch = stretch;
    if (stretch) this.#go(stretch.from);
    this.#start();
    this.step?.tell({ at: this.at, playing: true, until: stretch && !this.loops ? stretch.to : undefined });
  }

  /** @param {number} rate times the usual speed; the pitch stays */
  setSpeed(rate) {
    this.media.playbackRate = rate;
    this.step?.tell({ speed: rate });
  }
}

/**
 * The bar of buttons below a line, and the keys that go with it.
 * @param {import('../editor/context.js').Context} ctx @param {Player} player
 * @param {{name: string, group: string, selected: () => {from: number, to: number} | undefined, seek: (at: number) => void, keys: string[], speed?: boolean, volume?: boolean}} given
 *   `name` begins the names of the commands, `group` is their heading; `selected` is the region in question; `keys` play and pause
 * @returns {HTMLElement}
 */
export function playerBar(ctx, player, { name, group, selected, seek, keys, speed = true, volume = true }) {
  const { media } = player;
  const button = (/** @type {string} */ title, /** @type {string} */ sign, /** @type {() => void} */ run) => h('button.tagma-icon-button', { type: 'button', title, 'aria-label': title, onclick: run }, icon(sign));
  const play = button('', 'play', () => player.toggle());
  const time = h('output.num', { 'aria-label': t('Time') });
  const loop = button(t('Repeat the selected region'), 'repeat', () => {
    player.loops = !player.loops;
    draw();
  });
  const speeds = h('select.input', { 'aria-label': t('Speed'), onchange: () => player.setSpeed(Number(speeds.value)) });
  const loudness = h('input', { type: 'range', min: 0, max: 1, step: 0.05, value: media.volume, 'aria-label': t('Volume'), oninput: () => {
    media.volume = Number(loudness.value);
    media.muted = false;
  } });
  const mute = button(t('Mute'), 'volume-2', () => (media.muted = !media.muted));
  const trouble = h('span.soft', { role: 'status' });
  let shown = '';
  const draw = () => {
    const now = `${player.playing} ${media.muted} ${player.loops} ${player.speed} ${player.trouble}`;
    time.textContent = `${clock(player.at, 1)} / ${clock(player.seconds, 1)}`;
    if (now === shown) return;
    shown = now;
    play.replaceChildren(icon(player.playing ? 'pause' : 'play'));
    play.title = player.playing ? t('Pause') : t('Play');
    play.setAttribute('aria-label', play.title);
    mute.replaceChildren(icon(media.muted ? 'volume-x' : 'volume-2'));
    mute.setAttribute('aria-pressed', String(media.muted));
    loop.setAttribute('aria-pressed', String(player.loops));
    speeds.replaceChildren(...[...new Set([...SPEEDS, player.speed])].sort((a, b) => a - b).map((one) => h('option', { value: String(one), selected: one === player.speed }, `${one}×`)));
    trouble.textContent = player.trouble && t('It can’t be played: {why}', { why: player.trouble });
  };
  player.on(draw);
  draw();
  ctx.command({ name: `${name}:play`, group, title: t('Play or pause'), keys, typing: true, run: () => player.toggle() });
  ctx.command({ name: `${name}:region`, group, title: t('Play the selected region'), keys: ['p', 'alt+p'], typing: true, when: () => Boolean(selected()), run: () => player.play(selected() ?? null) });
  ctx.command({ name: `${name}:loop`, group, title: t('Repeat the selected region'), keys: ['shift+p'], when: () => Boolean(selected()), run: () => {
    player.loops = true;
    player.play(selected() ?? null);
    draw();
  } });
  ctx.command({ name: `${name}:back`, group, title: t('Back one second'), keys: ['ctrl+b'], typing: true, run: () => seek(player.at - 1) });
  return h('div.line-bar', null, play, time, loop, speed ? speeds : null, volume ? [mute, loudness] : null, trouble);
}
