/** Copy to the clipboard; on plain http, where browsers forbid it, by selecting the words. */
import { h, icon } from 'tagma/dom.js';
import { t } from 'tagma/i18n.js';
import { toast } from 'tagma/ui/toast.js';

/** @param {string} text */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = h('textarea.unseen', { value: text, 'aria-hidden': 'true' });
    (document.querySelector('dialog[open]') ?? document.body).append(field);
    field.select();
    document.execCommand('copy');
    field.remove();
  }
  toast(t('Copied'), { kind: 'good' });
}

/** @param {string} text @param {string} [words] */
export const copyButton = (text, words = t('Copy')) => h('button.button.button-small', { type: 'button', onclick: () => copy(text) }, icon('copy'), words);
