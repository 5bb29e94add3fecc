/** The selected region: what it is, its measures, the questions asked of it, and a note. */
import { eachFrame, fill, h, iconButton } from '../dom.js';
import { t } from '../i18n.js';

/** @param {HTMLElement} host @param {import('./session.js').Session} session @param {HTMLElement} controls the tags asked for each region @param {(work: () => void) => void} clean */
export function drawDetails(host, session, controls, clean) {
  const { selection, keys } = session;
  const title = h('div.details-title');
  const numbers = h('p.details-numbers.num.soft');
  const note = h('textarea.input.details-note', { rows: 1, 'aria-label': t('Note'), placeholder: t('Note'), disabled: session.readonly });
  let merge = Symbol('note');
  note.addEventListener('focus', () => (merge = Symbol('note')));
  note.addEventListener('input', () => {
    const [region] = session.editable([...selection.ids].slice(0, 1));
    if (region) session.setNote(region, note.value, merge);
  });
  const details = h('section.details', { 'aria-label': t('Details') }, title, numbers, controls, note);
  host.append(details);

  const draw = eachFrame(() => {
    const region = session.scope.selected;
    const said = region && session.describe(region);
    details.hidden = !region || !said?.isRegion;
    if (!region || !said) return;
    const many = selection.ids.size;
    const editable = session.editable([...selection.ids]).length > 0;
    fill(title, h('span.region-swatch', { vars: { '--label': said.color } }), h('strong.grow.cut', null, many > 1 ? t('{n} selected', { n: many }) : said.text),
      iconButton('copy-plus', t('Duplicate'), keys.hint('region:duplicate'), () => keys.run('region:duplicate'), { disabled: !editable }), iconButton('trash-2', t('Delete'), keys.hint('region:delete'), () => session.remove([...selection.ids]), { disabled: !editable }));
    const geometry = session.geometry(region);
    const words = said.why ? [] : (session.shapeOf(region)?.describe?.(geometry.value, session.sizeOf(region)) ?? []);
    fill(numbers, said.why || (words.length ? words.map(({ name, value }) => h('span', null, `${name} `, h('b', null, value))) : session.passageOf(said.object, geometry.value) ?? (typeof geometry.value?.start === 'number' ? t('Characters {a} to {b}', { a: geometry.value.start, b: geometry.value.end }) : '')));
    const kept = session.noteOf(region);
    if (document.activeElement !== note && note.value !== kept) note.value = kept;
    note.hidden = many > 1 || (!editable && !kept);
    note.readOnly = !editable;
  });
  draw();
  clean(session.store.on(draw));
  clean(selection.on(draw));
  clean(() => draw.cancel());
}
