/** The recording of a dialogue: its own, or that of other objects in step. Says which line is spoken. */
import { h, icon } from 'tagma';
import { Player, playerBar } from 'tagma/kit/player.js';
import { inStep } from 'tagma/kit/sync.js';

/** @typedef {import('./dialogue.js').Line} Line */

export class DialogueSound {
  /** @type {HTMLElement | null} the buttons of its own recording */
  bar = null;
  /** @type {Player | null} */
  #player = null;
  /** @type {import('tagma/kit/sync.js').Step | null} */
  #step = null;
  /** @type {Line | undefined} that is spoken now */
  #now;
  /** @type {((line: Line | undefined) => void)} */
  #listener = () => {};

  /** @param {import('tagma').Context} ctx @param {import('./dialogue.js').Dialogue} dialogue */
  constructor(ctx, dialogue) {
    this.ctx = ctx;
    this.dialogue = dialogue;
    const address = ctx.value('audioUrl');
    if (typeof address === 'string' && address && !address.startsWith('$')) this.#player = this.#open(ctx.asset(address));
    else this.#step = inStep(ctx, { seek: (at) => this.#at(at) });
  }

  /** @param {string} src */
  #open(src) {
    const media = h('audio', { src, preload: 'metadata' });
    const player = new Player(this.ctx, media, { seconds: Infinity });
    media.addEventListener('loadedmetadata', () => {
      player.seconds = media.duration;
    });
    player.on(() => this.#at(player.at));
    return player;
  }

  /** Whether there is anything to be heard. */
  get there() {
    return Boolean(this.#player ?? this.#step);
  }

  /** @param {number} at seconds */
  #at(at) {
    const line = this.dialogue.spokenAt(at);
    if (line === this.#now) return;
    this.#now = line;
    this.#listener(line);
  }

  /** Be told of each line as its turn comes. @param {(line: Line | undefined) => void} listener */
  listen(listener) {
    this.#listener = listener;
  }

  /** Plays one line. @param {Line} line */
  button(line) {
    const title = this.ctx.t('Play the line');
    return h('button.tagma-icon-button', { type: 'button', title, 'aria-label': title, onclick: () => this.#play(line) }, icon('play'));
  }

  /** @param {Line} line */
  #stretch({ from, to }) {
    return from === null ? undefined : { from, to: to ?? Infinity };
  }

  /** @param {Line} line */
  #play(line) {
    const stretch = this.#stretch(line);
    if (!stretch) return;
    if (this.#player) this.#player.play(stretch);
    else this.#step?.tell({ at: stretch.from, playing: true, until: Number.isFinite(stretch.to) ? stretch.to : undefined });
  }

  /** Go where a line begins. @param {Line} line */
  seek(line) {
    if (line.from === null || !this.there) return;
    if (this.#player) this.#player.seek(line.from);
    else this.#step?.tell({ at: line.from });
    this.#at(line.from);
  }

  /** @param {string} group @param {() => Line | null} chosen the line in question */
  commands(group, chosen) {
    const { ctx } = this;
    const { t } = ctx;
    const selected = () => {
      const line = chosen();
      return line ? this.#stretch(line) : undefined;
    };
    if (this.#player) this.bar = playerBar(ctx, this.#player, { name: 'dialogue', group, selected, seek: (at) => this.#player?.seek(at), keys: ['ctrl+p'] });
    else if (this.#step) ctx.command({ name: 'dialogue:region', group, title: t('Play the line'), keys: ['alt+p'], when: () => Boolean(selected()), run: () => this.#play(/** @type {Line} */ (chosen())) });
  }
}
