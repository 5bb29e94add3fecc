/** What a project does with predictions: whose are shown, when models are asked and learn, and which versions there are. */
import { api } from 'tagma/api.js';
import { fill, h } from 'tagma/dom.js';
import { clock, number, t, tn } from 'tagma/i18n.js';
import { trouble } from 'tagma/data-manager/jobs.js';
import { confirm } from 'tagma/ui/dialog.js';
import { ago } from 'tagma/ui/format.js';
import { toastError, wordsOf } from 'tagma/ui/toast.js';

const SWITCHES = () => /** @type {[string, string, string][]} */ ([
  ['show_collab_predictions', t('People see predictions'), t('As tabs beside their own work; a new annotation begins from the one shown.')],
  ['evaluate_predictions_automatically', t('Ask the models as a task is opened'), t('Where a task has no prediction of their present version yet.')],
]);

/** @param {HTMLElement} host @param {number} project @param {any[]} models as the API shows them */
export async function showPredictions(host, project, models) {
  try {
    const [now, { static: versions }] = await Promise.all([api.get(`/api/projects/${project}/`), api.get(`/api/projects/${project}/model-versions/?extended=true`)]);
    fill(host, settingsOf(now, models, versions), versionsOf(now, versions, () => showPredictions(host, project, models)));
  } catch (error) {
    fill(host, trouble(error));
  }
}

/** @param {any} project @param {any[]} models @param {any[]} versions */
function settingsOf(project, models, versions) {
  const known = new Map([['', t('Of every version')], ...models.map((one) => /** @type {[string, string]} */ ([one.title, t('Of “{title}”, its present version', { title: one.title })])), ...versions.filter((one) => one.model_version && !models.some((model) => model.title === one.model_version)).map((one) => /** @type {[string, string]} */ ([one.model_version, one.model_version]))]);
  if (!known.has(project.model_version)) known.set(project.model_version, project.model_version);
  const shown = h('select.input', null, [...known].map(([value, words]) => h('option', { value, selected: value === (project.model_version ?? '') }, words)));
  const boxes = SWITCHES().map(([name, title, help]) => ({ name, box: h('input', { type: 'checkbox', checked: Boolean(project[name]) }), title, help }));
  const after = h('input.input.input-short', { type: 'number', min: 0, value: project.min_annotations_to_start_training ?? 0, 'aria-describedby': 'learn-help' });
  const said = h('span.help', { role: 'status' });
  return h('form.stack.storage-side', { onsubmit: async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      await api.patch(`/api/projects/${project.id}/`, { model_version: shown.value, min_annotations_to_start_training: Number(after.value), ...Object.fromEntries(boxes.map(({ name, box }) => [name, box.checked])) });
      said.className = 'help';
      said.textContent = t('Saved {time}', { time: clock(new Date()) });
    } catch (error) {
      said.className = 'fault';
      said.textContent = wordsOf(error);
    }
  } },
  h('h3', null, t('Predictions')),
  h('label.field', null, h('span.label', null, t('Predictions shown')), shown),
  boxes.map(({ box, title, help }) => h('label.check', null, box, h('span', null, title, ' ', h('span.help', null, help)))),
  h('div.field', null, h('label.field', null, h('span.label', null, t('Models learn after so many annotations')), after), h('p.help', { id: 'learn-help' }, t('And again each time as many more came in; 0 to learn only when somebody says so.'))),
  h('div.section-foot', null, h('button.button.button-primary', null, t('Save')), said));
}

/** @param {any} project @param {any[]} versions @param {() => void} done */
function versionsOf(project, versions, done) {
  if (!versions.length) return null;
  /** @param {any} one */
  const remove = async (one) => {
    const name = one.model_version || t('without a version');
    if (!(await confirm({ title: t('Delete predictions of “{name}”', { name }), words: tn('{n} prediction of this version goes. Annotations made from it stay.', '{n} predictions of this version go. Annotations made from them stay.', one.count), verb: t('Delete'), bad: true, typed: one.count >= 100 ? number(one.count) : undefined }))) return;
    try {
      await api.delete(`/api/projects/${project.id}/model-versions/`, { model_version: one.model_version });
      done();
    } catch (error) {
      toastError(error);
    }
  };
  return h('div.storage-side', null, h('h3', null, t('Versions of predictions')),
    h('ul.storages', null, versions.map((one) => h('li.storage', null, h('div.storage-row', null,
      h('span.grow.cut', null, h('b', null, one.model_version || t('without a version'))),
      h('span.storage-acts', null, h('span.soft.num', null, [tn('{n} prediction', '{n} predictions', one.count), ago(one.latest)].filter(Boolean).join(' · ')),
        h('button.button.button-small', { type: 'button', 'aria-label': t('Delete predictions of “{name}”', { name: one.model_version || t('without a version') }), onclick: () => remove(one) }, t('Delete'))))))));
}
