/** Projects: search while typing, a menu on each card, a first project from a preset's sample. */
import { api, url } from 'tagma/api.js';
import { h } from 'tagma/dom.js';
import { t, tn } from 'tagma/i18n.js';
import { keys } from 'tagma/ui/frame.js';
import { menu } from 'tagma/ui/menu.js';
import { toast, toastError } from 'tagma/ui/toast.js';

const form = /** @type {HTMLFormElement | null} */ (document.getElementById('find'));
const field = /** @type {HTMLInputElement | null} */ (form?.elements.namedItem('q'));
let waiting = 0;

/** Ask the server anew without leaving the page; the address always tells what is shown. */
async function find() {
  const address = form ? `${location.pathname}?${new URLSearchParams(/** @type {any} */ (new FormData(form)))}` : location.href;
  const answer = await fetch(address, { headers: { Accept: 'text/html' } });
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const shown = document.querySelector('.projects, .empty');
  const found = page.querySelector('.projects, .empty');
  if (shown && found) shown.replaceWith(document.adoptNode(found));
  history.replaceState(null, '', address);
}

form?.addEventListener('submit', (event) => {
  event.preventDefault();
  find().catch(toastError);
});
form?.addEventListener('input', () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => find().catch(toastError), 150);
});
if (field) keys.add({ name: 'projects:search', title: t('Search projects'), keys: ['/'], run: () => field.focus() });
const create = /** @type {HTMLAnchorElement | null} */ (document.querySelector('a.button-primary[href$="/projects/new"]'));
if (create) keys.add({ name: 'projects:new', title: t('New project'), keys: ['n'], run: () => create.click() });

document.addEventListener('click', (event) => {
  const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest('.project-more'));
  if (button) open(button);
});

/** @param {HTMLElement} button */
function open(button) {
  const { id, title = '', tasks = '0', annotations = '0' } = button.dataset;
  menu(button, [
    { title: t('Data'), icon: 'table-2', run: () => location.assign(url(`/projects/${id}/data`)) },
    { title: t('Label tasks'), icon: 'tag', run: () => location.assign(url(`/projects/${id}/label`)) },
    { title: t('Settings'), icon: 'settings', run: () => location.assign(url(`/projects/${id}/settings`)) },
    { title: '', line: true },
    { title: t('Delete project'), icon: 'trash-2', bad: true, run: () => remove(id ?? '', title, Number(tasks), Number(annotations)) },
  ]);
}

/** @param {string} id @param {string} title @param {number} tasks @param {number} annotations */
async function remove(id, title, tasks, annotations) {
  try {
    await api.delete(`/api/projects/${id}/`);
    await find();
    toast(t('“{title}” is in the trash, with {tasks} and {annotations}.', {
      title, tasks: tn('{n} task', '{n} tasks', tasks), annotations: tn('{n} annotation', '{n} annotations', annotations),
    }), { kind: 'good', action: t('Undo'), run: () => api.post(`/api/trash/${id}/restore`).then(find, toastError) });
  } catch (error) {
    toastError(error);
  }
}

document.getElementById('try-sample')?.addEventListener('click', async (event) => {
  const button = /** @type {HTMLElement} */ (event.currentTarget);
  const data = JSON.parse(document.getElementById('page-data')?.textContent ?? '{}');
  menu(button, data.samples.length
    ? data.samples.map((/** @type {any} */ preset) => ({ title: preset.title, icon: 'sparkles', run: () => trySample(preset) }))
    : [h('p.menu-note', null, t('No installed plugin brings a sample.'))]);
});

/** @param {any} preset */
async function trySample(preset) {
  try {
    const project = await api.post('/projects/sample', { plugin: preset.plugin, name: preset.name });
    location.assign(url(`/projects/${project.id}/data`));
  } catch (error) {
    toastError(error);
  }
}
