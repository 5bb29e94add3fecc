/**
 * The editor: `mountEditor(host, page)` puts a task on screen and saves what is done to it. It is used by the labeling page
 * and, beside a list, by the quick view; `preview.js` uses the desk alone, without saving.
 */
import { api, url } from '../api.js';
import { fill, h, icon, iconButton } from '../dom.js';
import { number, t, tn } from '../i18n.js';
import { Journal } from '../journal.js';
import { Keys, spell } from '../keys.js';
import { ConfigNode } from '../tree.js';
import { dialog } from '../ui/dialog.js';
import { toast, toastError } from '../ui/toast.js';
import { openDesk } from './desk.js';
import { Saver } from './saver.js';

/**
 * @param {HTMLElement} host
 * @param {{project: any, config: any, task: any, user: any, stream?: boolean}} page as the server sends it
 */
export async function mountEditor(host, page) {
  const keys = new Keys(page.user.custom_hotkeys ?? {});
  const root = new ConfigNode(page.config);
  const journal = new Journal(String(page.user.id));
  const state = document.getElementById('bar-state') ?? h('span.bar-state', { role: 'status' });
  const saver = new Saver(journal, (words, kind) => fill(state, h(`span.${kind || 'soft'}`, null, words)));
  const shell = h('div.editor');
  host.append(shell);
  /** @type {Awaited<ReturnType<typeof openDesk>> | null} */
  let desk = null;
  let task = page.task;
  let tab = 0;
  /** @type {Promise<any> | null} the next task, fetched while this one is worked on */
  let ahead = null;
  /** @type {number[]} */
  const seen = [];
  const unlisten = keys.listen(document);

  const current = () => tabsOf(task, page.user.id)[tab];

  async function show() {
    desk?.destroy();
    desk = null;
    const tabs = tabsOf(task, page.user.id);
    tab = Math.min(tab, tabs.length - 1);
    const chosen = tabs[tab];
    const work = await saver.open(task.id, chosen);
    const bottom = h('footer.editor-foot');
    const top = tabs.length > 1 ? h('div.editor-tabs', { role: 'tablist', 'aria-label': t('Annotations') }, tabs.map((one, place) => h('button.editor-tab', {
      type: 'button', role: 'tab', 'aria-selected': String(place === tab), onclick: () => {
        tab = place;
        show().catch(toastError);
      } }, icon(one.kind === 'prediction' ? 'sparkles' : 'user-round', 14), one.title))) : null;
    fill(shell);
    desk = await openDesk(shell, { root, task, keys, results: work.results, history: work.history, readonly: chosen.kind === 'prediction', top, bottom, past: chosen.kind === 'annotation' ? chosen.id : null });
    foot(bottom, chosen);
    desk.session.say = (words) => void toast(words);
    if (chosen.kind !== 'prediction') saver.follow(desk.session, task.id, chosen);
    if (page.stream && !ahead) ahead = next();
    document.querySelector('.labeling .crumb-title')?.replaceChildren(t('Task {id}', { id: String(task.id) }));
    shell.dataset.task = String(task.id);
    shell.dataset.ready = '';
  }

  /** @param {HTMLElement} bar @param {any} chosen */
  function foot(bar, chosen) {
    const { session } = /** @type {NonNullable<typeof desk>} */ (desk);
    const undo = iconButton('undo-2', t('Undo'), keys.hint('annotation:undo'), () => session.store.undo());
    const redo = iconButton('redo-2', t('Redo'), keys.hint('annotation:redo'), () => session.store.redo());
    const update = () => {
      undo.disabled = !session.store.canUndo();
      redo.disabled = !session.store.canRedo();
    };
    update();
    session.store.on(update);
    const zoom = h('span.editor-zoom', null);
    const drawZoom = () => {
      const [view] = session.views.values();
      if (!view || zoom.childElementCount) return void (zoom.querySelector('output') && (zoom.querySelector('output').value = percent(view)));
      fill(zoom, iconButton('minus', t('Zoom out'), keys.hint('view:zoom-out'), view.zoomOut), h('output.num', null, percent(view)), iconButton('plus', t('Zoom in'), keys.hint('view:zoom-in'), view.zoomIn), iconButton('maximize', t('Fit'), keys.hint('view:fit'), view.fit));
      view.on(drawZoom);
    };
    const percent = (/** @type {any} */ view) => `${Math.round(view.zoom() * 100)}%`;
    new MutationObserver(drawZoom).observe(shell, { subtree: true, attributes: true, attributeFilter: ['data-ready'] });
    const position = page.project.task_number ? h('span.editor-place.num.soft', null, t('{a} of {b}', { a: number(task.inner_id ?? task.id), b: number(page.project.task_number) })) : null;
    const submitting = chosen.kind === 'annotation' ? t('Update') : t('Submit');
    fill(bar, undo, redo, zoom, h('span.grow'), page.stream && seen.length ? iconButton('chevron-left', t('Previous task'), '', previous) : null, position,
      chosen.kind === 'prediction'
        ? h('button.button.button-primary', { type: 'button', onclick: copy }, icon('copy'), t('Copy to a new annotation'))
        : [page.project.show_skip_button !== false && task.allow_skip !== false && chosen.kind === 'new' ? h('button.button.button-quiet', { type: 'button', onclick: () => submit(true), title: keys.hint('annotation:skip') }, t('Skip')) : null,
          h('button.button.button-primary.editor-submit', { type: 'button', onclick: () => submit(false) }, submitting, h('kbd', null, spell('ctrl+enter')))]);
  }

  function copy() {
    const prediction = current();
    task.drafts = [{ id: null, result: prediction.result.map((/** @type {any} */ item) => ({ ...item, origin: 'prediction' })), parent_prediction: prediction.id }];
    tab = tabsOf(task, page.user.id).findIndex((one) => one.kind === 'new');
    show().catch(toastError);
  }

  /** @param {boolean} skipped */
  async function submit(skipped) {
    if (!desk || current().kind === 'prediction') return;
    const { session } = desk;
    /** @type {HTMLElement | null} */ (shell.querySelector('textarea:focus, input:focus'))?.blur(); // fields that take their text when they are left
    const [missing] = skipped ? [] : session.answers.missing();
    if (missing) {
      if (missing.region) session.selection.set([missing.region.id]);
      toast(missing.words, { kind: 'bad' });
      const element = shell.querySelector(`[data-name="${CSS.escape(missing.node.name)}"]`);
      element?.scrollIntoView({ block: 'nearest' });
      /** @type {HTMLElement | null} */ (element?.querySelector('input, textarea, button') ?? null)?.focus();
      return;
    }
    if (!skipped && page.project.enable_empty_annotation === false && !session.store.size) return void toast(t('This project wants at least one answer.'), { kind: 'bad' });
    const chosen = current();
    const sent = saver.submit(session, task.id, chosen, skipped);
    if (!page.stream) {
      const answer = await sent;
      if (answer) {
        task = await api.get(`/api/tasks/${task.id}/`);
        tab = Math.max(0, tabsOf(task, page.user.id).findIndex((one) => one.id === answer.id));
        await show();
      }
      return;
    }
    seen.push(task.id);
    const coming = ahead ?? next();
    ahead = null;
    try {
      const found = await coming;
      if (!found) {
        await sent; // whoever goes on to the tasks sees this one done
        return finished();
      }
      task = found;
      tab = 0;
      await show();
    } catch (error) {
      toastError(error);
    }
  }

  /** @returns {Promise<any>} null when nothing is left */
  async function next() {
    const exclude = [task.id, ...seen.slice(-20)].join(',');
    try {
      return await api.get(`/api/projects/${page.project.id}/next/?exclude=${exclude}`);
    } catch (error) {
      if (/** @type {any} */ (error).status === 404) return null;
      throw error;
    }
  }

  async function previous() {
    const id = seen.pop();
    if (!id) return;
    task = await api.get(`/api/tasks/${id}/`);
    tab = 0;
    await show();
  }

  function finished() {
    desk?.destroy();
    desk = null;
    fill(shell, h('div.empty', null, icon('circle-check', 32), h('h2', null, t('Nothing is left to label')), h('p.soft', null, t('Every task has the annotations it needs, or others are working on the rest.')), h('a.button', { href: url(`/projects/${page.project.id}/data`) }, t('To the tasks'))));
  }

  const group = t('Annotation');
  /** @type {import('../keys.js').Command[]} */
  const commands = [
    { name: 'annotation:submit', group, title: t('Submit or update'), keys: ['ctrl+enter'], typing: true, run: () => submit(false) },
    { name: 'annotation:skip', group, title: t('Skip'), keys: ['ctrl+space'], run: () => submit(true) },
    { name: 'annotation:undo', group, title: t('Undo'), keys: ['ctrl+z'], run: () => desk?.session.store.undo() },
    { name: 'annotation:redo', group, title: t('Redo'), keys: ['ctrl+shift+z', 'ctrl+y'], run: () => desk?.session.store.redo() },
    { name: 'region:delete', group: t('Regions'), title: t('Delete'), keys: ['backspace', 'delete'], run: () => desk?.session.remove([...desk.session.selection.ids]) },
    { name: 'region:duplicate', group: t('Regions'), title: t('Duplicate'), keys: ['ctrl+d'], run: () => desk?.session.duplicate([...desk.session.selection.ids], (value) => (typeof value.x === 'number' ? { x: Math.min(value.x + 2, 98), y: Math.min(value.y + 2, 98) } : {})) },
    { name: 'region:unselect', group: t('Regions'), title: t('Unselect'), keys: ['escape', 'u'], when: () => Boolean(desk?.session.selection.ids.size), run: () => desk?.session.selection.clear() },
    { name: 'region:hide', group: t('Regions'), title: t('Hide or show'), keys: ['alt+h'], run: () => mark('hidden') },
    { name: 'region:lock', group: t('Regions'), title: t('Lock or unlock'), keys: ['alt+l'], run: () => mark('locked') },
    { name: 'region:cycle', group: t('Regions'), title: t('Next region'), keys: ['alt+.'], run: cycle },
    ...['zoomIn', 'zoomOut', 'fit', 'actual'].map((what, place) => ({ name: `view:${['zoom-in', 'zoom-out', 'fit', 'actual'][place]}`, group: t('View'), title: [t('Zoom in'), t('Zoom out'), t('Fit'), t('Actual size')][place], keys: [['ctrl++', 'ctrl+='], ['ctrl+-'], ['shift+1'], ['shift+2']][place], when: () => Boolean(desk?.session.views.size), run: () => { for (const view of desk?.session.views.values() ?? []) /** @type {any} */ (view)[what](); } })),
    { name: 'editor:panel', group: t('View'), title: t('Show or hide the panel'), keys: ['`'], run: () => shell.classList.toggle('no-panel') },
  ];
  for (const command of commands) keys.add({ scope: 'annotation', ...command });

  /** @param {'hidden' | 'locked'} what */
  function mark(what) {
    const selection = desk?.session.selection;
    if (!selection) return;
    const ids = [...selection.ids];
    selection.mark(what, ids, !ids.every((id) => selection[what].has(id)));
  }

  function cycle() {
    const session = desk?.session;
    const regions = session?.regions() ?? [];
    if (!session || !regions.length) return;
    const now = regions.findIndex((region) => session.selection.has(region.id));
    const region = regions[(now + 1) % regions.length];
    session.selection.set([region.id]);
    session.reveal.get(session.describe(region).object)?.(region);
  }

  const help = (/** @type {Event} */ event) => {
    event.preventDefault();
    const rows = keys.list().filter((command) => !command.hidden && keys.keysOf(command.name).length);
    const groups = [...new Set(rows.map((row) => row.group ?? ''))];
    dialog({ title: t('Keys of this screen'), wide: true, body: groups.map((name) => h('section', null, h('h3', null, name), h('dl.key-list', null, rows.filter((row) => (row.group ?? '') === name).map((row) => [h('dt', null, row.title), h('dd', null, keys.keysOf(row.name).map((key) => h('kbd', null, spell(key))))])))) });
  };
  document.addEventListener('tagma-help', help);
  await saver.flush();
  await show();
  if (page.project.show_instruction && page.project.expert_instruction) {
    const { sanitize } = await import('../dom.js');
    dialog({ title: t('Instructions'), body: h('div.prose', null, sanitize(page.project.expert_instruction)) });
  }
  return {
    get session() {
      return desk?.session;
    },
    destroy() {
      desk?.destroy();
      saver.close();
      unlisten();
      document.removeEventListener('tagma-help', help);
      shell.remove();
    },
  };
}

/** What can be looked at: annotations, predictions, and a new annotation where the person has none. @param {any} task @param {number} me */
function tabsOf(task, me) {
  const who = (/** @type {any} */ by) => (typeof by === 'object' ? by?.id : by);
  const annotations = (task.annotations ?? []).map((/** @type {any} */ one) => ({ kind: 'annotation', id: one.id, result: one.result, unique_id: one.unique_id, title: one.created_username?.trim() || t('Annotation {id}', { id: one.id }), mine: who(one.completed_by) === me }));
  const predictions = (task.predictions ?? []).map((/** @type {any} */ one) => ({ kind: 'prediction', id: one.id, result: one.result, title: one.model_version || t('Prediction'), mine: false }));
  const draft = (task.drafts ?? []).find((/** @type {any} */ one) => !one.annotation);
  const fresh = { kind: 'new', id: null, draft: draft?.id ?? null, parent_prediction: draft?.parent_prediction, result: draft?.result ?? [], title: t('New annotation'), mine: true };
  const mine = annotations.filter((/** @type {any} */ one) => one.mine);
  const others = annotations.filter((/** @type {any} */ one) => !one.mine);
  return mine.length && !draft ? [...mine, ...others, ...predictions] : [fresh, ...mine, ...others, ...predictions];
}
