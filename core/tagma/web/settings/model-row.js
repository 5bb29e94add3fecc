/** One model of a project: how it is, its version, what went wrong last, and what can be done with it. */
import { api } from 'tagma/api.js';
import { fill, h, icon } from 'tagma/dom.js';
import { number, t, tn } from 'tagma/i18n.js';
import { ending, faultList, follow, trouble } from 'tagma/data-manager/jobs.js';
import { curve } from 'tagma/settings/model-curve.js';
import { editModel } from 'tagma/settings/model-form.js';
import { confirm, dialog } from 'tagma/ui/dialog.js';
import { ago } from 'tagma/ui/format.js';
import { menu } from 'tagma/ui/menu.js';
import { toast, toastError } from 'tagma/ui/toast.js';

/** @typedef {import('./models.js').Models} Models */

const STATES = () => /** @type {Record<string, [string, string]>} */ ({
  CO: ['mark-done', t('Ready')],
  DI: ['mark-failed', t('Does not answer')],
  ER: ['mark-failed', t('Failed')],
  TR: ['mark-draft', t('Busy: learning')],
  PR: ['mark-draft', t('Busy: predicting')],
});

/** @param {Models} models @param {any} one as the API shows it */
export function modelRow(models, one) {
  const place = h('div.stack-near');
  const kind = models.kinds.find((each) => each.name === one.kind);
  const [mark, word] = STATES()[one.state] ?? ['mark-open', one.readable_state];
  const { title } = one;
  const busy = one.predict_job ?? one.train_job;
  const open = h('button.icon-button', { type: 'button', title: t('More'), 'aria-label': t('More for {title}', { title }), onclick: () => menu(open, [
    kind ? { title: t('Test the connection'), icon: 'check', run: () => test(models, one) } : null,
    kind ? { title: t('Try it with a task'), icon: 'play', run: () => attempt(one, place) } : null,
    kind ? { title: t('Choose its version'), icon: 'layers', run: () => chooseVersion(models, one) } : null,
    { title: t('What happened to it'), icon: 'history', run: () => log(one) },
    kind ? { title: t('Settings'), icon: 'settings', run: () => editModel(models, kind, one) } : null,
    { title: t('Disconnect'), icon: 'unlink', bad: true, run: () => remove(models, one) },
  ]) }, icon('ellipsis'));
  const act = (/** @type {string} */ name, /** @type {string} */ words, /** @type {() => void} */ run) => h('button.button.button-small', { type: 'button', disabled: Boolean(busy), onclick: run }, icon(name), words);
  const former = !one.error_message && one.last_error;
  const row = h('li.storage', { data: { model: one.id } },
    h('div.storage-row', null, icon('wand-sparkles'),
      h('span.grow.cut', null, h('b', null, title), ' ', h('span.soft', { title: one.url }, [kind ? t(kind.title) : one.kind, one.url].filter(Boolean).join(' · '))),
      h('span.storage-acts', null,
        h('span.state.small', null, h(`span.mark.${mark}`), word),
        kind ? act('sparkles', t('Predict all'), () => run(models, one, 'predict', place)) : null,
        kind && one.can_fit ? act('activity', t('Learn'), () => run(models, one, 'train', place)) : null, open)),
    h('p.help.num', null, [one.model_version ? t('Version {version}', { version: one.model_version }) : t('No version yet'), one.is_interactive ? t('asked while somebody draws') : '', one.checked_at ? t('looked at {when}', { when: ago(one.checked_at) }) : ''].filter(Boolean).join(' · ')),
    one.description ? h('p.help', null, one.description) : null,
    one.error_message ? h('p.fault', null, icon('circle-alert'), one.error_message) : null,
    former ? h('p.help', null, t('Last fault, {when}: {words}', { when: ago(one.last_error.at), words: one.last_error.text })) : null,
    place, curve(one.points ?? []));
  if (busy) watch(models, one, busy, one.predict_job ? 'predict' : 'train', place);
  return row;
}

/** @param {Models} models @param {any} one @param {'predict' | 'train'} what @param {HTMLElement} place */
async function run(models, one, what, place) {
  try {
    const { job } = await api.post(`/api/ml/${one.id}/${what}`, {});
    await watch(models, one, job, what, place);
  } catch (error) {
    fill(place, trouble(error));
  }
}

/** @param {Models} models @param {any} one @param {number} id @param {'predict' | 'train'} what @param {HTMLElement} place */
async function watch(models, one, id, what, place) {
  try {
    const job = await follow(id, place);
    await models.draw();
    models.say(ending(job, what === 'train' ? learned(one, job.result) : predicted(one, job.result)), faultList(job.result?.faults));
  } catch (error) {
    fill(place, trouble(error));
  }
}

/** @param {any} one @param {any} result of the job */
const learned = ({ title }, result) => [t('“{title}” has learned.', { title }), result?.text].filter(Boolean).join(' ');

/** @param {any} one @param {any} result of the job */
function predicted({ title }, result) {
  if (!result?.task_count) return t('“{title}” has predicted every task already, in its present version.', { title });
  return tn('“{title}” predicted {n} task of {all}.', '“{title}” predicted {n} tasks of {all}.', result.predicted, { title, all: number(result.task_count) });
}

/** @param {Models} models @param {any} one */
async function test(models, one) {
  try {
    await api.post('/api/ml/validate', { id: one.id, project: models.project });
    toast(t('It answers, and is ready.'), { kind: 'good' });
  } catch (error) {
    toastError(error);
  }
  await models.draw();
}

/** What it answers about one task by chance; nothing is kept. @param {any} one @param {HTMLElement} place */
async function attempt(one, place) {
  fill(place, h('p.help', { role: 'status' }, t('Asking the model…')));
  try {
    const found = await api.post(`/api/ml/${one.id}/predict/test?random=true`, {});
    fill(place);
    dialog({
      title: t('“{title}” about task {id}', { title: one.title, id: String(found.task?.id ?? '') }), wide: true,
      body: h('div.stack', null,
        found.error_message ? h('div.notice.notice-bad', { role: 'alert' }, icon('circle-alert'), h('p', null, found.error_message)) : h('p', null, t('This is what it answers; nothing was kept.')),
        found.response ? h('pre.storage-said', { tabindex: 0, 'aria-label': t('Answer') }, JSON.stringify(found.response, null, 2)) : null),
    });
  } catch (error) {
    fill(place, trouble(error));
  }
}

/** @param {Models} models @param {any} one */
async function chooseVersion(models, one) {
  let told;
  try {
    told = await api.get(`/api/ml/${one.id}/versions`);
  } catch (error) {
    return toastError(error);
  }
  const NEWEST = '';
  const names = [...new Set([...told.versions, one.model_version].filter(Boolean))];
  const choice = h('select.input', null,
    h('option', { value: NEWEST, selected: one.auto_update }, t('The newest, whatever it is')),
    names.map((name) => h('option', { value: name, selected: !one.auto_update && name === one.model_version }, name)));
  const save = h('button.button.button-primary', { type: 'button', onclick: async () => {
    try {
      await api.patch(`/api/ml/${one.id}/`, choice.value === NEWEST ? { auto_update: true } : { auto_update: false, model_version: choice.value });
      shown.close();
      await models.draw();
    } catch (error) {
      toastError(error);
    }
  } }, t('Save'));
  const shown = dialog({
    title: t('Version of “{title}”', { title: one.title }),
    body: [told.message ? h('p.fault', null, icon('circle-alert'), told.message) : null, h('label.field', null, h('span.label', null, t('Version')), choice), h('p.help', null, t('Predictions are asked for and counted under this version.'))],
    foot: [h('button.button.button-quiet', { type: 'button', onclick: () => shown.close() }, t('Cancel')), save],
  });
}

/** @param {any} one */
async function log(one) {
  try {
    const lines = await api.get(`/api/ml/${one.id}/log`);
    dialog({
      title: t('What happened to “{title}”', { title: one.title }), wide: true,
      body: lines.length ? h('ol.model-log', { tabindex: 0 }, lines.map((/** @type {any} */ line) => h('li', null, h('span.soft.num', { title: line.at }, ago(line.at)), h(line.wrong ? 'span.grow.bad' : 'span.grow', null, line.wrong ? icon('circle-alert', 14) : null, line.text)))) : h('p.help', null, t('Nothing yet.')),
    });
  } catch (error) {
    toastError(error);
  }
}

/** @param {Models} models @param {any} one */
async function remove(models, one) {
  if (!(await confirm({ title: t('Disconnect “{title}”', { title: one.title }), words: t('Its predictions stay; it is asked no more, and what it had learned here is deleted.'), verb: t('Disconnect'), bad: true }))) return;
  try {
    await api.delete(`/api/ml/${one.id}/`);
    models.say();
    await models.draw();
  } catch (error) {
    toastError(error);
  }
}
