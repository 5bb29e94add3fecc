/** Following a box: the server looks for it in the frames that come, and its key frames appear as it goes. */
import { t } from 'tagma';
import { TaskJob } from 'tagma/kit/task-job.js';
import { at } from './track.js';

export class Follow {
  /** @type {TaskJob | null} */
  #job = null;
  /** @type {Set<() => void>} */
  #listeners = new Set();
  /** What is going on, for the person. */
  words = '';

  /** @param {import('tagma').Context} ctx @param {import('./film.js').Film} film @param {import('./tracks.js').Tracks} tracks @param {string} file as the server knows it */
  constructor(ctx, film, tracks, file) {
    this.ctx = ctx;
    this.film = film;
    this.tracks = tracks;
    this.file = file;
  }

  get busy() {
    return this.#job !== null;
  }

  /** Whether one box is selected that is there in this frame, and frames come after it. */
  get able() {
    const { selected } = this.tracks;
    const { frame, frames } = this.film;
    return frames.exact && selected.length === 1 && frame < frames.count && at(this.tracks.sequence(selected[0]), frame) !== null;
  }

  /** @param {() => void} listener told when it begins, goes on or ends */
  on(listener) {
    this.#listeners.add(listener);
  }

  /** @param {string} words */
  #tell(words) {
    this.words = words;
    for (const listener of this.#listeners) listener();
  }

  /** Follow the selected box from this frame on, or stop. */
  async toggle() {
    if (this.#job) {
      this.#job.stop();
      this.#job = null;
      return this.#tell('');
    }
    const { film, tracks } = this;
    const [region] = tracks.selected;
    const { frame, frames } = film;
    const box = at(tracks.sequence(region), frame);
    if (!box) return;
    const job = (this.#job = new TaskJob(this.ctx, 'follow_box', this.file));
    const step = Symbol('follow');
    let lost = '';
    this.#tell(t('Looking for the box'));
    try {
      await job.run({ frame, last: frames.count, rate: frames.rate, ...box }, ({ result }) => {
        if (!result?.sequence || this.#job !== job) return;
        if (!tracks.take(region.id, frame, result, step)) return this.toggle(); // the box is gone
        lost = result.lost;
        this.#tell(t('Followed up to frame {n}', { n: result.frame }));
      });
    } catch (error) {
      if (this.#job === job) this.ctx.session.say(this.ctx.session.wordsOf(error));
    }
    if (this.#job !== job) return;
    this.#job = null;
    if (lost) this.ctx.session.say(t('The box was lost: {why}. Put it right where it went wrong and follow it from there.', { why: whyOf(t, lost) }));
    this.#tell('');
  }
}

/** Why the server let a box go, in the person's words. @param {(words: string) => string} t @param {string} lost */
function whyOf(t, lost) {
  switch (lost) {
    case 'too little of it is found again': return t('too little of it is found again');
    case 'it leaves the picture': return t('it leaves the picture');
    case 'it looks otherwise, or something stands before it': return t('it looks otherwise, or something stands before it');
    default: return lost;
  }
}
