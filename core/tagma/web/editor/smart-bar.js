/** The bar of suggestions: switch, model, what the model is doing, and what becomes of what it suggests. */
import { fill, h, icon } from '../dom.js';
import { t, tn } from '../i18n.js';

/** @param {HTMLElement} host @param {import('./session.js').Session} session @param {(work: () => void) => void} clean */
export function mountSmartBar(host, session, clean) {
  const { smart, keys } = session;
  if (!smart.offered) {
    host.hidden = true;
    return;
  }
  const toggle = h('input', { type: 'checkbox', role: 'switch', onchange: () => smart.choose({ on: toggle.checked }) });
  const takes = h('input', { type: 'checkbox', onchange: () => smart.choose({ takes: takes.checked }) });
  const models = h('select.input.smart-model', { 'aria-label': t('Model to ask'), onchange: () => smart.choose({ model: Number(models.value) }) },
    smart.choice.models.map((one) => h('option', { value: String(one.id) }, one.title)));
  models.hidden = smart.choice.models.length < 2;
  const key = h('kbd');
  const more = h('span.smart-more', null, models, h('label.check', null, takes, h('span', null, t('Accept automatically'))));
  const said = h('span.smart-said.grow', { role: 'status' });
  const acts = h('span.smart-acts');
  fill(host, h('label.check.smart-switch', null, toggle, icon('wand-sparkles', 14), h('span', null, t('Auto-annotation')), key), more, said, acts);
  host.setAttribute('aria-label', t('Suggestions'));

  const act = (/** @type {string} */ words, /** @type {string} */ command, /** @type {() => void} */ run, primary = false) => {
    const hint = command ? keys.hint(command) : '';
    return h(`button.button.button-small.${primary ? 'button-primary' : 'button-quiet'}`, { type: 'button', title: hint, onclick: run }, words, hint ? h('kbd', null, hint) : null);
  };
  let shown = '';
  const draw = () => {
    toggle.checked = smart.choice.on;
    takes.checked = smart.choice.takes;
    models.value = String(smart.model?.id ?? '');
    key.textContent = keys.hint('smart:toggle');
    more.hidden = !smart.choice.on;
    const all = smart.proposed('suggestion').length;
    const meant = smart.meant().length;
    const state = JSON.stringify([smart.thinking, smart.trouble, all, meant, smart.keepable, key.textContent]);
    if (state === shown) return; // else a button would be gone between press and release
    shown = state;
    if (smart.thinking) {
      fill(said, h('span.progress', { data: { going: '' } }, h('i')), h('span.cut', null, t('{model} is thinking…', { model: smart.model?.title ?? '' })));
      fill(acts, act(t('Cancel'), 'smart:reject', () => smart.cancel()));
    } else if (smart.trouble) {
      const asked = smart.proposed('prompt').length > 0;
      fill(said, h('span.fault', null, icon('circle-alert', 14), h('span', null, smart.trouble)));
      fill(acts, asked ? act(t('Ask again'), '', () => smart.again()) : null, smart.keepable ? act(t('Keep what I drew'), 'smart:accept', () => smart.keep()) : null,
        all && !asked ? [act(accepting(meant, all), 'smart:accept', () => smart.accept(smart.meant()), true), act(t('Reject'), 'smart:reject', () => smart.reject(smart.meant()))] : act(t('Dismiss'), 'smart:reject', () => smart.cancel()));
    } else if (all) {
      fill(said, tn('{n} suggestion', '{n} suggestions', all));
      fill(acts, act(accepting(meant, all), 'smart:accept', () => smart.accept(smart.meant()), true), act(meant < all ? t('Reject {n}', { n: meant }) : t('Reject'), 'smart:reject', () => smart.reject(smart.meant())));
    } else {
      fill(said, smart.choice.on ? h('span.soft', null, t('What you draw goes to the model.')) : null);
      fill(acts);
    }
  };
  draw();
  clean(smart.on(draw));
  clean(session.store.on(draw));
  clean(session.selection.on(draw));
  clean(keys.on(draw));
}

/** @param {number} meant @param {number} all */
const accepting = (meant, all) => (meant < all ? t('Accept {n}', { n: meant }) : t('Accept'));
