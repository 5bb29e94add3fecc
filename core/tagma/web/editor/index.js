/**
 * The editor: `mountEditor(host, page, {keys})` puts a task on screen and saves what is done to it. It is used by the labeling
 * page and, beside a list, by the quick view; `preview.js` uses the desk alone, without saving.
 *
 * @typedef {import('./tabs.js').Tab} Tab
 */
import { api, url } from '../api.js';
import { fill, h } from '../dom.js';
import { t, tn } from '../i18n.js';
import { Journal } from '../journal.js';
import { ConfigNode } from '../tree.js';
import { toast, toastError, wordsOf } from '../ui/toast.js';
import { addCommands } from './commands.js';
import { openDesk } from './desk.js';
import { fetchFiles } from './files.js';
import { Focus } from './focus.js';
import { drawFoot } from './foot.js';
import { misfits } from './misfits.js';
import { instructions } from './instructions.js';
import { Models } from './models.js';
import { nothing } from './nothing.js';
import { Saver } from './saver.js';
import { SmartChoice } from './smart.js';
import { Stream } from './stream.js';
import { asStart, drawTabs, startOf, tabsOf } from './tabs.js';

/**
 * @param {HTMLElement} host
 * @param {any} page as the server sends it: project, config, task (or the reason why there is none), user, may, stream
 * @param {{keys: import('../keys.js').Keys}} given the page's commands; ours join them
 */
export async function mountEditor(host, page, { keys }) {
  const editor = new Editor(host, page, keys);
  await editor.start();
  return editor;
}

export class Editor {
  /** @type {Awaited<ReturnType<typeof openDesk>> | null} */
  #desk = null;
  /** @type {(() => void)[]} taken down when something else is shown */
  #shown = [];
  /** @type {(() => void)[]} */
  #cleanups = [];
  /** @type {Tab[]} */
  tabs = [];
  #place = 0;
  /** @type {Partial<Tab> | null} a new annotation that was asked for */
  #begun = null;
  #turn = 0;
  /** @type {ReturnType<typeof instructions>} */
  #instructions;
  /** A submit, or a step to another task, is under way. */
  #busy = false;

  /** @param {HTMLElement} host @param {any} page @param {import('../keys.js').Keys} keys */
  constructor(host, page, keys) {
    this.page = page;
    this.keys = keys;
    this.root = new ConfigNode(page.config);
    this.task = page.task;
    this.shell = h('div.editor');
    this.foot = h('footer.editor-foot');
    this.focus = new Focus(this.shell);
    host.append(this.shell);
    this.stream = page.stream ? new Stream(page.project.id, page.query ?? '') : null;
    const state = document.getElementById('bar-state') ?? h('span.bar-state', { role: 'status' });
    this.saver = new Saver(new Journal(String(page.user.id)), {
      say: (content, kind) => fill(state, h(`span.state.${kind || 'soft'}`, null, content)),
      delivered: (letter, answer) => this.#delivered(letter, answer),
      refused: (letter, error) => this.#refused(letter, error),
    });
    this.choice = new SmartChoice(page.models ?? [], (...asked) => this.models.ask(...asked));
    keys.rebind(page.user.custom_hotkeys ?? {});
    this.#instructions = instructions(host, page.project);
    this.models = new Models(this);
    this.#cleanups.push(() => this.models.close(), addCommands(this), () => this.saver.close(), () => this.#instructions.close());
  }

  get session() {
    return this.#desk?.session ?? null;
  }

  get tab() {
    return this.tabs[this.#place];
  }

  get place() {
    return this.#place;
  }

  get comparing() {
    return this.#place < 0;
  }

  async start() {
    await this.saver.flush();
    if (!this.task) return this.#nothing(this.page.reason);
    await this.show();
    this.saver.sendLeft().catch(reportError);
  }

  // what is on screen ------------------------------------------------------------------------------------------------------

  /** Put a tab of the task on the desk. @param {number} [place] -1 compares them all */
  async show(place = 0) {
    const turn = ++this.#turn;
    await this.saver.leave();
    const { page, task } = this;
    const predictions = page.project.show_collab_predictions !== false || page.may.change_others;
    this.tabs = tabsOf(task, page.user.id, this.#begun, { predictions, start: page.may.create ? startOf(task, page.project) : null });
    this.#place = this.tabs.length > 1 ? Math.min(place, this.tabs.length - 1) : 0;
    const { tab } = this;
    const opened = tab ? await this.saver.open(this.task.id, tab) : null;
    if (turn !== this.#turn) return; // asked for something else meanwhile
    this.#takeDown();
    fill(this.shell);
    this.shell.classList.toggle('comparing', !tab);
    const top = drawTabs(this.tabs, this.#place, this);
    if (tab && opened) {
      this.#desk = await openDesk(this.shell, {
        root: this.root, task: this.task, keys: this.keys, results: opened.results, steps: opened.kept?.steps, readonly: !this.changeable(tab), top, bottom: this.foot, past: tab.kind === 'annotation' ? tab.id : null, choice: this.choice,
      });
      Object.assign(this.#desk.session, { say: (/** @type {string} */ words) => void toast(words), wordsOf });
      if (this.changeable(tab)) this.saver.follow(this.#desk.session, this.task.id, tab, opened.kept, () => toast(t('This task is open in another tab of this browser too. Work in one of them: the later save counts.'), { kind: 'bad' }));
    } else {
      if (top) this.shell.append(top);
      const { openCompare } = await import('./compare.js'); // few ask for it
      this.#shown.push(await openCompare(this.shell, this, this.tabs));
      this.shell.append(this.foot);
    }
    this.redrawFoot();
    this.stream?.prepare(this.task.id, (task) => void this.#shown.push(fetchFiles(this.root, task)));
    document.querySelector('.labeling .crumb-title')?.replaceChildren(t('Task {id}', { id: String(this.task.id) }));
    this.shell.dataset.task = String(this.task.id);
    this.shell.dataset.ready = '';
    const prediction = tab?.kind === 'prediction' ? tab.id : tab?.kind === 'new' ? tab.parent_prediction : null;
    if (prediction) this.#shown.push(misfits(this.foot, prediction));
    this.#shown.push(this.focus.toObjectSoon());
    this.models.shown(task);
  }

  #takeDown() {
    this.#desk?.destroy();
    this.#desk = null;
    this.#shown.splice(0).forEach((work) => work());
    delete this.shell.dataset.ready;
  }

  #footDown = () => {};

  redrawFoot() {
    this.#footDown();
    this.#footDown = drawFoot(this, this.tab ?? { kind: 'compare' }, this.foot);
  }

  /** @param {any} error */
  #nothing(error) {
    this.#takeDown();
    fill(this.shell, nothing(this.page.project.id, error, () => this.#lookAgain()));
  }

  async #lookAgain() {
    try {
      this.task = await api.get(`/api/projects/${this.page.project.id}/next/?${this.page.query ?? ''}`);
      await this.show();
    } catch (error) {
      this.#nothing(error);
    }
  }

  /** Select a region and bring it into view. @param {string} id */
  reveal(id) {
    const { session } = this;
    const region = session?.store.get(id);
    if (!session || !region) return;
    session.selection.set([id]);
    session.reveal.get(session.describe(region).object)?.(region);
  }

  instruct() {
    this.#instructions.toggle();
  }

  // tabs -------------------------------------------------------------------------------------------------------------------

  /** Whether the person may change it. @param {Tab | undefined} tab */
  changeable(tab) {
    if (!tab || tab.kind === 'prediction' || tab.kind === 'compare') return false;
    return tab.kind === 'new' ? this.page.may.create : tab.mine || this.page.may.change_others;
  }

  get skippable() {
    return this.page.project.show_skip_button !== false && this.task?.allow_skip !== false && (this.tab?.kind === 'new' || Boolean(this.tab?.skipped));
  }

  get deletable() {
    return this.tab?.kind === 'annotation' && (this.tab.mine || this.page.may.delete_others);
  }

  /** @param {number} place */
  choose(place) {
    this.#refresh(place).catch(toastError);
  }

  /** @param {number} by */
  step(by) {
    this.choose((this.#place + by + this.tabs.length) % this.tabs.length);
  }

  /** Drafts saved meanwhile belong to the task as the server has it now. @param {number} place */
  async #refresh(place) {
    await this.saver.leave();
    try {
      this.task = await api.get(`/api/tasks/${this.task.id}/`);
    } catch (error) {
      if (/** @type {any} */ (error).name !== 'Unreachable') throw error; // offline the tabs show what they showed, and the journal the rest
    }
    await this.show(place);
  }

  /** A new annotation, empty or from another. @param {Partial<Tab>} from */
  begin(from) {
    if (this.tabs[0]?.kind === 'new' && !from.result) return this.choose(0);
    this.#begun = from;
    this.#refresh(0).catch(toastError);
  }

  /** The annotation or prediction in sight becomes the beginning of a new annotation. */
  async copy() {
    const { tab } = this;
    if (!tab?.id) return;
    if (this.tabs[0].kind === 'new' && (this.tabs[0].draft || this.tabs[0].result.length && !this.tabs[0].parent_prediction)) return void toast(t('Submit or empty your new annotation first.'), { kind: 'bad' });
    this.begin({ result: tab.kind === 'prediction' ? asStart(tab.result) : [...tab.result], ...(tab.kind === 'prediction' ? { parent_prediction: tab.id } : { parent_annotation: tab.id }) });
  }

  async remove() {
    const { tab, task } = this;
    try {
      await api.delete(`/api/annotations/${tab.id}/`);
      await this.#refresh(0);
      toast(t('The annotation was deleted.'), { kind: 'good', action: t('Undo'), run: () => api.post(`/api/annotations/${tab.id}/restore/`).then(() => this.task === task || this.task?.id === task.id ? this.#refresh(0) : undefined).catch(toastError) });
    } catch (error) {
      toastError(error);
    }
  }

  // handing in -------------------------------------------------------------------------------------------------------------

  /** @param {boolean} skipped */
  async submit(skipped) {
    const { session, tab } = this;
    if (!session || this.#busy || !this.changeable(tab)) return;
    if (this.focus.inField) /** @type {HTMLElement} */ (document.activeElement).blur(); // fields that take their text when they are left
    if (!skipped && this.#asks(session)) return;
    this.#busy = true;
    try {
      session.smart.cancel();
      const left = session.smart.proposed('suggestion').length;
      if (left) toast(tn('{n} suggestion was not accepted, and was left out.', '{n} suggestions were not accepted, and were left out.', left));
      session.store.readonly = true; // it is out of the hand now
      const sent = this.saver.submit(session, this.task.id, tab, skipped);
      this.#begun = null;
      this.stream?.onTheirWay.add(this.task.id);
      if (this.stream) await this.#go(sent, () => /** @type {Stream} */ (this.stream).next(this.task.id));
      else if (!(await sent) && this.session === session && this.tab === tab) this.redrawFoot();
    } finally {
      this.#busy = false;
    }
  }

  /** Takes away what was said to be missing. */
  #asked = () => {};

  /** Whether something is missing; the person is told and led there. @param {import('./session.js').Session} session */
  #asks(session) {
    const [missing] = session.answers.missing();
    this.#asked();
    if (missing) {
      if (missing.region) this.reveal(missing.region.id);
      missing.turn?.();
      this.#asked = toast(missing.words, { kind: 'bad' });
      requestAnimationFrame(() => { // a region's questions appear with it
        const element = this.shell.querySelector(`[data-name="${CSS.escape(missing.node.name)}"]`);
        element?.scrollIntoView({ block: 'nearest' });
        /** @type {HTMLElement | null} */ (element?.querySelector('input, textarea, select, button') ?? null)?.focus();
      });
      return true;
    }
    if (this.page.project.enable_empty_annotation !== false || session.store.all().some((region) => !region.proposed)) return false;
    this.#asked = toast(t('This project wants at least one answer.'), { kind: 'bad' });
    return true;
  }

  /** To another task. @param {Promise<any>} before what should be done when there is none @param {() => Promise<any>} fetch */
  async #go(before, fetch) {
    this.#begun = null;
    try {
      this.task = await fetch().catch(async (error) => {
        await before; // what was found out ahead of it may not hold after it
        if (error.status !== 404) throw error;
        return fetch();
      });
      await this.show();
    } catch (error) {
      this.#nothing(error);
    }
  }

  /** The task is left for later, with what was done to it. */
  async next() {
    if (!this.stream || this.#busy || !this.task) return;
    this.#busy = true;
    const { tab, task, stream } = this;
    try {
      const found = await stream.next(task.id);
      await this.saver.leave();
      if (tab?.kind === 'new') {
        if (tab.draft) await api.patch(`/api/drafts/${tab.draft}/`, { was_postponed: true });
        else await api.post(`/api/tasks/${task.id}/drafts`, { result: [], was_postponed: true });
      }
      this.task = found;
      this.#begun = null;
      await this.show();
    } catch (error) {
      if (/** @type {any} */ (error).status === 404) toast(t('There is no other task for you now.'));
      else toastError(error);
    } finally {
      this.#busy = false;
    }
  }

  async previous() {
    if (!this.stream?.hasPast || this.#busy) return;
    this.#busy = true;
    const { stream } = this;
    try {
      await this.saver.leave();
      const left = this.task.id;
      this.task = await stream.previous(left);
      this.#begun = null;
      const mine = tabsOf(this.task, this.page.user.id, null).findIndex((one) => one.kind === 'annotation' && one.mine);
      await this.show(Math.max(0, mine));
    } catch (error) {
      toastError(error);
    } finally {
      this.#busy = false;
    }
  }

  /** @param {import('./saver.js').Letter} letter @param {any} answer */
  async #delivered(letter, answer) {
    this.stream?.onTheirWay.delete(letter.task);
    if (letter.task !== this.task?.id || this.stream) return; // a stream has gone on
    try {
      this.task = await api.get(`/api/tasks/${letter.task}/`);
      const place = tabsOf(this.task, this.page.user.id, null).findIndex((one) => one.id === answer.id && one.kind === 'annotation');
      await this.show(Math.max(0, place));
    } catch (error) {
      toastError(error);
    }
  }

  /** @param {import('./saver.js').Letter} letter @param {any} error */
  #refused(letter, error) {
    this.stream?.onTheirWay.delete(letter.task);
    const open = async () => {
      try {
        this.task = await api.get(`/api/tasks/${letter.task}/`);
        const place = tabsOf(this.task, this.page.user.id, null).findIndex((one) => (letter.annotation ? one.id === letter.annotation : one.kind === 'new'));
        await this.show(Math.max(0, place));
      } catch (problem) {
        toastError(problem);
      }
    };
    const here = letter.task === this.task?.id;
    toast(t('Task {id} was refused: {words}', { id: letter.task, words: wordsOf(error) }), here ? { kind: 'bad' } : { kind: 'bad', action: t('Open it again'), run: open });
    if (here) open();
  }

  destroy() {
    this.#turn++;
    this.#footDown();
    this.#takeDown();
    this.#cleanups.splice(0).forEach((work) => work());
    this.shell.remove();
  }
}
