/** New project: name, data and labels in any order; Create says what it still needs. */
import { api, url } from 'tagma/api.js';
import { fill, h, icon } from 'tagma/dom.js';
import { t, tn } from 'tagma/i18n.js';
import { follow, ending, faultList, trouble } from 'tagma/data-manager/jobs.js';
import { dropZone, upload } from 'tagma/data-manager/transfer.js';
import { dialog } from 'tagma/ui/dialog.js';
import { size } from 'tagma/ui/format.js';
import { ConfigEditor } from 'tagma/ui/config-editor.js';
import { thumbnail } from 'tagma/ui/thumbnail.js';
import { toastError } from 'tagma/ui/toast.js';

const data = JSON.parse(document.getElementById('page-data')?.textContent ?? '{}');
const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const title = /** @type {HTMLInputElement} */ ($('title'));
/** @type {File[]} */
let files = [];
let chosen = data.presets[0];
let xml = chosen?.xml ?? '<View></View>';
let sample = chosen?.sample?.[0] ?? {};
const editor = new ConfigEditor($('labels'), xml, (next) => { xml = next; preview(); });

function drawFiles() {
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  /** @type {Record<string, number>} */
  const kinds = {};
  for (const file of files) { const kind = file.name.includes('.') ? file.name.split('.').pop()?.toLowerCase() ?? '' : '?'; kinds[kind] = (kinds[kind] ?? 0) + 1; }
  fill($('wizard-files'), files.length ? h('div.secret', null, icon('folder'), h('b', null, tn('{n} file', '{n} files', files.length)), h('span.soft.num.grow', null, `${size(bytes)} · ${Object.entries(kinds).map(([kind, n]) => `${n} ${kind}`).join(', ')}`),
    h('button.icon-button', { type: 'button', title: t('Take away'), 'aria-label': t('Take away'), onclick: () => { files = []; drawFiles(); } }, icon('x'))) : null,
  dropZone((more) => { files = [...files, ...more]; drawFiles(); }, t('Drop files or a folder here, or choose files')));
  summary();
}

function drawGallery() {
  fill($('gallery'), data.presets.length ? data.presets.map((/** @type {any} */ preset) => h('button.preset', {
    type: 'button', role: 'radio', 'aria-checked': String(preset === chosen), onclick: () => { chosen = preset; xml = preset.xml; sample = preset.sample?.[0] ?? {}; editor.set(xml); drawGallery(); preview(); },
  }, thumbnail(preset.objects, preset.controls), h('span', null, preset.title))) : h('p.help', null, t('No installed plugin brings a preset; write the set-up under Code.')));
}

/** @type {ReturnType<typeof import('tagma/editor/preview.js').mountPreview> | undefined} */
let shown;
let waiting = 0;
function preview() {
  summary();
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    try {
      const given = { config: xml, task: { id: 0, data: sample.data ?? sample } };
      const { mountPreview } = await import('tagma/editor/preview.js');
      if (shown) await shown.update(given);
      else shown = mountPreview($('preview'), given);
      $('preview-words').textContent = t('Live. Try it; what you draw here is thrown away.');
    } catch {
      $('preview-words').textContent = t('The preview can’t be shown now.');
    }
  }, 250);
}

function summary() {
  const labels = (xml.match(/<(Label|Choice)\b/g) ?? []).length;
  $('summary').textContent = [files.length ? tn('{n} file', '{n} files', files.length) : t('No data yet: you can import it later'), tn('{n} label', '{n} labels', labels), t('You can change all of this later.')].join(' · ');
}

for (const mode of /** @type {const} */ (['visual', 'code'])) {
  $(mode).addEventListener('click', () => {
    editor.show(mode);
    $('visual').setAttribute('aria-pressed', String(mode === 'visual'));
    $('code').setAttribute('aria-pressed', String(mode === 'code'));
  });
}

/** @type {any} */
let project;
$('wizard').addEventListener('submit', async (event) => {
  event.preventDefault();
  try {
    const body = { title: title.value.trim(), label_config: xml };
    project = project ? await api.patch(`/api/projects/${project.id}/`, body) : await api.post('/api/projects/', body);
  } catch (error) {
    return toastError(error);
  }
  const there = url(`/projects/${project.id}/data`);
  if (!files.length) return location.assign(there);
  const place = h('div.stack');
  dialog({ title: t('Importing your data'), body: place, foot: [h('a.button', { href: there }, t('Go to the project'))] });
  try {
    const form = new FormData();
    for (const file of files) form.append('file', file, file.name);
    const bar = h('i');
    fill(place, h('p', { role: 'status' }, t('Sending…')), h('div.progress', { data: { going: '', known: '' } }, bar));
    const answer = await upload(`/api/projects/${project.id}/import?background=true&on_fault=keep`, form, (part) => bar.style.setProperty('width', `${part * 100}%`));
    const id = answer.job ?? answer.job_id;
    const job = id ? await follow(id, place) : { state: 'completed', result: answer };
    if (job.state === 'completed' && !job.result?.faults?.length) return location.assign(there);
    fill(place, ending(job, tn('{n} task imported.', '{n} tasks imported.', job.result?.task_count ?? 0)), faultList(job.result?.faults ?? job.error?.faults));
  } catch (error) {
    fill(place, trouble(error));
  }
});
addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) /** @type {HTMLFormElement} */ ($('wizard')).requestSubmit();
});
drawFiles();
drawGallery();
preview();
