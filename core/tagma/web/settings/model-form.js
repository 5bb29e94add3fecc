/** The form of a model: the fields of its kind, then those all models have; it can be tried before it is kept. */
import { api } from 'tagma/api.js';
import { fill, h, icon } from 'tagma/dom.js';
import { t } from 'tagma/i18n.js';
import { field } from 'tagma/settings/fields.js';
import { dialog } from 'tagma/ui/dialog.js';
import { wordsOf } from 'tagma/ui/toast.js';

/** @typedef {import('./models.js').Models} Models @typedef {import('./models.js').Kind} Kind */

const COMMON = () => /** @type {Record<string, [string, string]>} */ ({
  title: [t('Name'), t('Empty to call it by its kind.')],
  description: [t('Description'), ''],
  is_interactive: [t('Ask it while somebody draws'), t('With auto-annotation switched on in the editor.')],
  extra_params: [t('Parameters of its own'), t('Handed to the model as they stand: text or JSON.')],
  timeout: [t('Seconds it may take'), t('Then it counts as not answering.')],
  auto_update: [t('Follow its versions'), t('Once it says a new version, that is the one whose predictions are asked for.')],
});

/** @param {Models} models @param {Kind} kind @param {any} one null for a new one */
export function editModel(models, kind, one) {
  const common = COMMON();
  /** @type {Record<string, any>} */
  const all = { title: { type: 'string' }, ...kind.settings.properties };
  const names = ['title', ...Object.keys(all).filter((name) => !common[name]), ...Object.keys(common).filter((name) => name !== 'title' && all[name])];
  const fields = names.map((name) => field(name, all[name], one, common[name], kind.settings.required?.includes(name)));
  const first = new Set(['title', 'is_interactive', ...(kind.settings.required ?? [])]);
  const rest = h('details.form-more', null, h('summary', null, t('More settings')), h('div.stack', null, fields.filter((each) => !first.has(each.name)).map((each) => each.element)));
  const said = h('div', { role: 'status' });
  const body = () => ({ ...Object.fromEntries(fields.map((each) => [each.name, each.read()]).filter(([, value]) => value !== undefined)), kind: kind.name, project: models.project, ...(one ? { id: one.id } : {}) });

  /** @param {HTMLButtonElement} button @param {() => Promise<void>} work */
  const trying = async (button, work) => {
    button.disabled = true;
    for (const each of fields) each.say('');
    fill(said, h('p.help', null, t('Asking the model…')));
    try {
      await work();
    } catch (error) {
      const wrong = /** @type {any} */ (error).body?.validation_errors ?? {};
      for (const each of fields) each.say([].concat(wrong[each.name] ?? []).join(' '));
      rest.open ||= fields.some((each) => wrong[each.name] && !first.has(each.name));
      fill(said, fields.some((each) => wrong[each.name]) ? null : h('p.fault', { role: 'alert' }, icon('circle-alert'), wordsOf(error)));
    } finally {
      button.disabled = false;
    }
  };
  const form = h('form.stack', { onsubmit: (/** @type {Event} */ event) => {
    event.preventDefault();
    trying(save, async () => {
      if (one) await api.patch(`/api/ml/${one.id}/`, body());
      else await api.post('/api/ml/', body());
      shown.close();
      await models.draw();
    });
  } }, fields.filter((each) => first.has(each.name)).map((each) => each.element), rest, said);
  const save = h('button.button.button-primary', { type: 'button', onclick: () => form.requestSubmit() }, one ? t('Save') : t('Connect'));
  const test = h('button.button.button-quiet', { type: 'button', onclick: () => form.reportValidity() && trying(test, async () => {
    const { model_version: version } = await api.post('/api/ml/validate', body());
    fill(said, h('div.notice.notice-good', null, icon('circle-check'), h('p', null, version ? t('It answers, and is ready. Its version: {version}', { version }) : t('It answers, and is ready.'))));
  }) }, t('Test the connection'));
  const shown = dialog({
    title: one ? t('Settings of “{title}”', { title: one.title }) : t(kind.title), body: form,
    foot: [test, h('span.grow'), h('button.button.button-quiet', { type: 'button', onclick: () => shown.close() }, t('Cancel')), save],
  });
}
