/** <Text>: plain text whose passages wear labels. */
import { defineTag, h } from 'tagma';
import { refuse } from 'tagma/kit/opening.js';
import { TextSpace } from 'tagma/kit/text.js';
import { load } from './loading.js';

/** @param {string} text @param {string} encoding */
function decode(text, encoding) {
  if (encoding === 'base64') return atob(text);
  if (encoding === 'base64unicode') return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
  return text;
}

/** @param {HTMLElement} host @param {import('tagma').Context} ctx */
function mount(host, ctx) {
  const { node, t } = ctx;
  const value = ctx.value('value');
  /** @type {TextSpace | undefined} */
  let space;
  const show = (/** @type {string} */ text) => {
    const encoding = String(node.get('encoding', 'none'));
    try {
      text = decode(text, encoding);
    } catch {
      return refuse(host, t('The text could not be read.'), t('The set-up says it is in {encoding}, and it is not. Correct the data, or the encoding in the set-up.', { encoding }));
    }
    host.replaceChildren();
    space = new TextSpace(host, ctx, text, {
      granularity: String(node.get('granularity', 'symbol')),
      selectable: node.is('selectionEnabled', true),
      saveText: String(node.get('saveTextResult', 'yes')) !== 'no',
      showLabels: node.is('showLabels', true),
      links: node.is('clickableLinks'),
      color: String(node.get('highlightColor') ?? ''),
    });
    host.dataset.ready = '';
  };
  let gone = false;
  if (value === undefined || value === null || (typeof value === 'string' && value.startsWith('$'))) {
    refuse(host, t('This task has no text.'), t('The set-up looks for it in {key} of the task.', { key: String(node.get('value') ?? '') }));
  } else if (String(node.get('valueType')) === 'url') {
    host.append(h('div.tagma-loading', { role: 'status' }, t('Loading the text')));
    load(ctx, String(value))
      .then((text) => !gone && show(text))
      .catch((error) => !gone && refuse(host, t('The text could not be loaded.'), error.message));
  } else {
    show(typeof value === 'object' ? JSON.stringify(value, null, 2) : String(value));
  }
  return {
    destroy() {
      gone = true;
      space?.destroy();
    },
  };
}

export default defineTag({ api: 1, tag: 'Text', kind: 'object', fills: true, mount });
