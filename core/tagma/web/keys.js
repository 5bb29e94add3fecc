/**
 * Keys, by scope. A key names a command; the innermost scope that knows the key wins:
 * `region` > `tag` > `annotation` > `page` > `global`. Of several commands on one key in one scope the first that can run
 * does. A page has one registry: its keys, its menus, its palette and its list of keys all read it.
 */

import { tell } from './store.js';

const SCOPES = ['global', 'page', 'annotation', 'tag', 'region'];
const NAMES = /** @type {Record<string, string>} */ ({
  ' ': 'space', Escape: 'escape', Enter: 'enter', Backspace: 'backspace', Delete: 'delete', Tab: 'tab',
  ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down', Home: 'home', End: 'end', PageUp: 'pageup', PageDown: 'pagedown',
});
const SPELLINGS = /** @type {Record<string, string>} */ ({
  cmd: 'ctrl', command: 'ctrl', meta: 'ctrl', control: 'ctrl', option: 'alt', esc: 'escape', return: 'enter', del: 'delete',
  arrowleft: 'left', arrowright: 'right', arrowup: 'up', arrowdown: 'down', plus: '+', minus: '-', comma: ',', period: '.',
});
const ORDER = ['ctrl', 'alt', 'shift'];

/** `Shift+CTRL+a` -> `ctrl+shift+a`. @param {string} text */
export function normalize(text) {
  const lower = text.trim().toLowerCase();
  const parts = lower.endsWith('++') ? [...lower.slice(0, -2).split('+'), '+'] : lower === '+' ? ['+'] : lower.split('+');
  const words = parts.map((part) => SPELLINGS[part.trim()] ?? part.trim()).filter(Boolean);
  const modifiers = ORDER.filter((name) => words.includes(name));
  return [...modifiers, ...words.filter((word) => !ORDER.includes(word))].join('+');
}

/** The key as the platform writes it: `⌘⇧A` on a Mac, `Ctrl+Shift+A` elsewhere. @param {string} key */
export function spell(key, mac = globalThis.navigator?.platform?.startsWith('Mac') ?? false) {
  const show = /** @type {Record<string, string>} */ ({
    ctrl: mac ? '⌘' : 'Ctrl', alt: mac ? '⌥' : 'Alt', shift: mac ? '⇧' : 'Shift', enter: '↵', escape: 'Esc', backspace: '⌫',
    delete: 'Del', left: '←', right: '→', up: '↑', down: '↓', space: 'Space', tab: 'Tab', pageup: 'PgUp', pagedown: 'PgDn',
  });
  const plain = normalize(key);
  const parts = plain.endsWith('+') ? [...plain.slice(0, -1).split('+').filter(Boolean), '+'] : plain.split('+');
  return parts.map((part) => show[part] ?? (part.length === 1 ? part.toUpperCase() : part[0].toUpperCase() + part.slice(1))).join(mac ? '' : '+');
}

/**
 * What was pressed, in the form of {@link normalize}. Letters follow the layout; on layouts without Latin letters, and
 * where Alt or Shift changed the character, the place of the key decides. AltGr types characters and is never a command.
 * @param {Pick<KeyboardEvent, 'key'|'code'|'ctrlKey'|'metaKey'|'altKey'|'shiftKey'> & {getModifierState?(name: string): boolean}} event
 */
export function pressed(event) {
  if (event.getModifierState?.('AltGraph')) return '';
  let name = NAMES[event.key] ?? event.key.toLowerCase();
  const place = /^(?:Key|Digit)(.)$/.exec(event.code ?? '')?.[1].toLowerCase();
  const latin = /^[a-z0-9]$/.test(name);
  if (place && !latin && (event.altKey || event.shiftKey || name.length === 1 && name > '\x7f')) name = place;
  const typed = name.length === 1 && !/[a-z0-9]/.test(name); // "?" is "?", with Shift or without
  const modifiers = [event.ctrlKey || event.metaKey ? 'ctrl' : '', event.altKey ? 'alt' : '', event.shiftKey && !typed ? 'shift' : ''];
  return [...modifiers.filter(Boolean), name].join('+');
}

/** @param {EventTarget | null | undefined} target */
function isTyping(target) {
  const element = /** @type {any} */ (target);
  if (!element?.matches) return false;
  return element.isContentEditable || element.matches('textarea, select, input:not([type=checkbox], [type=radio], [type=range], [type=button])');
}

/** Whether a key means a command inside a text field too: with Ctrl or Alt, a function key, Esc. @param {string} key */
const commanding = (key) => /^(ctrl|alt)\+|^f\d+$|^escape$/.test(key);

/**
 * @typedef {{key?: string | null, active?: boolean}} Own  a key of the person's own; `active: false` for none
 * @typedef {{name: string, title: string, run: (event?: Event) => unknown, keys?: string[], scope?: string,
 *   when?: () => boolean, group?: string, typing?: boolean, hidden?: boolean}} Command
 */
export class Keys {
  /** @type {Map<string, Command>} */
  #commands = new Map();
  /** @type {Map<string, Map<string, string[]>>} scope -> key -> names */
  #bound = new Map(SCOPES.map((scope) => [scope, new Map()]));
  /** @type {Record<string, Own>} */
  #custom;
  /** @type {Set<() => void>} */
  #listeners = new Set();

  /** @param {Record<string, Own>} [custom] the person's own keys, `{"section:action": {key, active}}` */
  constructor(custom = {}) {
    this.#custom = custom;
  }

  /** @param {Command} command @returns {() => void} takes the command away again */
  add(command) {
    const known = this.#commands.get(command.name);
    if (known) this.#remove(known);
    this.#commands.set(command.name, command);
    this.#bind(command);
    return () => this.#commands.get(command.name) === command && this.#remove(command);
  }

  /** @param {Command} command */
  #remove(command) {
    const table = this.#table(command);
    for (const key of this.keysOf(command.name)) {
      const names = (table.get(key) ?? []).filter((name) => name !== command.name);
      if (names.length) table.set(key, names);
      else table.delete(key);
    }
    this.#commands.delete(command.name);
  }

  /** @param {Command} command @returns {Map<string, string[]>} */
  #table(command) {
    return /** @type {Map<string, string[]>} */ (this.#bound.get(command.scope ?? 'page'));
  }

  /** @param {Command} command */
  #bind(command) {
    const table = this.#table(command);
    for (const key of this.keysOf(command.name)) table.set(key, [...(table.get(key) ?? []), command.name]);
  }

  /** The keys in force for a command, rebound ones included. @param {string} name */
  keysOf(name) {
    const command = this.#commands.get(name);
    const own = this.#custom[name];
    if (own?.active === false) return [];
    const keys = own?.key ? own.key.split(/,(?!$)/) : (command?.keys ?? []);
    return keys.map(normalize).filter(Boolean);
  }

  /** Whether the person gave this command a key of their own. @param {string} name */
  isRebound(name) {
    return name in this.#custom;
  }

  get custom() {
    return this.#custom;
  }

  /** Take up the person's own keys, in place of all they had. @param {Record<string, Own>} custom */
  rebind(custom) {
    this.#custom = custom;
    for (const table of this.#bound.values()) table.clear();
    for (const command of this.#commands.values()) this.#bind(command);
    tell(this.#listeners);
  }

  /** @param {() => void} listener told when the person has other keys @returns {() => void} */
  on(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The first key of a command as people read it, or "". @param {string} name */
  hint(name) {
    const [key] = this.keysOf(name);
    return key ? spell(key) : '';
  }

  /** Every command on a key, the one that goes first at the front. @param {string} key @returns {Command[]} */
  holders(key) {
    const wanted = normalize(key);
    return SCOPES.toReversed().flatMap((scope) => (this.#bound.get(scope)?.get(wanted) ?? []).map((name) => /** @type {Command} */ (this.#commands.get(name))));
  }

  /** @returns {Command[]} */
  list() {
    return [...this.#commands.values()];
  }

  /** Run a command by name. @param {string} name @param {Event} [event] @returns {boolean} whether it could run */
  run(name, event) {
    const command = this.#commands.get(name);
    if (!command || command.when && !command.when()) return false;
    command.run(event);
    return true;
  }

  /** @param {KeyboardEvent} event */
  handle(event) {
    if (event.defaultPrevented || event.isComposing || event.key === 'Process') return false;
    const key = pressed(event);
    if (!key) return false;
    const target = /** @type {any} */ (event.composedPath?.()[0] ?? event.target);
    if (target?.closest?.('dialog[open], [popover]')) return false; // what lies over the page has keys of its own
    const typing = isTyping(target);
    for (let i = SCOPES.length - 1; i >= 0; i--) {
      for (const name of this.#bound.get(SCOPES[i])?.get(key) ?? []) {
        const command = /** @type {Command} */ (this.#commands.get(name));
        if (typing && !(command.typing && commanding(key))) continue;
        if (command.when && !command.when()) continue;
        event.preventDefault();
        event.stopPropagation();
        command.run(event);
        return true;
      }
    }
    return false;
  }

  /** @param {EventTarget} target @returns {() => void} */
  listen(target) {
    const listener = (/** @type {Event} */ event) => this.handle(/** @type {KeyboardEvent} */ (event));
    target.addEventListener('keydown', listener);
    return () => target.removeEventListener('keydown', listener);
  }
}

/**
 * 1-9, 0, then letters: what labels and choices get when the config names no key. The letters of tools and of moving about
 * (v h r p o b e k w m n u) are left out, so that a label has the same key whatever tools stand beside it.
 */
export const AUTOMATIC_KEYS = [...'1234567890qtyiasdfgjlzxc'];
