/** What every page has: menus of the bar, the list of keys (`?`), the palette (`Ctrl+K`), moments in the reader's words. */
import { api, url } from 'tagma/api.js';
import { h, icon } from 'tagma/dom.js';
import { t } from 'tagma/i18n.js';
import { Keys } from 'tagma/keys.js';
import { dialog } from 'tagma/ui/dialog.js';
import { toastError } from 'tagma/ui/toast.js';

/** The commands of this page; page modules add theirs. */
export const keys = new Keys();

document.addEventListener('click', (event) => closeMenus(/** @type {Element} */ (event.target)));
document.addEventListener('keydown', (event) => {
  const open = event.key === 'Escape' && /** @type {HTMLDetailsElement | null} */ (document.querySelector('details.menu[open]'));
  if (!open) return;
  open.open = false;
  open.querySelector('summary')?.focus();
});

/** @param {Element} [inside] */
function closeMenus(inside) {
  for (const menu of document.querySelectorAll('details.menu[open]')) if (!inside || !menu.contains(inside)) menu.removeAttribute('open');
}

const themes = document.querySelector('#bar-theme form');
themes?.addEventListener('submit', (event) => {
  const button = /** @type {HTMLButtonElement | null} */ (/** @type {SubmitEvent} */ (event).submitter);
  if (!button) return;
  event.preventDefault();
  if (button.value === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = button.value;
  for (const other of themes.querySelectorAll('button')) other.toggleAttribute('aria-current', false);
  button.setAttribute('aria-current', 'true');
  const shown = document.querySelector('#bar-theme summary use');
  const chosen = button.querySelector('use');
  if (shown && chosen) shown.setAttribute('href', chosen.getAttribute('href') ?? '');
  closeMenus();
  // kept alive, so that who leaves the page at once has chosen all the same
  fetch(url('/preferences'), { method: 'POST', keepalive: true, body: new URLSearchParams({ theme: button.value, csrf_token: meta('csrf-token') }) }).catch(toastError);
});

/** @param {string} name */
const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.getAttribute('content') ?? '';

/** The keys of this very screen, to see and to change. */
export function showKeys() {
  import('tagma/ui/shortcuts.js').then(({ showShortcuts }) => showShortcuts(keys)).catch(toastError);
}

const PLACES = () => [
  { title: t('Projects'), path: '/projects/', icon: 'layout-grid' },
  { title: t('New project'), path: '/projects/new', icon: 'plus' },
  { title: t('Account'), path: '/account', icon: 'user' },
  { title: t('People'), path: '/people', icon: 'users' },
  { title: t('Plugins'), path: '/plugins', icon: 'plug' },
  { title: t('API'), path: '/docs/api', icon: 'code' },
];

/** Every place and command by name. */
export function showPalette() {
  const field = h('input.input', { placeholder: t('Type a project, a page or a command'), 'aria-label': t('Type a project, a page or a command'), role: 'combobox', 'aria-expanded': 'true', 'aria-controls': 'palette-list', autocomplete: 'off' });
  const list = h('div.palette-list', { id: 'palette-list', role: 'listbox', 'aria-label': t('Go anywhere') });
  const shown = dialog({ title: t('Go anywhere'), body: [field, list] });
  /** @type {{title: string, icon: string, run: () => void, hint?: string}[]} */
  const all = [
    ...keys.list().filter((command) => !command.hidden && command.name !== 'page:palette' && (!command.when || command.when())).sort((a, b) => Number((a.scope ?? 'page') === 'page') - Number((b.scope ?? 'page') === 'page'))
      .map((command) => ({ title: command.group ? `${command.group}: ${command.title}` : command.title, icon: 'command', hint: keys.hint(command.name), run: () => keys.run(command.name) })),
    ...PLACES().map((place) => ({ ...place, run: () => location.assign(url(place.path)) })),
  ];
  let chosen = 0;
  /** @type {typeof all} */
  let found = [];
  const draw = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    found = all.filter((item) => words.every((/** @type {string} */ word) => item.title.toLowerCase().includes(word))).slice(0, 50);
    chosen = Math.max(0, Math.min(chosen, found.length - 1));
    list.replaceChildren(...found.map((item, index) => h('button.menu-item', {
      type: 'button', id: `palette-${index}`, role: 'option', tabindex: -1, 'aria-selected': String(index === chosen), 'aria-current': index === chosen ? 'true' : null, onclick: () => go(item),
    }, icon(item.icon), h('span', null, item.title), item.hint ? h('kbd', null, item.hint) : null)));
    if (!found.length) list.append(h('p.menu-note', null, t('Nothing has this name.')));
    if (found.length) field.setAttribute('aria-activedescendant', `palette-${chosen}`);
    else field.removeAttribute('aria-activedescendant');
  };
  /** @param {typeof all[number]} item */
  const go = (item) => {
    shown.close();
    item.run();
  };
  field.addEventListener('input', () => { chosen = 0; draw(); });
  field.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      chosen = (chosen + (event.key === 'ArrowDown' ? 1 : -1) + found.length) % Math.max(1, found.length);
      draw();
    } else if (event.key === 'Enter' && found[chosen]) go(found[chosen]);
  });
  draw();
  field.focus();
  api.get('/api/projects/?include=id,title&page_size=100').then((page) => {
    for (const project of page.results) all.push({ title: project.title, icon: 'folder', run: () => location.assign(url(`/projects/${project.id}/data`)) });
    draw();
  }).catch(toastError);
}

keys.add({ name: 'page:help', title: t('Keys of this screen'), keys: ['?'], run: showKeys });
if (document.getElementById('bar-person')) keys.add({ name: 'page:palette', title: t('Go anywhere'), keys: ['ctrl+k'], typing: true, run: showPalette });
keys.listen(document);
if (document.getElementById('bar-person') && !document.body.classList.contains('labeling')) { // the labeling page brings them
  api.get('/api/current-user/hotkeys/').then(({ custom_hotkeys: own }) => Object.keys(own).length && keys.rebind(own)).catch(reportError);
}
document.getElementById('bar-help')?.addEventListener('click', showKeys);
document.getElementById('bar-palette')?.addEventListener('click', showPalette);

// Forms that were sent say so, and can't be sent twice by an impatient hand.
document.addEventListener('submit', (event) => {
  const button = /** @type {SubmitEvent} */ (event).submitter;
  if (event.defaultPrevented || !(button instanceof HTMLButtonElement)) return;
  setTimeout(() => (button.disabled = true));
  setTimeout(() => (button.disabled = false), 4000);
});
