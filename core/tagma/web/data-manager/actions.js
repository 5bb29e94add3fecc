/** What can be done to chosen tasks; what destroys repeats the count. */
import { api } from 'tagma/api.js';
import { fill, h } from 'tagma/dom.js';
import { number, t, tn } from 'tagma/i18n.js';
import { confirm, dialog } from 'tagma/ui/dialog.js';
import { toast, toastError } from 'tagma/ui/toast.js';
import { busy, ending, faultList, follow } from './jobs.js';

const MANY = 100; // from here on the number must be typed

/**
 * @param {any} action as `/api/dm/actions/` tells it
 * @param {{project: number, count: number, wire: any, filters: any, ordering: string, done: () => void}} what
 */
export async function runAction(action, what) {
  const bad = action.id.startsWith('delete') || action.id === 'remove_duplicates';
  const undoable = ['delete_tasks', 'delete_tasks_annotations'].includes(action.id);
  const title = `${t(action.title)}: ${tn('{n} task', '{n} tasks', what.count)}`;
  const form = await askForm(action, what, title);
  if (form === null) return;
  if (!form && !undoable && !(await confirm({
    title, bad, verb: t(action.title), typed: bad && what.count >= MANY ? number(what.count) : undefined,
    words: action.dialog?.text ?? '',
  }))) return;
  try {
    const body = { selectedItems: what.wire, ...(what.filters?.items?.length ? { filters: what.filters } : {}), ordering: what.ordering ? [what.ordering] : [], ...form };
    const answer = await busy(title, api.post(`/api/dm/actions/?id=${encodeURIComponent(action.id)}&project=${what.project}`, body));
    const ids = [answer.job ?? answer.job_id, ...(answer.jobs ?? [])].filter(Boolean);
    if (ids.length) await watch(ids, title, answer.detail);
    else toast(answer.detail ?? t('Done'), answer.undo ? { kind: 'good', action: t('Undo'), run: () => busy(t('Undo'), api.post(answer.undo)).then(what.done, toastError) } : { kind: 'good' });
    what.done();
  } catch (error) {
    toastError(error);
  }
}

/** What was begun, each with its progress; it goes on when the dialogue is closed. @param {number[]} ids @param {string} title @param {string | undefined} detail */
async function watch(ids, title, detail) {
  const places = ids.map(() => h('div.stack-near'));
  dialog({ title, body: h('div.stack', null, detail ? h('p', null, detail) : null, places) });
  await Promise.all(ids.map(async (id, at) => {
    const job = await follow(id, places[at]);
    fill(places[at], ending(job, t('Done')), faultList(job.result?.faults));
  }));
}

/** What an action wants to know; null when the person turned back. @param {any} action @param {any} what @param {string} title @returns {Promise<any>} */
async function askForm(action, what, title) {
  if (!action.dialog?.form && !action.form) return undefined;
  const groups = await api.get(`/api/dm/actions/${action.id}/form/?project=${what.project}`);
  const fields = groups.flatMap((/** @type {any} */ group) => group.fields ?? []);
  if (!fields.length) return undefined;
  return new Promise((resolve) => {
    const inputs = fields.map((/** @type {any} */ field) => field.type === 'select'
      ? h('select.input', { name: field.name }, field.options.map((/** @type {any} */ option) => h('option', { value: option.value ?? option }, t(option.label ?? String(option)))))
      : h('input.input', { name: field.name, value: field.value ?? '' }));
    const shown = dialog({
      title, body: inputs.map((/** @type {any} */ input, /** @type {number} */ at) => h('label.field', null, h('span', null, t(fields[at].label)), input)),
      foot: [h('button.button.button-quiet', { type: 'button', onclick: () => shown.close('') }, t('Cancel')), h('button.button.button-primary', { type: 'button', onclick: () => shown.close('go') }, t(action.title))],
      onclose: (value) => resolve(value === 'go' ? Object.fromEntries(inputs.map((/** @type {any} */ input) => [input.name, input.value])) : null),
    });
  });
}
