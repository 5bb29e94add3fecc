/**
 * Asking a model while somebody draws. What a smart control draws is a prompt: it stands on the desk but is no part of the
 * work, goes to the model, and gives way to what the model suggests. Suggestions stand there the same way until they are
 * accepted. One question is under way at a time; the next, a cancel or leaving the task makes its answer worth nothing.
 *
 * @typedef {import('../store.js').Region} Region
 * @typedef {import('../store.js').Result} Result
 * @typedef {{id: number, title: string}} Model
 * @typedef {(model: number, context: {result: Result[]}, signal: AbortSignal) => Promise<{data?: {result?: Result[]}, errors?: string[]}>} Ask
 */
import { number, t, tn } from '../i18n.js';
import { newId, regionsOf, tell } from '../store.js';

/** What the person chose, kept from task to task: whether models are asked, whether answers are taken as they come, which model. */
export class SmartChoice {
  /** @param {Model[]} models of the project that answer while one draws @param {Ask | null} ask null where nothing is asked, as in a preview */
  constructor(models = [], ask = null) {
    this.models = models;
    this.ask = ask;
    this.on = false;
    this.takes = false;
    this.model = models[0]?.id ?? 0;
  }
}

export class Smart {
  /** @type {Set<() => void>} */
  #listeners = new Set();
  /** @type {AbortController | null} of the question that is under way */
  #question = null;
  /** What went wrong with the last question, in words. */
  trouble = '';

  /** @param {import('./session.js').Session} session @param {SmartChoice} choice */
  constructor(session, choice) {
    this.session = session;
    this.choice = choice;
  }

  /** @param {() => void} listener told when a question begins or ends, or the person chose otherwise @returns {() => void} */
  on(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Whether what a control draws can be a prompt. @param {import('../tree.js').ConfigNode} node */
  isSmart(node) {
    return Boolean(this.session.definition(node)?.smart) && (node.is('smart', true) || node.is('smartOnly'));
  }

  /** Whether there is anything to switch on here. */
  get offered() {
    return !this.session.readonly && this.choice.models.length > 0 && this.session.scope.controls.some((node) => this.isSmart(node));
  }

  get thinking() {
    return this.#question !== null;
  }

  get model() {
    return this.choice.models.find((one) => one.id === this.choice.model) ?? this.choice.models[0];
  }

  /** @param {Partial<Pick<SmartChoice, 'on' | 'takes' | 'model'>>} chosen */
  choose(chosen) {
    Object.assign(this.choice, chosen);
    if (!this.choice.on) this.cancel();
    tell(this.#listeners);
  }

  /** @param {'prompt' | 'suggestion'} kind @returns {Region[]} */
  proposed(kind) {
    return this.session.store.all().filter((region) => region.proposed === kind);
  }

  /** The suggestions that are meant: those selected, else all. */
  meant() {
    const all = this.proposed('suggestion');
    const chosen = all.filter((region) => this.session.selection.has(region.id));
    return (chosen.length ? chosen : all).map((region) => region.id);
  }

  /**
   * A region was drawn. True when it is a prompt, and was taken; else it is a region like any other.
   * @param {{id: string, results: Result[]}} drawn
   */
  takes(drawn) {
    const nodes = drawn.results.flatMap((result) => this.session.scope.node(result.from_name) ?? []);
    const only = nodes.some((node) => this.isSmart(node) && node.is('smartOnly'));
    if (!only && !(this.choice.on && nodes.some((node) => this.isSmart(node)))) return false;
    if (!this.model || !this.choice.ask) {
      if (!only) return false;
      this.session.say(t('This tool only asks a model, and no model of this project answers while one draws.'));
      return true;
    }
    this.#begin(drawn);
    return true;
  }

  /** @param {{id: string, results: Result[]}} drawn */
  #begin(drawn) {
    this.cancel();
    this.#put([{ ...drawn, proposed: 'prompt' }]);
    this.session.selection.set([drawn.id]);
    this.#ask(drawn);
  }

  /** The same once more, after it went wrong. */
  again() {
    const [prompt] = this.proposed('prompt');
    if (prompt) this.#ask(prompt);
  }

  /** @param {{readonly id: string, readonly results: readonly Result[]}} prompt */
  async #ask({ id, results }) {
    const question = new AbortController();
    this.#question = question;
    this.trouble = '';
    tell(this.#listeners);
    const result = results.map((one) => ({ ...one, is_positive: true }));
    let trouble = '';
    /** @type {Result[]} */
    let given = [];
    try {
      const answer = await /** @type {Ask} */ (this.choice.ask)(/** @type {Model} */ (this.model).id, { result }, question.signal);
      if (question !== this.#question) return;
      given = Array.isArray(answer?.data?.result) ? answer.data.result : [];
      trouble = answer?.errors?.join(' ') || (given.length ? '' : t('The model suggests nothing here.'));
    } catch (error) {
      if (question !== this.#question) return;
      trouble = this.session.wordsOf(error);
    }
    this.#question = null;
    this.trouble = trouble || this.#show(id, given);
    tell(this.#listeners);
  }

  /** Suggestions take the prompt's place. @param {string} prompt @param {Result[]} given @returns {string} words when some of them can't stand there */
  #show(prompt, given) {
    const { store, selection } = this.session;
    const asked = store.get(prompt);
    const { id: _id, from_name: _from, type: _type, value: _value, meta: _meta, origin: _origin, ...place } = asked?.results[0] ?? {};
    const ids = new Map();
    const renamed = (/** @type {any} */ id) => {
      if (!id) return newId();
      if (!ids.has(id)) ids.set(id, id !== prompt && store.has(String(id)) ? newId() : String(id));
      return ids.get(id);
    };
    const regions = regionsOf(given.filter((one) => one && typeof one === 'object').map(({ is_positive: _sign, ...one }) => ({ ...(one.to_name === place.to_name ? place : {}), ...one, id: renamed(one.id), origin: 'prediction' })))
      .map((region) => /** @type {Region} */ ({ ...region, proposed: 'suggestion' }));
    const fit = regions.filter((region) => this.#stands(region));
    const left = given.length - fit.reduce((sum, region) => sum + region.results.length, 0);
    const words = left > 0 ? tn('{n} of {all} suggestions fits no control of this project.', '{n} of {all} suggestions fit no control of this project.', left, { all: number(given.length) }) : '';
    if (!fit.length) return words; // what was drawn stays, to ask again or to keep
    this.#drop([prompt, ...this.proposed('suggestion').filter((region) => ids.has(region.id)).map((region) => region.id)]);
    this.#put(fit);
    selection.set(fit.map((region) => region.id));
    if (this.choice.takes) this.accept(fit.map((region) => region.id));
    return words;
  }

  /** Whether it could be seen: by a control of this set-up, and at a place. @param {Region} region */
  #stands(region) {
    const { session } = this;
    if (!region.results.every((result) => result.value && typeof result.value === 'object')) return false;
    const said = session.describe(region);
    const bounds = session.shapeOf(region)?.bounds(session.geometry(region).value, session.sizeOf(region));
    return said.isRegion && !said.why && (!bounds || bounds.every(Number.isFinite));
  }

  /** @param {Region[]} regions */
  #put(regions) {
    this.session.store.tx('', (tx) => regions.forEach((region) => tx.put(region)), { origin: 'load' });
  }

  /** @param {string[]} ids */
  #drop(ids) {
    this.session.store.tx('', (tx) => ids.forEach((id) => tx.remove(id)), { origin: 'load' });
  }

  /** Proposals become regions, in one step that can be undone. @param {string[]} ids */
  accept(ids) {
    const { store, selection } = this.session;
    const regions = ids.flatMap((id) => store.get(id) ?? []).filter((region) => region.proposed);
    if (!regions.length || this.session.readonly) return;
    const before = [...selection.ids];
    this.#drop(regions.map((region) => region.id));
    store.tx(t('Accept suggestion'), (tx) => regions.forEach(({ id, results }) => tx.put({ id, results })));
    selection.set(before.filter((id) => store.has(id)));
    this.trouble = '';
    tell(this.#listeners);
  }

  /** @param {string[]} ids */
  reject(ids) {
    this.#drop(ids.filter((id) => this.session.store.get(id)?.proposed === 'suggestion'));
    tell(this.#listeners);
  }

  /** Let go of the question that is under way, and of its prompt. */
  cancel() {
    this.#question?.abort();
    this.#question = null;
    this.trouble = '';
    this.#drop(this.proposed('prompt').map((region) => region.id));
    tell(this.#listeners);
  }

  /** What was drawn to ask is kept as if it had been drawn without. */
  keep() {
    const prompts = this.proposed('prompt').map((region) => region.id);
    this.#question?.abort();
    this.#question = null;
    this.accept(prompts);
  }

  /** Whether a prompt may stay as a region of its own. */
  get keepable() {
    return this.proposed('prompt').some((region) => !region.results.some((result) => this.session.scope.node(result.from_name)?.is('smartOnly')));
  }
}
