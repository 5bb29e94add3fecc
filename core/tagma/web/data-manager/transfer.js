/** Data in, labels out: the two dialogs, with progress, cancel and a clear end. */
import { api, root } from 'tagma/api.js';
import { fill, h, icon } from 'tagma/dom.js';
import { number, t, tn } from 'tagma/i18n.js';
import { dialog } from 'tagma/ui/dialog.js';
import { pathOf, upload } from 'tagma/ui/files.js';
import { size } from 'tagma/ui/format.js';
import { DataPart } from 'tagma/wizard/drop.js';
import { ending, faultList, follow, trouble } from './jobs.js';

/** @param {number} project @param {import('tagma/wizard/inspect.js').Rules} rules @param {() => void} done the list has changed */
export function importDialog(project, rules, done) {
  const place = h('div.stack-near');
  const progress = h('div');
  const address = h('input.input', { type: 'url', placeholder: 'https://', 'aria-label': t('Address of a file') });
  const strict = h('input', { type: 'checkbox' });
  const go = h('button.button.button-primary', { type: 'button', onclick: () => start() }, t('Import tasks'));
  const aborter = new AbortController();
  const data = new DataPart(place, { ...rules, project }, () => {});
  const form = h('div.stack', null,
    place,
    h('label.field', null, h('span', null, t('Or fetch from an address')), address),
    h('label.check', null, strict, h('span', null, t('Import nothing if anything is wrong'))),
    h('p.help', null, t('Pictures, texts, JSON, JSONL, CSV, TSV, or a zip of these. Rows with faults are left out and listed.')));
  const body = h('div.stack', null, form, progress);
  const shown = dialog({ title: t('Import tasks'), body, wide: true, foot: [h('button.button.button-quiet', { type: 'button', onclick: () => { aborter.abort(); shown.close(); } }, t('Close')), go] });

  async function start() {
    const { files } = data;
    if (!files.length && !address.value) return void fill(progress, h('p.fault', { role: 'alert' }, icon('circle-alert'), t('Choose files or give an address first.')));
    go.hidden = true;
    form.hidden = true;
    try {
      const sent = new FormData();
      for (const file of files) sent.append('file', file, pathOf(file));
      if (!files.length) sent.append('url', address.value);
      const bar = h('i');
      fill(progress, h('div.stack-near', null, h('p', { role: 'status' }, t('Sending…')), h('div.progress', { data: { going: '', known: '' } }, bar)));
      const query = new URLSearchParams({ background: 'true', on_fault: strict.checked ? 'stop' : 'keep' });
      const answer = await upload(`/api/projects/${project}/import?${query}`, sent, (part) => bar.style.setProperty('width', `${part * 100}%`), aborter.signal);
      const id = answer.job ?? answer.job_id;
      const job = id ? await follow(id, progress) : { state: 'completed', result: answer };
      const result = job.result ?? {};
      const faults = result.faults ?? job.error?.faults;
      fill(progress, ending(job, tn('{n} task imported.', '{n} tasks imported.', result.task_count ?? 0)), faultList(faults));
      done();
    } catch (error) {
      form.hidden = false;
      go.hidden = false;
      fill(progress, trouble(error));
    }
  }
}

/** @param {number} project @param {{total: number, chosen: number, wire: any, filters: any}} state */
export async function exportDialog(project, state) {
  const place = h('div.stack-near', null, h('p.help', null, t('Loading…')));
  const progress = h('div.stack-near');
  const only = h('input', { type: 'checkbox', checked: true });
  const go = h('button.button.button-primary', { type: 'button', onclick: () => start() }, t('Export'));
  const chosen = state.chosen ? tn('{n} chosen task', '{n} chosen tasks', state.chosen) : tn('{n} task', '{n} tasks', state.total);
  const shown = dialog({
    title: t('Export {what}', { what: chosen }), body: [place, h('label.check', null, only, h('span', null, t('Only tasks with annotations'))), progress],
    foot: [h('button.button.button-quiet', { type: 'button', onclick: () => shown.close() }, t('Close')), go],
  });
  try {
    const formats = await api.get(`/api/projects/${project}/export/formats`);
    fill(place, h('div.formats', { role: 'radiogroup', 'aria-label': t('Format') }, formats.map((/** @type {any} */ format, /** @type {number} */ index) => h('label.format.check', { class: format.disabled ? 'soft' : '' },
      h('input', { type: 'radio', name: 'format', value: format.name, disabled: Boolean(format.disabled), checked: index === 0 && !format.disabled }),
      h('span', null, h('b', null, t(format.title)), ' ', h('span.help', null, format.disabled ? format.reason ?? '' : t(format.description ?? '')))))));
  } catch (error) {
    fill(place, trouble(error));
    go.hidden = true;
  }

  async function start() {
    const format = /** @type {HTMLInputElement | null} */ (place.querySelector('input:checked'))?.value;
    if (!format) return void fill(progress, h('p.fault', { role: 'alert' }, icon('circle-alert'), t('Choose a format first.')));
    go.disabled = true;
    try {
      const filters = { ...(only.checked ? { annotated: 'only' } : {}), ...(state.chosen ? { selectedItems: state.wire } : {}), ...(state.filters?.items?.length ? { filters: state.filters } : {}) };
      const snapshot = await api.post(`/api/projects/${project}/exports/`, { export_type: format, task_filter_options: filters });
      const job = snapshot.job ?? snapshot.job_id ? await follow(snapshot.job ?? snapshot.job_id, progress) : null;
      const end = await api.get(`/api/projects/${project}/exports/${snapshot.id}`);
      const link = `${root()}/api/projects/${project}/exports/${snapshot.id}/download?exportType=${encodeURIComponent(format)}`;
      const report = end.report ?? job?.result ?? {};
      fill(progress,
        job && job.state !== 'completed' ? ending(job, '') : ending({ state: 'completed' }, tn('{n} task exported.', '{n} tasks exported.', report.tasks ?? end.counters?.task_number ?? 0)),
        job && job.state !== 'completed' ? null : h('div', null, h('a.button.button-primary', { href: link, download: '' }, icon('download'), end.size ? t('Download ({size})', { size: size(end.size) }) : t('Download'))),
        reportList(report));
    } catch (error) {
      fill(progress, trouble(error));
    } finally {
      go.disabled = false;
    }
  }
}

/** What was left out and why. @param {any} report */
function reportList(report) {
  const left = report.left_out ?? report.omitted ?? report.skipped;
  if (!left || (Array.isArray(left) ? !left.length : !Object.keys(left).length)) return null;
  const rows = Array.isArray(left) ? left.map((one) => [one.reason ?? one.message ?? String(one), one.count]) : Object.entries(left);
  return h('div.stack-near', null, h('h3', null, t('Left out')), h('ul.small', null, rows.map(([why, count]) => h('li', null, typeof count === 'number' ? `${number(count)} × ` : '', String(why)))));
}
