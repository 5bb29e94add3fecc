/** A task beside the list: the editor slides over, Esc goes back to the same row. */
import { api, url } from 'tagma/api.js';
import { fill, h, icon } from 'tagma/dom.js';
import { t } from 'tagma/i18n.js';
import { keys } from 'tagma/ui/frame.js';
import { plain } from './text.js';
import { trouble } from './jobs.js';

/** @type {{close: () => void} | undefined} */
let opened;

/**
 * @param {any} row @param {any} project
 * @param {{back: () => void, changed: () => void, step: (by: number) => void}} desk
 */
export async function openQuick(row, project, desk) {
  opened?.close();
  const body = h('div.quick-body', null, h('p.menu-note', { role: 'status' }, t('Loading…')));
  const page = url(`/projects/${project.id}/label?task=${row.id}`);
  const panel = h('section.quick', { role: 'dialog', 'aria-label': t('Task {id}', { id: row.id }), tabindex: -1 },
    h('div.quick-head', null,
      h('button.icon-button', { type: 'button', title: t('Close (Esc)'), 'aria-label': t('Close'), onclick: () => close() }, icon('x')),
      h('b.num.grow', null, t('Task {id}', { id: row.id })),
      h('button.icon-button', { type: 'button', title: t('Task before'), 'aria-label': t('Task before'), onclick: () => desk.step(-1) }, icon('chevron-up')),
      h('button.icon-button', { type: 'button', title: t('Task after'), 'aria-label': t('Task after'), onclick: () => desk.step(1) }, icon('chevron-down')),
      h('a.icon-button', { href: page, title: t('Open on its own page'), 'aria-label': t('Open on its own page') }, icon('maximize-2'))),
    body);
  /** @type {any} */
  let editor;
  const close = () => {
    editor?.destroy?.();
    panel.remove();
    removeEventListener('keydown', onkey);
    opened = undefined;
    const address = new URL(location.href);
    address.searchParams.delete('task');
    history.replaceState(history.state, '', address);
    desk.back();
    if (editor) desk.changed();
  };
  const onkey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Escape' && !event.defaultPrevented && !document.querySelector('dialog[open], [popover]:popover-open')) close();
  };
  addEventListener('keydown', onkey);
  opened = { close };
  document.body.append(panel);
  panel.focus();
  const address = new URL(location.href);
  address.searchParams.set('task', row.id);
  history.replaceState(history.state, '', address);
  try {
    editor = await mount(body, row, project);
  } catch (error) {
    fill(body, h('div.stack', { class: 'page' }, trouble(error), h('a.button', { href: page }, t('Open on its own page'))));
  }
}

/** @param {HTMLElement} body @param {any} row @param {any} project */
async function mount(body, row, project) {
  const editor = await import('tagma/editor/index.js').catch(() => null);
  if (editor?.mountEditor) {
    const page = await api.get(`/projects/${project.id}/label/task/${row.id}`);
    fill(body);
    return editor.mountEditor(body, page, { keys });
  }
  const task = await api.get(`/api/tasks/${row.id}/`);
  fill(body, h('dl.page.stack', null, Object.entries(task.data).map(([name, value]) => h('div', null, h('dt.soft.small', null, name), h('dd', null, plain(value))))));
  return null;
}
