/** What can be done at the desk, by name: keys, menus, the bar and the palette all call these. */
import { t } from '../i18n.js';
import { copy, duplicate, hasCopies, paste } from './copies.js';

/** @param {import('./index.js').Editor} editor @returns {() => void} takes them away again */
export function addCommands(editor) {
  const session = () => editor.session;
  const selected = () => [...(session()?.selection.ids ?? [])];
  const some = () => selected().length > 0;
  const all = () => (session()?.regions() ?? []).map((region) => region.id);
  const changeable = () => Boolean(session() && !session()?.readonly);
  const views = () => [...(session()?.views.values() ?? [])];
  const work = t('Annotation');
  const regions = t('Regions');
  const view = t('View');

  /** @param {'hidden' | 'locked'} what @param {string[]} ids */
  const mark = (what, ids) => {
    const selection = session()?.selection;
    selection?.mark(what, ids, !ids.every((id) => selection[what].has(id)));
  };
  /** @param {number} by */
  const cycle = (by) => {
    const ids = all();
    const now = ids.findIndex((id) => session()?.selection.has(id));
    if (ids.length) editor.reveal(ids[now < 0 && by < 0 ? ids.length - 1 : (now + by + ids.length) % ids.length]);
  };
  const on = (/** @type {(session: import('./session.js').Session, ids: string[]) => void} */ act) => () => {
    const now = session();
    if (now) act(now, selected());
  };

  const smart = () => session()?.smart;
  const proposed = () => Boolean(smart()?.thinking || smart()?.proposed('prompt').length || smart()?.proposed('suggestion').length);
  const acceptable = () => Boolean(smart()?.proposed('suggestion').length || (smart()?.trouble && smart()?.keepable));

  /** @type {import('../keys.js').Command[]} */
  const commands = [
    { name: 'annotation:submit', group: work, title: t('Submit or update'), keys: ['ctrl+enter'], typing: true, when: changeable, run: () => editor.submit(false) },
    { name: 'annotation:skip', group: work, title: t('Skip'), keys: ['ctrl+space'], typing: true, when: () => changeable() && editor.skippable, run: () => editor.submit(true) },
    { name: 'annotation:undo', group: work, title: t('Undo'), keys: ['ctrl+z'], run: () => session()?.store.undo() },
    { name: 'annotation:redo', group: work, title: t('Redo'), keys: ['ctrl+shift+z', 'ctrl+y'], run: () => session()?.store.redo() },
    { name: 'annotation:new', group: work, title: t('New annotation'), keys: ['alt+n'], when: () => editor.page.may.create, run: () => editor.begin({}) },
    { name: 'annotation:copy', group: work, title: t('Copy to a new annotation'), keys: ['alt+enter'], when: () => editor.page.may.create && Boolean(editor.tab?.id), run: () => editor.copy() },
    { name: 'annotation:delete', group: work, title: t('Delete this annotation'), keys: [], when: () => editor.deletable, run: () => editor.remove() },
    { name: 'annotation:next-tab', group: work, title: t('Next annotation or prediction'), keys: ['alt+]'], when: () => editor.tabs.length > 1, run: () => editor.step(1) },
    { name: 'annotation:previous-tab', group: work, title: t('Previous annotation or prediction'), keys: ['alt+['], when: () => editor.tabs.length > 1, run: () => editor.step(-1) },
    { name: 'annotation:compare', group: work, title: t('Compare'), keys: ['alt+c'], when: () => editor.tabs.length > 1, run: () => editor.choose(editor.comparing ? 0 : -1) },
    { name: 'task:next', group: work, title: t('Next task, this one later'), keys: ['alt+pagedown'], typing: true, when: () => Boolean(editor.stream), run: () => editor.next() },
    { name: 'task:previous', group: work, title: t('Previous task'), keys: ['alt+pageup'], typing: true, when: () => Boolean(editor.stream?.hasPast), run: () => editor.previous() },
    { name: 'region:delete', group: regions, title: t('Delete'), keys: ['backspace', 'delete'], when: some, run: () => session()?.remove(selected()) },
    { name: 'region:delete-all', group: regions, title: t('Delete all'), keys: ['ctrl+backspace'], when: () => all().length > 0, run: () => session()?.remove(all()) },
    { name: 'region:duplicate', group: regions, title: t('Duplicate'), keys: ['ctrl+d'], when: some, run: on(duplicate) },
    { name: 'region:copy', group: regions, title: t('Copy'), keys: ['ctrl+c'], when: () => some() && Boolean(getSelection()?.isCollapsed), run: on(copy) },
    { name: 'region:paste', group: regions, title: t('Paste'), keys: ['ctrl+v'], when: () => changeable() && hasCopies(), run: on(paste) },
    { name: 'region:unselect', group: regions, title: t('Unselect'), keys: ['escape', 'u'], when: some, run: () => session()?.selection.clear() },
    { name: 'region:hide', group: regions, title: t('Hide or show'), keys: ['alt+h'], when: some, run: () => mark('hidden', selected()) },
    { name: 'region:hide-all', group: regions, title: t('Hide or show all'), keys: ['ctrl+h'], when: () => all().length > 0, run: () => mark('hidden', all()) },
    { name: 'region:lock', group: regions, title: t('Lock or unlock'), keys: ['alt+l'], when: some, run: () => mark('locked', selected()) },
    { name: 'region:cycle', group: regions, title: t('Next region'), keys: ['alt+.'], run: () => cycle(1) },
    { name: 'region:cycle-back', group: regions, title: t('Previous region'), keys: ['alt+,'], run: () => cycle(-1) },
    { name: 'region:note', group: regions, title: t('Note or answers of the region'), keys: ['alt+m'], when: some, run: () => editor.focus.toDetails() },
    { name: 'smart:toggle', group: regions, title: t('Auto-annotation on or off'), keys: ['alt+a'], when: () => Boolean(smart()?.offered), run: () => smart()?.choose({ on: !smart()?.choice.on }) },
    { name: 'smart:accept', group: regions, title: t('Accept suggestions'), keys: ['alt+y'], when: acceptable, run: () => (smart()?.proposed('suggestion').length ? smart()?.accept(smart()?.meant() ?? []) : smart()?.keep()) },
    { name: 'smart:reject', group: regions, title: t('Reject suggestions, or stop asking'), keys: ['alt+x'], when: proposed, run: () => (smart()?.proposed('prompt').length ? smart()?.cancel() : smart()?.reject(smart()?.meant() ?? [])) },
    { name: 'view:zoom-in', group: view, title: t('Zoom in'), keys: ['ctrl++', 'ctrl+='], when: () => views().length > 0, run: () => views().forEach((one) => one.zoomIn()) },
    { name: 'view:zoom-out', group: view, title: t('Zoom out'), keys: ['ctrl+-'], when: () => views().length > 0, run: () => views().forEach((one) => one.zoomOut()) },
    { name: 'view:fit', group: view, title: t('Fit'), keys: ['shift+1'], when: () => views().length > 0, run: () => views().forEach((one) => one.fit()) },
    { name: 'view:actual', group: view, title: t('Actual size'), keys: ['shift+2'], when: () => views().length > 0, run: () => views().forEach((one) => one.actual()) },
    { name: 'editor:panel', group: view, title: t('Show or hide the panel'), keys: ['`'], run: () => editor.shell.classList.toggle('no-panel') },
    { name: 'editor:object', group: view, title: t('Leave a field, to the task'), keys: ['escape'], typing: true, when: () => editor.focus.inField, run: () => editor.focus.toObject() },
    { name: 'editor:instructions', group: view, title: t('Show or hide the instructions'), keys: ['alt+i'], typing: true, when: () => Boolean(editor.page.project.expert_instruction), run: () => editor.instruct() },
  ];
  const away = commands.map((command) => editor.keys.add({ scope: 'annotation', ...command }));
  return () => away.forEach((work) => work());
}
