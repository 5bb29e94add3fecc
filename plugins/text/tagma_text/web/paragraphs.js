/** <Paragraphs>: a dialogue line by line, whose passages wear labels, in step with its recording if there is one. */
import { defineTag, h, t as translate } from 'tagma';
import { clock } from 'tagma/kit/line.js';
import { refuse } from 'tagma/kit/opening.js';
import { TextSpace } from 'tagma/kit/text.js';
import { dialogueBar } from './dialogue-bar.js';
import { DialogueSound } from './dialogue-sound.js';
import { Dialogue } from './dialogue.js';
import { load } from './loading.js';

class NoDialogue extends Error {}

/** The lines of what a task holds. @param {unknown} value @param {(words: string) => string} t @returns {unknown[]} */
function linesOf(value, t) {
  const given = typeof value === 'string' ? JSON.parse(value) : value;
  if (Array.isArray(given)) return given;
  throw new NoDialogue(t('A dialogue is a list of lines, each an object like {"author": "Ada", "text": "Good morning"}.'));
}

/** @param {HTMLElement} host @param {import('tagma').Context} ctx */
function mount(host, ctx) {
  const { node, t } = ctx;
  const value = ctx.value('value');
  /** @type {TextSpace | undefined} */
  let space;
  let gone = false;
  const show = (/** @type {unknown} */ given) => {
    if (gone) return;
    try {
      const lines = linesOf(given, t);
      if (!lines.length) return refuse(host, t('This dialogue has no lines.'), t('The list in {key} of the task is empty.', { key: String(node.get('value')) }));
      host.replaceChildren();
      space = draw(host, ctx, lines);
      host.dataset.ready = '';
    } catch (error) {
      if (error instanceof SyntaxError) refuse(host, t('The dialogue can’t be shown.'), t('It is no JSON: {why}', { why: error.message }));
      else if (error instanceof NoDialogue) refuse(host, t('The dialogue can’t be shown.'), error.message);
      else throw error;
    }
  };
  if (value === undefined || value === null || (typeof value === 'string' && value.startsWith('$'))) {
    refuse(host, t('This task has no dialogue.'), t('The set-up looks for it in {key} of the task.', { key: String(node.get('value') ?? '') }));
  } else if (byAddress(node, value)) {
    host.append(h('div.tagma-loading', { role: 'status' }, t('Loading the dialogue')));
    load(ctx, String(value)).then(show, (error) => !gone && refuse(host, t('The dialogue could not be loaded.'), error.message));
  } else show(value);
  return {
    destroy() {
      gone = true;
      space?.destroy();
    },
  };
}

/** Whether a value is the address of the lines. @param {import('tagma').ConfigNode} node @param {unknown} value */
const byAddress = (node, value) => String(node.get('valueType')) === 'url' && typeof value === 'string';

/** @param {HTMLElement} host @param {import('tagma').Context} ctx @param {unknown[]} given */
function draw(host, ctx, given) {
  const { node, t } = ctx;
  const keys = { name: String(node.get('nameKey', 'author')), text: String(node.get('textKey', 'text')) };
  const dialogue = new Dialogue(given, keys, (place, found) => t('Line {n} has no “{key}”. It has {keys}.', { n: place + 1, key: keys.text, keys: found.join(', ') || '{}' }));
  const { authors } = dialogue;
  const sound = new DialogueSound(ctx, dialogue);
  const elements = dialogue.lines.map((line) => lineElement(ctx, line, authors, sound));
  const box = h('div.dialogue');
  host.append(box);
  const saved = node.get('saveTextResult');
  const quoted = saved ? String(saved) === 'yes' : !byAddress(node, ctx.value('value'));
  const space = new TextSpace(box, ctx, dialogue.text, {
    name: t('Dialogue'),
    granularity: String(node.get('granularity', 'symbol')),
    selectable: true,
    saveText: quoted,
    showLabels: node.is('showLabels'),
    color: String(node.get('highlightColor') ?? ''),
    turns: dialogue.lines.map(({ start, end, place }) => ({ start, end, element: elements[place] })),
    place: (value) => dialogue.place(value),
    value: (start, end) => dialogue.value(start, end, quoted),
  });
  const filter = (/** @type {{authors: Set<string>, words: string}} */ { authors: wanted, words }) => {
    const shown = dialogue.lines.filter(({ author, text, place }) => {
      const fits = (!wanted.size || wanted.has(author)) && (!words || text.toLocaleLowerCase().includes(words));
      elements[place].hidden = !fits;
      return fits;
    });
    space.refit();
    return shown.length;
  };
  lineCommands(ctx, space, dialogue, elements, sound);
  box.prepend(...[node.is('showPlayer') ? sound.bar : null, dialogue.lines.length > 1 ? dialogueBar(ctx, authors, filter) : null].filter((one) => one !== null));
  sound.listen((line) => {
    for (const element of elements) element.classList.remove('now');
    if (!line) return;
    elements[line.place].classList.add('now');
    if (node.is('contextScroll')) elements[line.place].scrollIntoView({ block: 'center' });
  });
  return space;
}

/** @param {import('tagma').Context} ctx @param {import('./dialogue.js').Line} line @param {string[]} authors @param {DialogueSound} sound */
function lineElement(ctx, line, authors, sound) {
  const { node, t } = ctx;
  const place = authors.indexOf(line.author);
  const coloured = String(node.get('layout')) === 'dialogue' && place >= 0;
  return h('section.dialogue-line', { 'aria-label': t('Line {n}', { n: line.place + 1 }), class: coloured ? 'coloured' : '', vars: coloured ? { '--author': `var(--tagma-label-${(place % 8) + 1})` } : {} },
    h('header.dialogue-head', null,
      line.from === null || !sound.there ? null : sound.button(line),
      line.author ? h('b', null, line.author) : null,
      line.fault ? h('span.dialogue-fault', { role: 'note' }, line.fault) : null,
      line.from === null ? null : h('span.num', null, clock(line.from, 0))));
}

/** Keys that go from line to line. @param {import('tagma').Context} ctx @param {TextSpace} space @param {Dialogue} dialogue @param {HTMLElement[]} elements @param {DialogueSound} sound */
function lineCommands(ctx, space, dialogue, elements, sound) {
  const { t } = ctx;
  const group = t('Dialogue');
  /** @type {import('./dialogue.js').Line | null} */
  let chosen = null;
  const go = (/** @type {number} */ by) => {
    const shown = dialogue.lines.filter(({ place }) => !elements[place].hidden);
    const now = chosen ? shown.indexOf(chosen) : by > 0 ? -1 : shown.length;
    const next = shown[Math.min(Math.max(now + by, 0), shown.length - 1)];
    if (!next) return;
    if (chosen) elements[chosen.place].classList.remove('chosen');
    chosen = next;
    elements[next.place].classList.add('chosen');
    elements[next.place].scrollIntoView({ block: 'nearest' });
    getSelection()?.collapse(...space.position(next.start));
    space.scroller.focus({ preventScroll: true });
    sound.seek(next);
  };
  ctx.command({ name: 'dialogue:next', group, title: t('Next line'), keys: ['ctrl+down'], run: () => go(1) });
  ctx.command({ name: 'dialogue:previous', group, title: t('Previous line'), keys: ['ctrl+up'], run: () => go(-1) });
  ctx.command({ name: 'dialogue:all', group, title: t('Label the whole line'), keys: ['ctrl+shift+a'], when: () => Boolean(chosen), run: () => {
    if (!chosen) return;
    getSelection()?.setBaseAndExtent(...space.position(chosen.start), ...space.position(chosen.end));
    space.commit();
  } });
  sound.commands(group, () => chosen);
}

/** @param {any} value */
const passage = ({ start, end }) => (start === undefined ? '' : start === end ? translate('Line {n}', { n: Number(start) + 1 }) : translate('Lines {from} to {to}', { from: Number(start) + 1, to: Number(end) + 1 }));

export default defineTag({ api: 1, tag: 'Paragraphs', kind: 'object', fills: true, style: new URL('./dialogue.css', import.meta.url), passage, mount });
