/** A labeling config, edited as chips of labels or as code; both change the one XML. */
import { api } from 'tagma/api.js';
import { fill, h, icon } from 'tagma/dom.js';
import { t } from 'tagma/i18n.js';
import { reorder } from 'tagma/ui/reorder.js';

const ITEMS = ['Label', 'Choice'];
const LABELS = Array.from({ length: 12 }, (_, index) => `--tagma-label-${index + 1}`);

/** A colour of ours as #rrggbb, for the colour field. @param {string} name */
function hex(name) {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  pen.fillStyle = name.startsWith('--') ? getComputedStyle(document.documentElement).getPropertyValue(name).trim() : name;
  pen.fillRect(0, 0, 1, 1);
  return `#${[...pen.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

export class ConfigEditor {
  /** @param {HTMLElement} host @param {string} xml @param {(xml: string) => void} onchange */
  constructor(host, xml, onchange) {
    this.host = host;
    this.xml = xml;
    this.onchange = onchange;
    this.mode = 'visual';
    /** @type {{destroy(): void} | undefined} the open code field */
    this.field = undefined;
    this.draw();
  }

  /** @param {string} xml */
  set(xml) {
    this.xml = xml;
    this.draw();
  }

  /** @param {'visual' | 'code'} mode */
  show(mode) {
    this.mode = mode;
    this.draw();
  }

  draw() {
    this.field?.destroy();
    this.field = undefined;
    if (this.mode === 'code') this.#code();
    else this.#visual();
  }

  /** @param {string} xml */
  #changed(xml) {
    this.xml = xml;
    this.onchange(xml);
  }

  #visual() {
    const tree = new DOMParser().parseFromString(this.xml, 'text/xml');
    if (tree.querySelector('parsererror')) return fill(this.host, h('p.fault', null, icon('circle-alert'), t('The code can’t be read as XML; mend it under Code.')));
    const controls = [...new Set([...tree.querySelectorAll(ITEMS.join(','))].map((item) => item.parentElement))];
    const write = () => this.#changed(new XMLSerializer().serializeToString(tree.documentElement));
    if (!controls.length) return fill(this.host, h('p.help', null, t('This set-up has no labels of its own; change it under Code.')));
    fill(this.host, controls.map((control) => this.#control(/** @type {Element} */ (control), write)));
  }

  /** @param {Element} control @param {() => void} write */
  #control(control, write) {
    const items = [...control.children].filter((child) => ITEMS.includes(child.localName));
    const name = items[0]?.localName ?? 'Label';
    const again = () => { write(); this.#visual(); };
    const field = (/** @type {number} */ at, /** @type {string} */ part = '.label-text') => /** @type {HTMLInputElement | undefined} */ (this.host.querySelector(`[data-control="${CSS.escape(controlName)}"]`)?.querySelectorAll(part)[at]);
    const controlName = control.getAttribute('name') ?? control.localName;
    const insert = (/** @type {string[]} */ words, /** @type {Element | null} */ before = null) => {
      for (const word of words) {
        const made = control.ownerDocument.createElementNS(null, name);
        made.setAttribute('value', word);
        control.insertBefore(made, before);
      }
      again();
    };
    const add = h('button.label-item.label-add', { type: 'button', onclick: () => {
      insert([t('Label {n}', { n: items.length + 1 })]);
      field(items.length)?.select();
    } }, icon('plus'), t('Add label'));
    const list = h('div.label-list', null, items.map((item, index) => this.#item(item, index, write, again, (words) => { insert(words, item.nextElementSibling); field(index + words.length)?.focus(); })), add);
    reorder(list, { selector: '.label-item:not(.label-add)', handle: '.label-grip', moved: (from, to) => {
      const [item, other] = [items[from], items[to]];
      control.insertBefore(item, to > from ? other.nextSibling : other);
      again();
      field(to, '.label-grip')?.focus();
    } });
    return h('fieldset.plain', { data: { control: controlName } }, h('legend.help', null, controlName), list);
  }

  /**
   * @param {Element} item @param {number} index @param {() => void} write @param {() => void} again
   * @param {(words: string[]) => void} more labels after this one
   */
  #item(item, index, write, again, more) {
    const set = (/** @type {string} */ name, /** @type {string} */ value) => { value ? item.setAttribute(name, value) : item.removeAttribute(name); write(); };
    const word = item.getAttribute('value') ?? '';
    return h('div.label-item', null,
      h('button.label-grip', { type: 'button', title: t('Drag to another place (Alt+arrows)'), 'aria-label': t('Move {label}', { label: word }) }, icon('grip-vertical', 14)),
      h('input', { type: 'color', value: hex(item.getAttribute('background') || LABELS[index % 12]), title: t('Colour'), 'aria-label': t('Colour of {label}', { label: word }), onchange: (/** @type {any} */ event) => set('background', event.target.value) }),
      h('input.label-text', {
        value: word, 'aria-label': t('Label'), oninput: (/** @type {any} */ event) => set('value', event.target.value),
        onpaste: (/** @type {ClipboardEvent} */ event) => { // a list of names becomes a label each
          const [first, ...rest] = (event.clipboardData?.getData('text') ?? '').split(/[\r\n]+/).map((line) => line.trim()).filter(Boolean);
          if (!rest.length) return;
          event.preventDefault();
          item.setAttribute('value', first);
          more(rest);
        },
      }),
      h('input.label-key', { value: item.getAttribute('hotkey') ?? '', placeholder: index < 9 ? String(index + 1) : '', maxlength: 1, title: t('Key'), 'aria-label': t('Key of {label}', { label: word }), onchange: (/** @type {any} */ event) => set('hotkey', event.target.value) }),
      h('button.icon-button', { type: 'button', title: t('Remove label'), 'aria-label': t('Remove {label}', { label: word }), onclick: () => { item.remove(); again(); } }, icon('x', 14)));
  }

  #code() {
    const said = h('div.stack-near', { role: 'status' });
    const box = h('div.code-box');
    const label = t('Labeling config as XML');
    const check = async (/** @type {string} */ text) => {
      const faults = await faultsOf(text);
      fill(said, faults.map((fault) => h('p.fault', null, icon('circle-alert'), h('span', null, sentence(fault)))));
      return faults;
    };
    fill(this.host, box, said);
    const xml = this.xml;
    import('tagma/ui/code-field.js').then(({ openCode }) => openCode(box, xml, { label, check, onchange: (text) => this.#changed(text) })).then((field) => {
      if (box.isConnected) this.field = field;
      else field.destroy();
    }).catch((error) => {
      reportError(error);
      if (box.isConnected) plain(box, xml, label, check, (text) => this.#changed(text));
    });
  }
}

/** Where the code editor can't be loaded, a field of text does the work. @param {HTMLElement} box @param {string} xml @param {string} label @param {(text: string) => Promise<any>} check @param {(text: string) => void} onchange */
function plain(box, xml, label, check, onchange) {
  const field = h('textarea', { value: xml, spellcheck: false, 'aria-label': label });
  let waiting = 0;
  field.addEventListener('input', () => {
    onchange(field.value);
    clearTimeout(waiting);
    waiting = setTimeout(() => check(field.value), 300);
  });
  fill(box, field);
  check(xml);
}

/** @param {any} fault */
const sentence = (fault) => [fault.where?.line && t('Line {n}:', { n: fault.where.line }), fault.message, fault.hint].filter(Boolean).join(' ');

/** What the server finds wrong, each with its place. @param {string} xml @returns {Promise<any[]>} */
export async function faultsOf(xml) {
  try {
    await api.post('/api/projects/validate/', { label_config: xml });
    return [];
  } catch (error) {
    const { body, message } = /** @type {any} */ (error);
    return body?.faults?.length ? body.faults : [].concat(body?.label_config ?? message).map((words) => ({ message: words }));
  }
}
