/** A menu under a button: arrows walk, letters jump, Esc closes. */
import { h, icon } from 'tagma/dom.js';

/**
 * @typedef {{title: string, icon?: string, key?: string, run?: () => void, bad?: boolean, checked?: boolean, disabled?: string, note?: boolean, line?: boolean}} Item
 * @param {Element} anchor @param {(Item | Element | null | false)[]} items elements stand as they are
 * @param {{label?: string, keep?: boolean, className?: string}} [options] `keep` leaves it open after a choice
 */
export function menu(anchor, items, { label = '', keep = false, className = '' } = {}) {
  document.querySelectorAll('.menu-list[popover]').forEach((open) => /** @type {HTMLElement} */ (open).hidePopover());
  const mixed = items.some((item) => item instanceof Element); // with fields in it, it is no menu to a screen reader
  const list = h(`div.menu-list${className}`, { popover: 'auto', role: mixed ? 'dialog' : 'menu', 'aria-label': label || anchor.getAttribute('aria-label') || anchor.textContent });
  for (const item of items) {
    if (!item) continue;
    if (item instanceof Element) list.append(item);
    else if (item.line) list.append(h('div.menu-line', { role: 'separator' }));
    else if (item.note) list.append(h('p.menu-note', null, item.title));
    else list.append(entry(item, mixed, () => keep || list.hidePopover()));
  }
  list.addEventListener('toggle', (/** @type {any} */ event) => {
    if (event.newState !== 'closed') return;
    anchor.setAttribute('aria-expanded', 'false');
    list.remove();
    /** @type {HTMLElement} */ (anchor).focus?.({ preventScroll: true });
  });
  list.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => walk(list, event));
  (anchor.closest('dialog') ?? document.body).append(list);
  list.showPopover();
  place(list, anchor);
  anchor.setAttribute('aria-expanded', 'true');
  /** @type {HTMLElement | null} */ (list.querySelector('[aria-checked=true], input, .menu-item'))?.focus();
  return list;
}

/** @param {Item} item @param {boolean} mixed @param {() => void} close */
function entry(item, mixed, close) {
  return h('button.menu-item', {
    type: 'button', role: mixed ? (item.checked === undefined ? null : 'checkbox') : item.checked === undefined ? 'menuitem' : 'menuitemcheckbox', 'aria-disabled': item.disabled ? 'true' : null,
    'aria-checked': item.checked === undefined ? null : String(item.checked), title: item.disabled || null, class: item.bad ? 'bad' : '',
    onclick: () => {
      if (item.disabled) return;
      close();
      item.run?.();
    },
  }, item.icon ? icon(item.icon) : null, h('span', null, item.title, item.disabled ? h('span.help', null, ` ${item.disabled}`) : null), item.key ? h('kbd', null, item.key) : null);
}

/** @param {HTMLElement} list @param {Element} anchor */
function place(list, anchor) {
  const at = anchor.getBoundingClientRect();
  const size = list.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.left, innerWidth - size.width - 8));
  const below = at.bottom + 4 + size.height <= innerHeight - 8;
  list.style.left = `${left}px`;
  list.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - size.height - 4)}px`;
}

/** @param {HTMLElement} list @param {KeyboardEvent} event */
function walk(list, event) {
  const items = [.../** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll('.menu-item'))];
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to === undefined || (document.activeElement instanceof HTMLInputElement && ['Home', 'End'].includes(event.key))) return;
  event.preventDefault();
  items[(to + items.length) % items.length]?.focus();
}
