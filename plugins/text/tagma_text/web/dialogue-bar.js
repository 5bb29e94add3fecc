/** Above a dialogue: who is shown, and what is looked for in what they said. */
import { h, icon, tn } from 'tagma';

/** @param {import('tagma').Context} ctx @param {string[]} authors @param {(wanted: {authors: Set<string>, words: string}) => number} filter shows what is wanted, and says how many lines are @returns {HTMLElement} */
export function dialogueBar(ctx, authors, filter) {
  const { t } = ctx;
  const wanted = { authors: /** @type {Set<string>} */ (new Set()), words: '' };
  const count = h('output.soft', { 'aria-live': 'polite' });
  const apply = () => {
    const shown = filter(wanted);
    count.textContent = wanted.authors.size || wanted.words ? tn('{n} line', '{n} lines', shown) : '';
  };
  const chips = authors.length < 2 ? [] : authors.map((author, place) => h('button.chip', {
    type: 'button', 'aria-pressed': 'false', title: t('Only what {author} says', { author }), vars: { '--author': `var(--tagma-label-${(place % 8) + 1})` },
    onclick: (/** @type {MouseEvent} */ { currentTarget }) => {
      const on = !wanted.authors.delete(author);
      if (on) wanted.authors.add(author);
      /** @type {HTMLElement} */ (currentTarget).setAttribute('aria-pressed', String(on));
      apply();
    },
  }, h('i.dialogue-dot'), author));
  const search = h('input.input', { type: 'search', placeholder: t('Find in the lines'), 'aria-label': t('Find in the lines'), oninput: () => {
    wanted.words = search.value.trim().toLocaleLowerCase();
    apply();
  } });
  return h('div.dialogue-bar', { role: 'search', 'aria-label': t('Lines of the dialogue') }, chips, h('label.input-icon', null, icon('search'), search), count);
}
