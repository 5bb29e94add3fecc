/** <Text>: plain text whose passages wear labels. */
import { defineTag, h } from 'tagma';
import { TextSpace } from 'tagma/kit/text.js';

/** @param {string} text @param {string} encoding */
function decode(text, encoding) {
  if (encoding === 'base64') return atob(text);
  if (encoding === 'base64unicode') return new TextDecoder().decode(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
  return text;
}

/** @param {HTMLElement} host @param {import('tagma').Context} ctx */
function mount(host, ctx) {
  const { node, t } = ctx;
  const value = ctx.value('value');
  /** @type {TextSpace | undefined} */
  let space;
  const show = (/** @type {string} */ text) => {
    host.replaceChildren();
    space = new TextSpace(host, ctx, decode(text, String(node.get('encoding', 'none'))), {
      granularity: String(node.get('granularity', 'symbol')),
      selectable: node.is('selectionEnabled', true),
      saveText: String(node.get('saveTextResult', 'yes')) !== 'no',
      showLabels: node.is('showLabels', true),
      links: node.is('clickableLinks'),
    });
    host.dataset.ready = '';
  };
  const say = (/** @type {string} */ words, /** @type {string} */ hint) => host.replaceChildren(h('div.tagma-empty', { role: 'alert' }, h('strong', null, words), h('p', null, hint)));
  let gone = false;
  if (value === undefined || value === null || (typeof value === 'string' && value.startsWith('$'))) {
    say(t('This task has no text.'), t('The set-up looks for it in {key} of the task.', { key: String(node.get('value') ?? '') }));
  } else if (String(node.get('valueType')) === 'url') {
    host.append(h('div.tagma-loading', { role: 'status' }, t('Loading the text')));
    fetch(ctx.asset(String(value)))
      .then((answer) => (answer.ok ? answer.arrayBuffer() : Promise.reject(new Error(String(answer.status)))))
      .then((bytes) => !gone && show(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)))
      .catch((error) => !gone && say(t('The text could not be loaded.'), String(error.message)));
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
