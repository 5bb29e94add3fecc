/**
 * A film that can be stopped at any frame and shows that frame: the browser is sent to the middle of the frame's time, never to
 * its edge, where rounding decides. While it plays, each frame the browser puts on screen says which it is.
 */
import { h } from 'tagma';
import { inStep } from 'tagma/kit/sync.js';

const DRIFT = 0.12; // seconds two players may be apart before one is moved

export class Film {
  /** The frame on screen, from 1. */
  frame = 1;
  /** @type {{from: number, to: number} | null} frames that are played, and whether again and again */
  stretch = null;
  loops = false;
  /** @type {string[]} what of it is less than exact, for the person */
  doubts = [];
  #seeking = 0;
  #next = 0;
  #tick = 0;
  /** @type {import('tagma/kit/sync.js').Step | null} */
  #step = null;
  /** @type {Set<() => void>} */
  #listeners = new Set();

  /** @param {import('tagma').Context} ctx @param {string} address @param {number} speed */
  constructor(ctx, address, speed) {
    const { node } = ctx;
    /** @type {import('./frames.js').Frames} */
    this.frames = /** @type {any} */ (null);
    this.video = h('video.film', { src: address, preload: 'auto', muted: node.is('muted'), playsInline: true, disablePictureInPicture: true, disableRemotePlayback: true, tabIndex: -1 });
    this.video.playbackRate = this.video.defaultPlaybackRate = speed;
    const on = (/** @type {string} */ name, /** @type {() => void} */ work) => this.video.addEventListener(name, work);
    for (const name of ['play', 'pause', 'ratechange', 'volumechange', 'error', 'waiting', 'playing']) on(name, () => this.#changed());
    on('pause', () => !this.#seeking && this.#go(this.frame)); // stands in the middle of the frame it stopped at
    on('seeked', () => this.#arrived());
    if (this.video.requestVideoFrameCallback) this.#watch();
    ctx.cleanup(() => {
      cancelAnimationFrame(this.#tick);
      this.#listeners.clear();
      this.video.pause();
      this.video.removeAttribute('src');
      this.video.load(); // lets go of the connection
    });
  }

  /** Play in step with the objects that `sync` names. @param {import('tagma').Context} ctx */
  join(ctx) {
    const { video, frames } = this;
    const move = (/** @type {number} */ at, /** @type {number} */ apart) => {
      if (Math.abs(video.currentTime - at) > apart) video.currentTime = at;
    };
    this.#step = inStep(ctx, {
      get sounds() {
        return !video.muted && !video.error;
      },
      seek: (at) => {
        this.stretch = null;
        this.#go(frames.at(at));
      },
      tick: (at) => this.playing && move(at, DRIFT),
      play: (playing, at, until) => {
        this.stretch = until === undefined ? null : { from: frames.at(at), to: frames.at(until) };
        move(at, DRIFT / 4);
        if (playing) this.#start();
        else video.pause();
      },
      speed: (rate) => {
        video.playbackRate = rate;
      },
    });
  }

  /** Until it can be shown; says no with the browser's words. @returns {Promise<void>} */
  opened() {
    const { video } = this;
    return new Promise((resolve, reject) => {
      const loaded = () => (video.videoWidth ? resolve() : reject(new Error('no picture'))); // of some, browsers play the sound alone
      if (video.readyState >= 2) return loaded();
      video.addEventListener('loadeddata', loaded, { once: true });
      video.addEventListener('error', () => reject(new Error(video.error?.message || 'unknown')), { once: true });
    });
  }

  /** Whether it can be shown at any frame: not if its server refuses Range, or the file has no list of places. */
  get seeks() {
    const { seekable, duration } = this.video;
    return seekable.length > 0 && seekable.end(seekable.length - 1) > duration - 1;
  }

  get playing() {
    return !this.video.paused && !this.video.ended;
  }

  /** Where the person is going, or is. */
  get stands() {
    return this.#next || this.#seeking || this.frame;
  }

  /** Whether what is on screen is where the person is. */
  get settled() {
    return !this.#seeking && !this.#next;
  }

  /** Why it can't be played, or nothing. */
  get trouble() {
    return this.video.error?.message ?? '';
  }

  /** @param {() => void} listener told when another frame is on screen, or it plays otherwise than it did */
  on(listener) {
    this.#listeners.add(listener);
  }

  #changed() {
    cancelAnimationFrame(this.#tick);
    if (this.playing && !this.video.requestVideoFrameCallback) this.#tick = requestAnimationFrame(() => this.#shows(this.video.currentTime));
    this.#step?.tick(this.video.currentTime, this.playing);
    for (const listener of this.#listeners) listener();
  }

  #watch() {
    this.video.requestVideoFrameCallback((/** @type {number} */ _now, /** @type {{mediaTime: number}} */ { mediaTime }) => {
      if (this.frames && (this.playing || this.settled)) this.#shows(mediaTime);
      this.#watch();
    });
  }

  /** The browser shows the frame of a time. @param {number} seconds */
  #shows(seconds) {
    const frame = this.frames.at(seconds);
    const { stretch } = this;
    if (this.playing && stretch && frame >= stretch.to) {
      if (this.loops) return void (this.video.currentTime = this.frames.middle(stretch.from));
      this.video.pause();
      this.stretch = null;
      return this.#go(stretch.to);
    }
    if (frame === this.frame) return;
    this.frame = frame;
    this.#changed();
  }

  /** Stop at a frame. @param {number} frame */
  go(frame) {
    this.stretch = null;
    this.#go(frame);
    this.#step?.tell({ at: this.frames.begins(this.stands) });
  }

  /** @param {number} frame */
  #go(frame) {
    if (this.playing) this.video.pause();
    this.#next = this.frames.within(frame);
    if (!this.#seeking) this.#seek();
  }

  #seek() {
    this.#seeking = this.#next;
    this.#next = 0;
    this.video.currentTime = this.frames.middle(this.#seeking);
  }

  #arrived() {
    if (!this.#seeking) return;
    this.frame = this.#seeking;
    this.#seeking = 0;
    if (this.#next && this.#next !== this.frame) this.#seek();
    else this.#next = 0;
    this.#changed();
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play(null);
  }

  pause() {
    this.video.pause();
    this.#step?.tell({ at: this.video.currentTime, playing: false });
  }

  /** @param {number} rate times the usual speed */
  setSpeed(rate) {
    this.video.playbackRate = rate;
    this.#step?.tell({ speed: rate });
  }

  #start() {
    this.video.play().catch(() => this.#changed()); // the bar says why
  }

  /** @param {{from: number, to: number} | null} stretch only these frames */
  play(stretch) {
    this.stretch = stretch;
    if (stretch) this.video.currentTime = this.frames.middle(stretch.from);
    this.#start();
    this.#step?.tell({ at: this.video.currentTime, playing: true, until: stretch && !this.loops ? this.frames.ends(stretch.to) : undefined });
  }
}
