/** Storages of a project: sources, which are looked through for new tasks, and targets, which annotations are written to. */
import { api } from 'tagma/api.js';
import { fill, h, icon } from 'tagma/dom.js';
import { t } from 'tagma/i18n.js';
import { trouble } from 'tagma/data-manager/jobs.js';
import { editStorage } from 'tagma/settings/storage-form.js';
import { sourceRow, targetRow } from 'tagma/settings/storage-rows.js';
import { menu } from 'tagma/ui/menu.js';

/**
 * @typedef {{name: string, title: string, links: boolean, settings: {properties: Record<string, any>, required?: string[]}}} Kind
 * @typedef {{target: boolean, base: string, kinds: Kind[], project: number, draw: (quiet?: boolean) => Promise<void>, say: (...parts: any[]) => void, edit: (kind: Kind, one: any) => void}} Side
 */

const AGAIN = 3000;

const SOURCES = () => ({
  target: false, base: '/api/storages', title: t('Tasks come from'), add: t('Connect a storage'),
  empty: t('None is connected. A storage brings in what lies in it, again and again, each thing once.'),
});
const TARGETS = () => ({
  target: true, base: '/api/storages/export', title: t('Annotations are written to'), add: t('Connect a target'),
  empty: t('None is connected. Each annotation is written to a target as soon as it is submitted.'),
});

/** @param {HTMLElement} host @param {number} project */
export async function showStorages(host, project) {
  const sides = [SOURCES(), TARGETS()].map((words) => ({ ...words, host: h('div.stack-near') }));
  fill(host, sides.map((side) => h('section.storage-side', { 'aria-label': side.title }, h('h3', null, side.title), side.host)));
  await Promise.all(sides.map((side) => showSide(side, project)));
}

/** @param {{target: boolean, base: string, add: string, empty: string, host: HTMLElement}} words @param {number} project */
async function showSide(words, project) {
  const said = h('div.stack-near');
  const list = h('div.stack-near', null, h('p.help', null, t('Loading…')));
  let again = 0;
  let shown = '';
  /** Look again while something is under way, unless somebody reads what stands under a storage. @param {any[]} all */
  const watch = (all) => {
    clearTimeout(again);
    if (!all.some((one) => one.waiting || ['queued', 'in_progress'].includes(one.status))) return;
    again = setTimeout(() => (document.hidden || list.querySelector('.job, .notice') || document.querySelector('dialog[open], .menu-list:popover-open') ? watch(all) : side.draw(true)), AGAIN);
  };
  fill(words.host, said, list);
  /** @type {Side} */
  const side = {
    target: words.target, base: words.base, kinds: [], project,
    say: (...parts) => fill(said, ...parts),
    edit: (kind, one) => editStorage(side, kind, one),
    async draw(quiet = false) {
      try {
        const [kinds, all] = await Promise.all([api.get(`${words.base}/types`), api.get(`${words.base}/?project=${project}`)]);
        side.kinds = kinds;
        watch(all);
        const now = JSON.stringify(all);
        if (quiet && now === shown) return;
        shown = now;
        const row = words.target ? targetRow : sourceRow;
        fill(list,
          all.length ? h('ul.storages', null, all.map((/** @type {any} */ one) => row(side, one))) : h('p.help', null, kinds.length ? words.empty : t('No installed plugin brings storages.')),
          kinds.length ? h('div', null, add()) : null);
      } catch (error) {
        fill(list, trouble(error));
      }
    },
  };

  function add() {
    const choose = () => (side.kinds.length === 1 ? side.edit(side.kinds[0], null) : menu(button, side.kinds.map((kind) => ({ title: t(kind.title), run: () => side.edit(kind, null) }))));
    const button = h('button.button', { type: 'button', onclick: choose }, icon('plus'), words.add);
    return button;
  }

  await side.draw();
}
