/** <TextArea>: words, one answer or several. */
import { defineTag, h, resolve } from 'tagma';
import { mountTranscript } from './transcript.js';

/** @param {HTMLElement} host @param {import('tagma').Context} ctx */
function mount(host, ctx) {
  const { node, t } = ctx;
  if (!ctx.session.asksSelected(node) && node.is('perRegion')) return mountTranscript(host, ctx);
  const rows = Math.max(1, node.number('rows', 1));
  const most = node.number('maxSubmissions', Infinity);
  const title = String(node.get('label') || node.name);
  const several = most !== 1 && !node.is('perRegion') && node.is('allowSubmit', true) && (node.is('showSubmitButton') || rows === 1);
  const list = h('ul.texts');
  const words = h('p.help', { role: 'status' });
  const field = h('textarea.input', { rows, placeholder: String(ctx.value('placeholder') ?? ''), 'aria-label': title, disabled: ctx.readonly });
  const add = several ? h('button.button.button-small', { type: 'button', disabled: ctx.readonly, onclick: () => submit() }, t('Add')) : null;
  const line = h('div.row', null, field, add);
  host.append(h('div.textarea', null, node.get('label') ? h('span.textarea-label', { 'aria-hidden': 'true' }, title) : null, list, line, words, shortcuts(host, ctx, field)));
  const prefill = ctx.value('value');
  ctx.preset(prefill === undefined || prefill === '' ? undefined : [].concat(prefill).map(String));
  const answers = () => /** @type {string[]} */ ([].concat(ctx.answer ?? []));
  const set = (/** @type {string[]} */ texts, /** @type {any} */ options) => ctx.setAnswer(texts.length ? texts : undefined, options);
  const submit = () => {
    const text = field.value.trim();
    if (!text) return;
    words.textContent = answers().length >= most ? t('There can be at most {n}.', { n: most }) : node.is('skipDuplicates') && answers().includes(text) ? t('This is there already.') : '';
    if (words.textContent) return;
    set([...answers(), text], {});
    field.value = '';
  };
  if (several) {
    field.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      event.preventDefault();
      submit();
    });
    field.addEventListener('blur', submit);
  } else {
    let merge = Symbol('typing');
    field.addEventListener('focus', () => (merge = Symbol('typing')));
    field.addEventListener('input', () => set(field.value ? [field.value] : [], { merge }));
  }

  /** One text that was entered. @param {string} text @param {number} place */
  const entry = (text, place) => {
    let merge = Symbol('typing');
    const own = node.is('editable') && !ctx.readonly
      ? h('textarea.input', { rows: 1, value: text, 'aria-label': t('{name}, entry {n}', { name: title, n: place + 1 }), onfocus: () => (merge = Symbol('typing')), oninput: () => set(answers().map((old, other) => (other === place ? own.value : old)), { merge }),
        onblur: () => !own.value.trim() && set(answers().filter((_, other) => other !== place), {}) })
      : h('span.grow', null, text);
    return h('li', null, own, ctx.readonly ? null : h('button.link-button', { type: 'button', 'aria-label': t('Take away “{text}”', { text }), onclick: () => set(answers().filter((_, other) => other !== place), {}) }, '×'));
  };
  const update = () => {
    const texts = answers();
    if (!several) {
      const text = texts.join('\n');
      if (field.value !== text) field.value = text;
      return;
    }
    const full = texts.length >= most;
    line.hidden = full && !ctx.readonly;
    if (list.contains(document.activeElement)) return; // the one being typed in is right already
    list.replaceChildren(...texts.map(entry));
  };
  update();
  ctx.watch(update);
}

/** Buttons that type a word where the caret stands. @param {HTMLElement} host @param {import('tagma').Context} ctx @param {any} field */
function shortcuts(host, ctx, field) {
  const { node, t } = ctx;
  const made = node.find('Shortcut').map((child) => {
    const word = String(resolve(child.get('value') ?? '', ctx.task?.data ?? {}));
    const title = String(child.get('alias') || word);
    const name = `shortcut:${node.name}:${word}`;
    const type = () => {
      field.focus();
      field.setRangeText(word, field.selectionStart, field.selectionEnd, 'end');
      field.dispatchEvent(new Event('input'));
    };
    ctx.command({ name, group: t('Answers'), title, keys: child.get('hotkey') ? String(child.get('hotkey')).split(/,(?!$)/) : [], typing: true, when: () => !ctx.readonly && !host.closest('[hidden]'), run: type });
    // a press must not take the caret out of the field
    return h('button.button.button-small', { type: 'button', disabled: ctx.readonly, onpointerdown: (/** @type {Event} */ event) => event.preventDefault(), onclick: type }, child.attrs.background ? h('span.region-swatch', { vars: { '--label': String(child.attrs.background) } }) : null, title, ctx.keyOf(name));
  });
  return made.length ? h('div.row.shortcuts', null, made) : null;
}

export default defineTag({ api: 1, tag: 'TextArea', kind: 'control', valueKey: 'text', style: new URL('./transcript.css', import.meta.url), mount });
