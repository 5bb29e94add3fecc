/**
 * The keys of a screen, and the place to change them: every command of the page's registry with its key; a new one is
 * pressed, a key that is taken is said by name, and the person's own keys are kept on the server, so that they hold everywhere.
 */
import { api } from 'tagma/api.js';
import { fill, h, icon, iconButton } from 'tagma/dom.js';
import { t } from 'tagma/i18n.js';
import { normalize, pressed, spell } from 'tagma/keys.js';
import { dialog } from 'tagma/ui/dialog.js';
import { PRESETS } from 'tagma/ui/key-presets.js';
import { toastError } from 'tagma/ui/toast.js';

/** @typedef {import('tagma/keys.js').Keys} Keys @typedef {import('tagma/keys.js').Command} Command @typedef {import('tagma/keys.js').Own} Own */

const PATH = '/api/current-user/hotkeys/';
const MODIFIERS = new Set(['control', 'shift', 'alt', 'meta', 'altgraph', 'capslock', 'os']);
/** What browsers do not hand on to a page. */
const KEPT = new Set(['ctrl+t', 'ctrl+n', 'ctrl+w', 'ctrl+shift+t', 'ctrl+shift+n', 'ctrl+shift+w', 'ctrl+tab', 'alt+f4', 'f11']);

/** Keep the person's own keys. @param {Keys} keys @param {Record<string, Own>} custom */
async function keep(keys, custom) {
  const before = keys.custom;
  keys.rebind(custom);
  try {
    await api.patch(PATH, { custom_hotkeys: custom });
  } catch (error) {
    keys.rebind(before);
    toastError(error);
  }
}

/** @param {Keys} keys */
export function showShortcuts(keys) {
  const search = h('input.input', { type: 'text', placeholder: t('Search commands'), 'aria-label': t('Search commands'), oninput: () => draw() });
  const host = h('div.key-groups');
  const preset = h('select.input.input-short', { 'aria-label': t('Keys as in'), onchange: () => {
    const chosen = PRESETS[Number(preset.value)];
    if (chosen) change({ ...chosen.keys });
    preset.value = '';
  } }, h('option', { value: '' }, t('Keys as in')), PRESETS.map(({ title }, place) => h('option', { value: String(place) }, title)));
  const resetAll = h('button.button.button-quiet', { type: 'button', onclick: () => change({}) }, t('Reset all keys'));
  const shown = dialog({ title: t('Keys of this screen'), wide: true, body: [h('div.row', null, search, preset), h('p.help', null, t('Press a key’s button to choose another key. Your keys are kept with your account.')), host], foot: [resetAll] });
  shown.classList.add('key-dialog');

  /** @param {Record<string, Own>} custom */
  const change = async (custom) => {
    const done = keep(keys, custom);
    draw();
    await done;
    draw();
  };
  /** @param {string} name @param {Own} own */
  const set = (name, own) => change({ ...keys.custom, [name]: own });
  /** @param {string} name */
  const reset = (name) => {
    const { [name]: _gone, ...rest } = keys.custom;
    change(rest);
  };

  /** A command's row while it waits for a key. @param {Command} command @param {HTMLElement} row */
  function ask(command, row) {
    const words = h('span.key-ask', { tabIndex: 0, role: 'textbox', 'aria-readonly': 'true', 'aria-label': t('New key of {command}', { command: command.title }) }, t('Press a key'));
    const stop = () => {
      draw();
      /** @type {HTMLElement | null} */ (host.querySelector(`[data-command="${CSS.escape(command.name)}"] .key-button`))?.focus();
    };
    fill(row, h('span.grow', null, command.title), words,
      h('button.button.button-small.button-quiet', { type: 'button', onclick: async () => { await set(command.name, { key: null, active: false }); stop(); } }, t('No key')),
      h('button.button.button-small.button-quiet', { type: 'button', onclick: stop }, t('Cancel')));
    words.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
      if (MODIFIERS.has(event.key.toLowerCase()) || event.isComposing) return;
      const key = pressed(event);
      if (!key || key === 'tab' || key === 'shift+tab') return;
      event.preventDefault();
      event.stopPropagation();
      propose(command, row, key, stop);
    });
    words.focus();
  }

  /** @param {Command} command @param {HTMLElement} row @param {string} key @param {() => void} stop */
  async function propose(command, row, key, stop) {
    if (KEPT.has(key)) return void warn(row, t('{key} belongs to the browser; press another one.', { key: spell(key) }));
    const others = keys.holders(key).filter((other) => other.name !== command.name);
    const own = { key, active: true };
    if (!others.length) {
      await set(command.name, own);
      return stop();
    }
    const names = others.map((other) => `“${other.title}”`).join(t(', '));
    const take = () => {
      const freed = others.map((other) => {
        const rest = keys.keysOf(other.name).filter((one) => one !== key);
        return [other.name, rest.length ? { key: rest.join(','), active: true } : { key: null, active: false }];
      });
      return change({ ...keys.custom, ...Object.fromEntries(freed), [command.name]: own }).then(stop);
    };
    warn(row, t('{key} is the key of {names}.', { key: spell(key), names }),
      h('button.button.button-small', { type: 'button', onclick: take }, t('Take it from there')),
      h('button.button.button-small.button-quiet', { type: 'button', title: t('Where both are possible, the first in the list does it.'), onclick: () => set(command.name, own).then(stop) }, t('Use it for both')));
  }

  /** @param {HTMLElement} row @param {string} words @param {...HTMLElement} buttons */
  function warn(row, words, ...buttons) {
    row.querySelector('.key-warning')?.remove();
    row.append(h('div.key-warning', { role: 'alert' }, icon('triangle-alert'), h('span.grow', null, words), buttons));
    buttons[0]?.focus();
  }

  /** @param {Command} command */
  function rowOf(command) {
    const bound = keys.keysOf(command.name);
    const row = h('div.key-row', { data: { command: command.name } });
    fill(row, h('span.grow', null, command.title),
      keys.isRebound(command.name) ? iconButton('rotate-ccw', t('Back to {key}', { key: (command.keys ?? []).map((key) => spell(key)).join(' ') || t('No key') }), '', () => reset(command.name)) : null,
      h('button.key-button', { type: 'button', 'aria-label': t('Change the key of {command}, now {key}', { command: command.title, key: bound.map((key) => spell(key)).join(' ') || t('No key') }), onclick: () => ask(command, row) },
        bound.length ? bound.map((key) => [h('kbd', null, spell(key)), ' ']) : h('span.soft', null, t('No key'))));
    return row;
  }

  function draw() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = keys.list().filter((command) => words.every((/** @type {string} */ word) => `${command.title} ${keys.keysOf(command.name).join(' ')}`.toLowerCase().includes(normalize(word))));
    const groups = Map.groupBy(found, (command) => command.group ?? t('Everywhere'));
    fill(host, [...groups].sort((a, b) => place(a[1]) - place(b[1])).map(([name, rows]) => h('section.key-group', null, h('h3', null, name),
      rows.filter((row) => !row.hidden).map(rowOf),
      rows.some((row) => row.hidden) ? h('details', { open: words.length > 0 }, h('summary', null, t('Arrow keys')), rows.filter((row) => row.hidden).map(rowOf)) : null)));
    if (!found.length) host.append(h('p.soft', null, t('Nothing has this name.')));
    resetAll.disabled = !Object.keys(keys.custom).length;
  }
  draw();
  search.focus();
}

/** Commands of the work first, those of every page last. @param {Command[]} commands */
const place = (commands) => ['annotation', 'tag', 'region', 'page', 'global'].indexOf(commands[0].scope ?? 'page');
