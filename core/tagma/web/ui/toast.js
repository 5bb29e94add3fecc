/** Short news at the foot of the page. An error stays until it is read; the rest goes by itself. */
import { h, icon } from 'tagma/dom.js';
import { t } from 'tagma/i18n.js';

/** @type {HTMLElement | undefined} */
let host;

/**
 * @param {string} words
 * @param {{kind?: 'good'|'bad'|'info', action?: string, run?: () => void}} [options] one action beside the words, as "Undo"
 */
export function toast(words, { kind = 'info', action, run } = {}) {
  const shelf = (host ??= document.body.appendChild(h('div.toasts', { popover: 'manual' })));
  shelf.showPopover?.(); // the top layer, so that it is seen above a dialog
  const close = () => {
    element.remove();
    if (!shelf.childElementCount) shelf.hidePopover?.();
  };
  const element = h('div.toast', { role: kind === 'bad' ? 'alert' : 'status' },
    kind === 'info' ? null : h(`span.${kind}`, null, icon(kind === 'good' ? 'circle-check' : 'circle-alert')),
    h('span.grow', null, words),
    action && h('button.button.button-small.button-quiet', { type: 'button', onclick: () => { close(); run?.(); } }, action),
    h('button.icon-button', { type: 'button', title: t('Close'), 'aria-label': t('Close'), onclick: close }, icon('x')));
  [...shelf.children].find((other) => other.textContent === element.textContent)?.remove(); // the same again is no more news than once
  shelf.append(element);
  if (kind !== 'bad') setTimeout(close, action ? 10000 : 4000);
  return close;
}

/** What went wrong, in the server's words and with its advice. @param {any} error */
export function toastError(error) {
  if (error?.name === 'AbortError') return;
  toast(wordsOf(error), { kind: 'bad' });
}

/** @param {any} error */
export function wordsOf(error) {
  if (error?.name === 'Unreachable') return t('The server can’t be reached. Check the connection and try again.');
  const fields = Object.entries(error?.body?.validation_errors ?? {}).flatMap(([name, words]) => (name === 'non_field_errors' ? words : [`${name}: ${words}`]));
  return [fields.join(' ') || error?.message, error?.hint].filter(Boolean).join(' ');
}
