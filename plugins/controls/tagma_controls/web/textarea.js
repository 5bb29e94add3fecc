/** <TextArea>: words, one answer or several. */
import { defineTag, h, resolve } from 'tagma';
import { spell } from 'tagma/keys.js';

/** @param {HTMLElement} host @param {import('tagma').Context} ctx */
function mount(host, ctx) {
  const { node, t } = ctx;
  const rows = Math.max(1, node.number('rows', 1));
  const most = node.number('maxSubmissions', Infinity);
  const list = h('ul.texts');
  const field = h('textarea.input', { rows, placeholder: String(ctx.value('placeholder') ?? ''), 'aria-label': node.get('label') ?? node.name, disabled: ctx.readonly });
  const several = most !== 1 && !node.is('perRegion') && (node.is('showSubmitButton') || rows === 1);
  const add = h('button.button.button-small', { type: 'button', disabled: ctx.readonly, onclick: () => submit() }, t('Add'));
  host.append(h('div.textarea', null, list, h('div.row', null, field, several ? add : null)));
  /** Types a word where the caret stands. @param {string} word */
  const type = (word) => {
    field.focus();
    field.setRangeText(word, field.selectionStart, field.selectionEnd, 'end');
    field.dispatchEvent(new Event('input'));
  };
  const shortcuts = node.find('Shortcut').map((child) => {
    const word = String(resolve(child.get('value') ?? '', ctx.task?.data ?? {}));
    const title = String(child.get('alias') || word);
    const key = String(child.get('hotkey') ?? '');
    if (key) ctx.command({ name: `shortcut:${node.name}:${word}`, group: node.name, title, keys: key.split(/,(?!$)/), typing: true, when: () => !ctx.readonly && !host.closest('[hidden]'), run: () => type(word) });
    // a press must not take the caret out of the field
    return h('button.button.button-small', { type: 'button', disabled: ctx.readonly, onpointerdown: (/** @type {Event} */ event) => event.preventDefault(), onclick: () => type(word) }, title, key ? h('kbd', null, spell(key)) : null);
  });
  if (shortcuts.length) host.firstElementChild?.append(h('div.row.shortcuts', null, shortcuts));
  const answers = () => /** @type {string[]} */ ([].concat(ctx.answer ?? []));
  const submit = () => {
    const text = field.value.trim();
    if (!text || answers().length >= most || (node.is('skipDuplicates') && answers().includes(text))) return;
    ctx.setAnswer([...answers(), text]);
    field.value = '';
  };
  if (several) {
    field.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.ctrlKey || event.metaKey || event.isComposing) return;
      event.preventDefault();
      submit();
    });
    field.addEventListener('blur', submit);
  } else {
    let merge = Symbol('typing');
    field.addEventListener('focus', () => (merge = Symbol('typing')));
    field.addEventListener('input', () => ctx.setAnswer(field.value ? [field.value] : undefined, { merge }));
  }
  const prefill = ctx.value('value');
  if (prefill && ctx.answer === undefined && !ctx.readonly && !node.is('perRegion') && !ctx.store.size) ctx.setAnswer([String(prefill)]);
  const update = () => {
    if (!several) {
      const text = answers().join('\n');
      if (field.value !== text) field.value = text;
      return;
    }
    list.replaceChildren(...answers().map((text, place) => h('li', null, h('span', null, text), ctx.readonly ? null : h('button.link-button', { type: 'button', 'aria-label': t('Take away'), onclick: () => {
      const rest = answers().filter((_, other) => other !== place);
      ctx.setAnswer(rest.length ? rest : undefined);
    } }, '×'))));
  };
  update();
  ctx.watch(update);
}

export default defineTag({ api: 1, tag: 'TextArea', kind: 'control', valueKey: 'text', mount });
