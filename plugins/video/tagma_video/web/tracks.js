/** What can be done with the tracks that are selected, at the frame on screen. */
import { newId, t } from 'tagma';
import { addKey, beginAt, copyOnwards, endAt, hideAfter, inOrder, keyBeside, merge, removeKey, showFrom, spans, split } from './track.js';

/** @typedef {import('tagma').Region} Region @typedef {import('./track.js').Keyframe} Keyframe @typedef {import('./track.js').Moment} Moment */

export class Tracks {
  /** @param {import('tagma').Context} ctx @param {import('./film.js').Film} film */
  constructor(ctx, film) {
    this.session = ctx.session;
    this.object = ctx.node.name;
    this.film = film;
  }

  /** Whether the set-up has a control that makes tracks here. */
  get offered() {
    return this.session.scope.controls.some((node) => node.toName.includes(this.object) && Boolean(this.session.definition(node)?.shape?.at));
  }

  /** Selected tracks, those that can't be changed too. @returns {Region[]} */
  get chosen() {
    return [...this.session.selection.ids].flatMap((id) => this.session.store.get(id) ?? []).filter((region) => this.#is(region));
  }

  /** @returns {Region[]} */
  get selected() {
    return this.session.editable([...this.session.selection.ids]).filter((region) => this.#is(region));
  }

  /** @param {Region} region */
  #is(region) {
    return this.session.describe(region).object === this.object && Array.isArray(this.sequence(region));
  }

  /** @param {Region} region @returns {Keyframe[]} */
  sequence(region) {
    return this.session.geometry(region).value?.sequence;
  }

  /** @returns {Moment} */
  get moment() {
    return this.film.frames.moment(this.film.frame);
  }

  /** Whether the selected track has a key frame here, and whether it is there from here on. */
  get here() {
    const [region] = this.chosen;
    if (!region) return null;
    const { frame } = this.film;
    const keys = inOrder(this.sequence(region));
    return { key: keys.some((key) => key.frame === frame), shown: spans(keys, this.film.frames.count).some(({ from, to }) => from <= frame && frame < to) };
  }

  /** @param {string} label @param {(sequence: Keyframe[], moment: Moment) => Keyframe[] | null} work null leaves a track as it is @param {any} [mergeStep] */
  change(label, work, mergeStep) {
    const { moment, session } = this;
    session.store.tx(label, () => {
      for (const region of this.selected) {
        const sequence = work(this.sequence(region), moment);
        if (sequence) this.#keep(region, sequence, label);
      }
    }, { merge: mergeStep });
  }

  /** @param {Region} region @param {Keyframe[]} sequence @param {string} label */
  #keep(region, sequence, label) {
    const { frames, duration } = this.moment;
    this.session.reshape(region, { framesCount: frames, duration, sequence }, { label });
  }

  /** Make the frame a key frame, or one no more. */
  toggleKey() {
    const { frame } = this.film;
    if (!this.here?.key) return this.change(t('Add a key frame'), addKey);
    if (this.selected.some((region) => !removeKey(this.sequence(region), frame))) this.session.say(t('A track keeps one key frame. Delete the track to take it away.'));
    this.change(t('Remove a key frame'), (sequence) => removeKey(sequence, frame));
  }

  /** Not there after this frame until the next key frame, or there again. */
  toggleShown() {
    if (this.here?.shown) this.change(t('Hide from here on'), hideAfter);
    else this.change(t('Show from here on'), showFrom);
  }

  begin() {
    this.change(t('Begin the track here'), beginAt);
  }

  end() {
    this.change(t('End the track here'), endAt);
  }

  /** The box stays as it is for some frames. @param {number} count */
  copyOnwards(count) {
    const { frames, frame } = this.film;
    const until = frames.moment(frames.within(frame + count));
    this.change(t('Copy the box onwards'), (sequence, moment) => (until.frame > frame ? copyOnwards(sequence, moment, until) : null));
  }

  split() {
    const { session, film, moment } = this;
    const before = film.frames.moment(Math.max(film.frame - 1, 1));
    /** @type {string[]} */
    const made = [];
    session.store.tx(t('Split the track'), (tx) => {
      for (const region of this.selected) {
        const parts = split(this.sequence(region), moment, before);
        if (!parts) continue;
        const id = newId();
        tx.put({ id, results: region.results.map((result) => ({ ...result, id, value: { ...result.value, sequence: parts[1] } })) });
        this.#keep(region, parts[0], t('Split the track'));
        made.push(id);
      }
    });
    if (made.length) session.selection.set(made);
    else session.say(t('A track is split in a frame after its first in which it is there.'));
  }

  /** One track of all that are selected; the first keeps its label and answers. */
  merge() {
    const { session } = this;
    const [first, ...others] = this.selected.toSorted((a, b) => (inOrder(this.sequence(a))[0]?.frame ?? 0) - (inOrder(this.sequence(b))[0]?.frame ?? 0));
    if (!others.length) return session.say(t('Select two tracks or more: hold Ctrl while you press them.'));
    session.store.tx(t('Merge tracks'), () => {
      this.#keep(first, others.reduce((/** @type {Keyframe[]} */ sequence, other) => merge(sequence, this.sequence(other)), this.sequence(first)), t('Merge tracks'));
      session.remove(others.map((region) => region.id));
    });
    session.selection.set([first.id]);
  }

  /** To the key frame before or after, of the selected tracks or else of all. @param {number} way */
  goToKey(way) {
    const of = this.chosen.length ? this.chosen : this.session.regionsOn(this.object).filter((region) => this.#is(region));
    const found = of.flatMap((region) => keyBeside(this.sequence(region), this.film.stands, way) ?? []);
    if (found.length) this.film.go(way > 0 ? Math.min(...found) : Math.max(...found));
  }

  /**
   * Key frames somebody else found, as a tracker; they take the place of those in the frames it looked at.
   * @param {string} id @param {number} from the frame it began in @param {{sequence: Keyframe[], frame: number}} found `frame` is the last it looked at
   * @param {any} step what comes with the same is one step to undo @returns {boolean} whether the track is still there to take them
   */
  take(id, from, found, step) {
    const [region] = this.session.editable([id]);
    if (!region) return false;
    const { frames } = this.film;
    const keys = addKey(this.sequence(region), frames.moment(from));
    const news = found.sequence.map((key) => ({ ...key, time: frames.moment(key.frame).time }));
    const sequence = [...keys.filter((key) => key.frame < from), { .../** @type {Keyframe} */ (keys.find((key) => key.frame === from)), enabled: true }, ...news, ...keys.filter((key) => key.frame > found.frame)];
    this.session.store.tx(t('Follow the box'), () => this.#keep(region, sequence, t('Follow the box')), { merge: step });
    return true;
  }
}
