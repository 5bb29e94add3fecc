/** The bar below the desk: undo, redo, zoom, where one is, skip and submit. */
import { fill, h, icon, iconButton } from '../dom.js';
import { number, t } from '../i18n.js';

/** @param {import('./index.js').Editor} editor @param {import('./tabs.js').Tab} tab @param {HTMLElement} bar @returns {() => void} takes down what it began */
export function drawFoot(editor, tab, bar) {
  const { keys, page, task } = editor;
  const session = editor.session;
  /** @type {(() => void)[]} */
  const cleanups = [];
  const act = (/** @type {string} */ name, /** @type {string} */ sign, /** @type {string} */ title) => iconButton(sign, title, keys.hint(name), () => keys.run(name));
  const undo = act('annotation:undo', 'undo-2', t('Undo'));
  const redo = act('annotation:redo', 'redo-2', t('Redo'));
  const zoom = h('span.editor-zoom');
  const parts = [];
  if (session) {
    const update = () => {
      undo.disabled = !session.store.canUndo();
      redo.disabled = !session.store.canRedo();
    };
    update();
    cleanups.push(session.store.on(update));
    if (tab.kind !== 'prediction') parts.push(undo, redo);
    const percent = h('output.num');
    let seen = /** @type {any} */ (null);
    const draw = () => {
      const [view] = session.views.values();
      if (!view) return;
      percent.value = view.zoom();
      if (view === seen) return;
      seen = view;
      fill(zoom, act('view:zoom-out', 'minus', t('Zoom out')), percent, act('view:zoom-in', 'plus', t('Zoom in')), act('view:fit', 'maximize', t('Fit')));
      view.on(draw);
    };
    draw();
    const observer = new MutationObserver(draw); // an object that loads says by `data-ready` that it can be zoomed
    observer.observe(editor.shell, { subtree: true, attributes: true, attributeFilter: ['data-ready'] });
    cleanups.push(() => observer.disconnect());
    parts.push(zoom);
  }
  if (page.project.expert_instruction) parts.push(act('editor:instructions', 'book-open', t('Instructions')));
  parts.push(h('span.grow'));
  if (editor.stream) {
    const back = act('task:previous', 'chevron-left', t('Previous task'));
    back.disabled = !editor.stream.hasPast;
    const place = page.project.task_number ? h('span.editor-place.num.soft', null, t('{a} of {b}', { a: number(task.inner_id ?? task.id), b: number(page.project.task_number) })) : null;
    parts.push(h('span.editor-steps', null, back, place, act('task:next', 'chevron-right', t('Next task, this one later'))));
  }
  const button = (/** @type {string} */ name, /** @type {string} */ kind, /** @type {any[]} */ words) => h(`button.button.${kind}`, { type: 'button', title: keys.hint(name), onclick: () => keys.run(name) }, words);
  const hint = (/** @type {string} */ name) => (keys.hint(name) ? h('kbd', null, keys.hint(name)) : null);
  if (tab.kind === 'compare') fill(bar, parts);
  else if (!editor.changeable(tab)) {
    fill(bar, parts, tab.kind === 'prediction' || !editor.page.may.create ? null : h('span.soft', null, t('Somebody else’s work')),
      page.may.create ? button('annotation:copy', 'button-primary', [icon('copy'), h('span.cut', null, t('Copy to a new annotation'))]) : null);
  } else {
    fill(bar, parts,
      page.project.show_skip_button !== false && task.allow_skip !== false && (tab.kind === 'new' || tab.skipped) ? button('annotation:skip', 'button-quiet', [t('Skip')]) : null,
      button('annotation:submit', 'button-primary.editor-submit', [tab.kind === 'annotation' ? t('Update') : t('Submit'), hint('annotation:submit')]));
  }
  cleanups.push(keys.on(() => editor.redrawFoot()));
  return () => cleanups.splice(0).forEach((work) => work());
}
