/** What a tag's `mount(host, ctx)` is handed: its node, the task, and the desk it works on. */
import { url } from '../api.js';
import { h } from '../dom.js';
import { t } from '../i18n.js';
import { mountTree } from './mount.js';

export class Context {
  /** @param {import('../tree.js').ConfigNode} node @param {import('./session.js').Session} session */
  constructor(node, session) {
    this.node = node;
    this.session = session;
    this.task = session.task;
    this.store = session.store;
    this.select = session.selection;
    this.keys = session.keys;
    this.tools = session.tools;
    this.scope = session.scope;
    this.t = t;
    /** @type {(() => void)[]} */
    this.#cleanups = [];
  }

  /** @type {(() => void)[]} */
  #cleanups;

  /** An attribute with `$references` taken from the task. @param {string} name @param {any} [fallback] */
  value(name, fallback) {
    return this.session.resolved(this.node, name) ?? fallback;
  }

  get readonly() {
    return this.session.readonly;
  }

  get options() {
    return this.session.options(this.node);
  }

  /** What this control says now: the task's, or the selected region's with perRegion. */
  get answer() {
    return this.session.answers.resultOf(this.node)?.value?.[this.session.valueKey(this.node)];
  }

  /** Say something, or with undefined take it back. @param {any} value @param {{merge?: any, meta?: any}} [options] steps with one `merge` are undone together */
  setAnswer(value, options) {
    this.session.answers.set(this.node, value, options);
  }

  /** What the control says before the person has said anything; no step that could be undone. @param {any} value */
  preset(value) {
    if (this.session.fresh && !this.readonly && !this.node.is('perRegion') && this.answer === undefined) this.session.answers.set(this.node, value, { origin: 'load' });
  }

  /** Call `listener` whenever this tag may look different. @param {() => void} listener */
  watch(listener) {
    this.cleanup(this.store.on(() => listener()));
    this.cleanup(this.select.on(() => listener()));
  }

  /** Something the person can do, by a key they can change. @param {Omit<import('../keys.js').Command, 'scope'> & {scope?: string}} command */
  command(command) {
    this.cleanup(this.keys.add({ scope: 'tag', ...command }));
  }

  /** The key of a command, as an element that changes with it. @param {string} name @returns {HTMLElement} */
  keyOf(name) {
    const element = h('kbd');
    const update = () => {
      element.textContent = this.keys.hint(name);
      element.hidden = !element.textContent;
    };
    update();
    this.cleanup(this.keys.on(update));
    return element;
  }

  /** Mount the children of a visual tag. @param {HTMLElement} host */
  mountChildren(host) {
    for (const child of this.node.children) mountTree(child, host, this.session, (destroy) => this.cleanup(destroy));
  }

  /** A file of the task: our own address or another's. @param {string} path */
  asset(path) {
    return new URL(url(path), document.baseURI).href;
  }

  /** @param {() => void} work runs when the tag is taken down */
  cleanup(work) {
    this.#cleanups.push(work);
  }

  destroy() {
    for (const work of this.#cleanups.splice(0).reverse()) work();
  }
}
