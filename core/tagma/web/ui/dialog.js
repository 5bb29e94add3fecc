/** Dialogs: one question at a time, Esc and the cross close, focus goes back to where it was. */
import { h, icon } from 'tagma/dom.js';
import { t } from 'tagma/i18n.js';

/**
 * @param {{title: string, body: any, foot?: any[], wide?: boolean, onclose?: (value: string) => void}} content
 * @returns {HTMLDialogElement} shown; `close(value)` ends it
 */
export function dialog({ title, body, foot = [], wide = false, onclose }) {
  const id = `dialog-${Math.random().toString(36).slice(2, 8)}`;
  const element = h(`dialog.dialog${wide ? '.dialog-wide' : ''}`, { 'aria-labelledby': id },
    h('div.dialog-head', null,
      h('h2', { id }, title),
      h('button.icon-button', { type: 'button', title: t('Close (Esc)'), 'aria-label': t('Close'), onclick: () => element.close('') }, icon('x'))),
    h('div.dialog-body', null, body),
    foot.length ? h('div.dialog-foot', null, foot) : null);
  element.addEventListener('close', () => {
    onclose?.(element.returnValue);
    element.remove();
  });
  document.body.append(element);
  element.showModal();
  return element;
}

/**
 * Ask before what can't be undone. The words repeat count and name; with `typed` they must be typed.
 * @param {{title: string, words: any, verb: string, bad?: boolean, typed?: string}} question @returns {Promise<boolean>}
 */
export function confirm({ title, words, verb, bad = false, typed }) {
  return new Promise((resolve) => {
    const field = typed ? h('input.input', { autocomplete: 'off', 'aria-label': t('Type {word} to confirm', { word: typed }) }) : null;
    const reason = h('p.fault', { role: 'alert', hidden: true }, icon('circle-alert'), t('Type {word} to confirm', { word: typed ?? '' }));
    const go = () => {
      if (field && field.value.trim() !== typed) {
        reason.hidden = false;
        field.focus();
      } else shown.close('yes');
    };
    const button = h(`button.button.button-primary${bad ? '.button-bad' : ''}`, { type: 'button', onclick: go }, verb);
    const shown = dialog({
      title,
      body: [
        typeof words === 'string' ? h('p', null, words) : words,
        field && h('label.field', null, h('span.help', null, t('Type {word} to confirm', { word: typed })), field, reason),
      ],
      foot: [h('button.button.button-quiet', { type: 'button', onclick: () => shown.close('') }, t('Cancel')), button],
      onclose: (value) => resolve(value === 'yes'),
    });
    (field ?? button).focus();
    field?.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => event.key === 'Enter' && go());
  });
}
