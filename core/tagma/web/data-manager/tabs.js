/** Tabs: saved views of the tasks. */
import { api, url } from 'tagma/api.js';
import { h, icon } from 'tagma/dom.js';
import { number, t } from 'tagma/i18n.js';
import { copy } from 'tagma/ui/copy.js';
import { confirm, dialog } from 'tagma/ui/dialog.js';
import { menu } from 'tagma/ui/menu.js';
import { reorder } from 'tagma/ui/reorder.js';
import { toastError } from 'tagma/ui/toast.js';

/**
 * @param {HTMLElement} host
 * @param {{views: any[], view: any, project: number, may: boolean, show: (view: any) => void, current: () => any}} desk
 */
export function drawTabs(host, desk) {
  const views = desk.views.length ? desk.views : [desk.view];
  const tabs = views.map((view) => {
    const on = view === desk.view || (view.id !== null && view.id === desk.view.id);
    return h('button.dm-tab', {
      type: 'button', role: 'tab', 'aria-selected': String(on), tabindex: on ? 0 : -1, title: on && desk.may ? t('Click again for more') : null,
      onclick: (/** @type {Event} */ event) => (on ? desk.may && more(/** @type {Element} */ (event.currentTarget), view, desk) : desk.show(view)),
    }, view.data.title || t('All tasks'), view.count === undefined ? null : h('span.num', null, number(view.count)), on && desk.may ? icon('chevron-down', 12) : null);
  });
  const add = desk.may ? h('button.icon-button', { type: 'button', title: t('Save as a new view'), 'aria-label': t('Save as a new view'), onclick: () => name(t('New view'), '', async (title) => {
    const made = await api.post('/api/dm/views/', { project: desk.project, data: { ...desk.current(), title } });
    desk.views.push(made);
    desk.show(made);
  }) }, icon('plus')) : null;
  const list = h('div.row', { role: 'tablist', 'aria-label': t('Views') }, tabs);
  list.className = 'dm-tabs';
  list.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = tabs.indexOf(document.activeElement);
    if (by && at >= 0) tabs[(at + by + tabs.length) % tabs.length].focus();
  });
  reorder(list, { selector: '.dm-tab', handle: '.dm-tab', moved: async (from, to) => {
    if (!desk.may || desk.views.length < 2) return drawTabs(host, desk);
    desk.views.splice(to, 0, ...desk.views.splice(from, 1));
    drawTabs(host, desk);
    /** @type {HTMLElement | undefined} */ (host.querySelectorAll('.dm-tab')[to])?.focus();
    try {
      await api.post('/api/dm/views/order/', { project: desk.project, ids: desk.views.map((view) => view.id) });
    } catch (error) {
      toastError(error);
    }
  } });
  host.replaceChildren(list, ...(add ? [add] : []));
}

/**
 * How many tasks each view lists, asked one after the other once the page stands; a count that is not to be had is left out.
 * @param {any[]} views @param {number | null} shown the one whose count is known @param {number} project @param {() => void} done
 */
export async function countTabs(views, shown, project, done) {
  for (const view of views) {
    if (view.id === null || view.id === shown) continue;
    try {
      view.count = (await api.get(`/api/dm/rows/?project=${project}&view=${view.id}&length=0`)).total;
      done();
    } catch {
      delete view.count;
    }
  }
}

/** @param {Element} anchor @param {any} view @param {any} desk */
function more(anchor, view, desk) {
  menu(anchor, [
    { title: t('Rename view'), icon: 'pencil', run: () => name(t('Rename view'), view.data.title ?? '', async (title) => {
      if (view.id) await api.patch(`/api/dm/views/${view.id}/`, { data: { ...view.data, title } });
      view.data.title = title;
      desk.view.data.title = title;
      drawTabs(/** @type {HTMLElement} */ (anchor.closest('.dm-tabs')?.parentElement ?? document.getElementById('dm-tabs')), desk);
    }) },
    { title: t('Copy link'), icon: 'link', run: () => copy(new URL(url(`/projects/${desk.project}/data?tab=${view.id}`), location.href).href) },
    { title: t('Delete view'), icon: 'trash-2', bad: true, disabled: desk.views.length < 2 ? t('the last one stays') : '', run: async () => {
      if (!(await confirm({ title: t('Delete view'), words: t('The view “{title}” goes for everybody; its tasks stay.', { title: view.data.title }), verb: t('Delete view'), bad: true }))) return;
      try {
        await api.delete(`/api/dm/views/${view.id}/`);
        desk.views.splice(desk.views.findIndex((/** @type {any} */ one) => one.id === view.id), 1);
        desk.show(desk.views[0]);
      } catch (error) {
        toastError(error);
      }
    } },
  ]);
}

/** @param {string} title @param {string} old @param {(title: string) => Promise<void>} done */
function name(title, old, done) {
  const field = h('input.input', { value: old, required: true, maxlength: 100, 'aria-label': t('Name') });
  const form = h('form.stack', { onsubmit: async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      await done(field.value.trim());
      shown.close();
    } catch (error) {
      toastError(error);
    }
  } }, h('label.field', null, h('span', null, t('Name')), field), h('div', null, h('button.button.button-primary', null, t('Save'))));
  const shown = dialog({ title, body: form });
  field.select();
}
