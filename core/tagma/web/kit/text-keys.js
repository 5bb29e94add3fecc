/** The keyboard in a text: a caret moved by arrows, marking with Shift, and the ends of the selected passage. */
import { h } from '../dom.js';
import { t } from '../i18n.js';
import { snap } from './offsets.js';

/** @param {import('./text.js').TextSpace} space */
export function textCommands(space) {
  const { ctx, session } = space;
  const focused = () => document.activeElement === space.scroller;
  const group = t('Text');
  const caret = h('span.text-caret', { 'aria-hidden': 'true', hidden: true });
  space.page.append(caret);

  const selected = () => {
    const id = session.selection.ids.size === 1 ? session.selection.first : undefined;
    return id === undefined ? undefined : space.spans.find((span) => span.id === id);
  };
  const free = () => focused() && !selected();

  /** @param {'move' | 'extend'} how @param {string} direction @param {string} unit */
  const go = (how, direction, unit) => {
    const selection = /** @type {Selection} */ (getSelection());
    if (!space.body.contains(selection.anchorNode)) selection.collapse(...firstInView());
    /** @type {any} */ (selection).modify(how, direction, unit);
    if (!space.body.contains(selection.focusNode)) selection.extend(...space.position(direction === 'forward' ? space.text.length : 0));
    showCaret();
  };

  /** @returns {[Text, number]} */
  function firstInView() {
    const box = space.scroller.getBoundingClientRect();
    const piece = space.pieces.find(({ element }) => element.getBoundingClientRect().bottom > box.top) ?? space.pieces[0];
    return [piece.node, 0];
  }

  function showCaret() {
    const selection = getSelection();
    if (!selection?.focusNode || !space.body.contains(selection.focusNode)) return void (caret.hidden = true);
    const range = document.createRange();
    range.setStart(selection.focusNode, selection.focusOffset);
    const box = range.getClientRects()[0] ?? range.startContainer.parentElement?.getBoundingClientRect();
    if (!box) return;
    const origin = space.page.getBoundingClientRect();
    const view = space.scroller.getBoundingClientRect();
    caret.hidden = !focused();
    caret.style.transform = `translate(${box.left - origin.left}px, ${box.top - origin.top}px)`;
    caret.style.height = `${box.height}px`;
    if (box.top < view.top) space.scroller.scrollTop -= view.top - box.top + 40;
    if (box.bottom > view.bottom) space.scroller.scrollTop += box.bottom - view.bottom + 40;
  }
  space.scroller.addEventListener('blur', () => (caret.hidden = true));

  const moves = /** @type {[string, string, string, string][]} */ ([
    ['left', 'left', 'character', 'ctrl+left'], ['right', 'right', 'character', 'ctrl+right'], ['up', 'backward', 'line', ''], ['down', 'forward', 'line', ''],
  ]);
  for (const [key, direction, unit, wordKey] of moves) {
    ctx.command({ name: `text:${key}`, group, hidden: true, title: t('Move the caret'), keys: [key], when: free, run: () => go('move', direction, unit) });
    ctx.command({ name: `text:extend-${key}`, group, hidden: true, title: t('Mark'), keys: [`shift+${key}`], when: free, run: () => go('extend', direction, unit) });
    if (!wordKey) continue;
    ctx.command({ name: `text:word-${key}`, group, hidden: true, title: t('Move by a word'), keys: [wordKey], when: free, run: () => go('move', direction, 'word') });
    ctx.command({ name: `text:extend-word-${key}`, group, hidden: true, title: t('Mark a word'), keys: [`${wordKey.replace('ctrl+', 'ctrl+shift+')}`], when: free, run: () => go('extend', direction, 'word') });
  }
  ctx.command({ name: 'text:commit', group, title: t('Label the marked text'), keys: ['enter'], when: () => focused() && Boolean(space.marked ?? space.selectedRange()), run: () => space.commit() });
  ctx.command({ name: 'text:next', group, title: t('Next region'), keys: ['n'], when: () => space.spans.length > 0, run: () => step(1) });
  ctx.command({ name: 'text:previous', group, title: t('Previous region'), keys: ['shift+n'], when: () => space.spans.length > 0, run: () => step(-1) });

  /** @param {number} by */
  function step(by) {
    const now = space.spans.findIndex((span) => session.selection.has(span.id));
    const next = space.spans[(now + by + space.spans.length) % space.spans.length];
    session.selection.set([next.id]);
    space.reveal(next.id);
  }

  /** @param {'start' | 'end'} side @param {number} by @param {boolean} word */
  function resize(side, by, word) {
    const span = selected();
    if (!span) return;
    const merge = `resize ${span.id} ${side}`;
    const at = span[side];
    let next = at + by;
    if (word) {
      const [a, b] = snap(space.text, Math.max(0, by < 0 ? at - 2 : at + 1), Math.max(1, by < 0 ? at - 1 : at + 2), 'word');
      next = by < 0 ? a : b;
    }
    next = space.offsets.snap(next, by < 0 ? -1 : 1);
    if (side === 'end') space.resize(span, span.start, Math.min(next, space.text.length), merge);
    else space.resize(span, Math.max(next, 0), span.end, merge);
  }
  for (const [key, side, by] of /** @type {[string, 'start' | 'end', number][]} */ ([
    ['shift+right', 'end', 1], ['shift+left', 'end', -1], ['alt+left', 'start', -1], ['alt+right', 'start', 1],
  ])) {
    const title = side === 'end' ? t('Move the end') : t('Move the beginning');
    ctx.command({ name: `text:${side}${by}`, group, title, keys: [key], when: () => Boolean(selected()), run: () => resize(side, by, false) });
    ctx.command({ name: `text:${side}${by}-word`, group, hidden: true, title, keys: [`ctrl+${key}`], when: () => Boolean(selected()), run: () => resize(side, by, true) });
  }
}
