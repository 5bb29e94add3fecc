/** New project: name, data and labels in any order; Create says what it still needs. */
import { api, url } from 'tagma/api.js';
import { fill, h, icon } from 'tagma/dom.js';
import { number, t, tn } from 'tagma/i18n.js';
import { follow, ending, faultList, trouble } from 'tagma/data-manager/jobs.js';
import { dialog } from 'tagma/ui/dialog.js';
import { pathOf, upload } from 'tagma/ui/files.js';
import { ConfigEditor, faultsOf } from 'tagma/ui/config-editor.js';
import { thumbnail } from 'tagma/ui/thumbnail.js';
import { toastError } from 'tagma/ui/toast.js';
import { DataPart } from 'tagma/wizard/drop.js';
import { FirstTasks, UNNAMED, keysOf, missing } from 'tagma/wizard/first-tasks.js';

const data = JSON.parse(document.getElementById('page-data')?.textContent ?? '{}');
const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const title = /** @type {HTMLInputElement} */ ($('title'));
let chosen = data.presets[0];
let byHand = false; // whether the person chose the preset or changed its labels
let xml = chosen?.xml ?? '<View></View>';
/** @type {any[]} */
let faults = [];
const first = new FirstTasks();
let shownTask = 0;
const editor = new ConfigEditor($('labels'), xml, (next) => { xml = next; byHand = true; changed(); });
const files = new DataPart($('wizard-files'), data.rules, () => dataChanged());

function dataChanged() {
  if (!byHand && !files.looking && !fits({ ...chosen, keys: keysOf(xml) })) suit();
  drawGallery();
  changed();
}

/** Take the first preset that shows what was dropped; if none does, the nearest, turned to the field it most likely should show. */
function suit() {
  const better = data.presets.find(fits);
  if (better) return choose(better);
  const row = files.sources.flatMap((source) => source.first)[0];
  if (!row) return;
  const kind = (/** @type {any} */ value) => (typeof value === 'string' ? data.rules.media[/\.\w+$/.exec(value.split(/[?#]/)[0])?.[0].toLowerCase() ?? ''] : undefined);
  const texts = Object.keys(row).filter((key) => typeof row[key] === 'string');
  const medium = texts.find((key) => kind(row[key]));
  const longest = texts.sort((a, b) => row[b].length - row[a].length)[0];
  const key = medium ?? longest;
  const near = key && data.presets.find((/** @type {any} */ preset) => preset.keys.length === 1 && (medium ? preset.shows.includes(kind(row[medium])) : !preset.shows.length));
  if (!near) return;
  choose(near);
  showInstead(near.keys[0], key);
}

/** The set-up shows another field of the data. @param {string} from @param {string} to */
function showInstead(from, to) {
  const name = from.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  xml = xml.replaceAll(new RegExp(`(["'])\\$${name}(?=["'.[])`, 'g'), (/** @type {string} */ _, /** @type {string} */ quote) => `${quote}$${to}`);
  editor.set(xml);
}

/** Whether a preset shows what was dropped. @param {any} preset */
function fits(preset) {
  if (!preset) return false;
  const kinds = new Set(files.sources.flatMap((source) => Object.keys(source.kinds)));
  const keys = files.sources.flatMap((source) => source.keys);
  if (!kinds.size && !keys.length) return true;
  if (keys.length && !keys.includes(UNNAMED)) return preset.keys.every((/** @type {string} */ key) => keys.includes(key));
  if (keys.includes(UNNAMED)) return preset.keys.length === 1 && !preset.shows.length;
  return preset.keys.length === 1 && preset.shows.some((/** @type {string} */ kind) => kinds.has(kind));
}

/** @param {any} preset */
function choose(preset) {
  chosen = preset;
  xml = preset.xml;
  editor.set(xml);
}

function drawGallery() {
  const known = files.sources.some((source) => source.keys.length || Object.keys(source.kinds).length);
  const fitting = data.presets.filter(fits);
  const order = known ? [...fitting, ...data.presets.filter((/** @type {any} */ one) => !fitting.includes(one))] : data.presets;
  const said = known && fitting.length < order.length ? (fitting.length ? t('Fits your data: {n} of {all} presets, shown first.', { n: number(fitting.length), all: number(order.length) }) : t('No preset shows exactly what you dropped; choose one and say below which fields it shows.')) : '';
  $('gallery-words').textContent = said || t('Start from a preset, then make it yours.');
  fill($('gallery'), order.length ? order.map((/** @type {any} */ preset) => h('button.preset', {
    type: 'button', role: 'radio', 'aria-checked': String(preset === chosen), tabindex: preset === chosen ? 0 : -1,
    onclick: () => { byHand = true; choose(preset); drawGallery(); changed(); },
  }, thumbnail(preset.objects, preset.controls), h('span', null, preset.title))) : h('p.help', null, t('No installed plugin brings a preset; write the set-up under Code.')));
}

$('gallery').addEventListener('keydown', (event) => {
  const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  const all = /** @type {HTMLElement[]} */ ([...$('gallery').querySelectorAll('.preset')]);
  const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  if (!by || at < 0) return;
  event.preventDefault();
  all[(at + by + all.length) % all.length].click();
  /** @type {HTMLElement | null} */ ($('gallery').querySelector('[aria-checked=true]'))?.focus();
});

/** Fields the set-up shows that the data don't have: each can be another field of the data. */
function drawFields() {
  const keys = [...new Set(files.sources.flatMap((source) => source.keys))].filter((key) => key !== UNNAMED);
  fill($('fields'), missing(files.sources, xml).map((key) => {
    const pick = h('select.input.input-short', { 'aria-label': t('Field to show instead of “{key}”', { key }), onchange: () => {
      showInstead(key, pick.value);
      byHand = true;
      changed();
    } }, h('option', { value: '' }, t('Choose a field')), keys.map((one) => h('option', { value: one }, one)));
    return h('div.notice.notice-warn', { role: 'status' }, icon('circle-alert'), h('div.row-wide.grow', null, h('p.grow', null, t('This set-up shows “{key}”, which your data don’t have. Which field is it?', { key })), pick));
  }));
}

/** @type {ReturnType<typeof import('tagma/editor/preview.js').mountPreview> | undefined} */
let shown;
let waiting = 0;
/** Name, data or labels are others now. */
function changed() {
  first.set(files.sources, xml);
  shownTask = Math.max(0, Math.min(shownTask, first.length - 1));
  drawFields();
  summary();
  clearTimeout(waiting);
  waiting = setTimeout(() => preview().catch(toastError), 250);
}

async function preview() {
  const given = { config: xml, task: { id: 0, data: first.length ? first.at(shownTask) : chosen?.sample?.[0]?.data ?? chosen?.sample?.[0] ?? {} } };
  const many = first.length > 1;
  $('preview-steps').hidden = !many;
  $('preview-place').textContent = t('{a} of {b}', { a: number(shownTask + 1), b: number(first.length) });
  try {
    const { mountPreview } = await import('tagma/editor/preview.js');
    if (shown) await shown.update(given);
    else shown = mountPreview($('preview'), given);
    $('preview-words').textContent = first.length ? t('Your data, live. What you mark here is thrown away.') : t('A sample, live. What you mark here is thrown away.');
  } catch {
    $('preview-words').textContent = t('The preview can’t be shown now.');
  }
  faults = await faultsOf(xml);
  summary();
  await facts();
}

/** What comes of it: tasks now, files later. */
async function facts() {
  const titles = faults.length ? [] : (await api.post('/projects/formats', { config: xml })).titles;
  const becomes = files.sources.length && !files.looking ? (files.exact ? tn('{n} task', '{n} tasks', files.count) : t('about {n} tasks', { n: number(files.count) })) : '';
  fill($('facts'), [[t('Becomes'), becomes], [t('Exports to'), titles.map((/** @type {string} */ title) => t(title)).join(t(', '))]].filter(([, value]) => value).map(([name, value]) => h('div', null, h('dt.soft', null, name), h('dd', null, value))));
}

for (const [id, by] of /** @type {[string, number][]} */ ([['preview-before', -1], ['preview-after', 1]])) {
  $(id).addEventListener('click', () => {
    shownTask = (shownTask + by + first.length) % first.length;
    clearTimeout(waiting);
    preview().catch(toastError);
  });
}

/** What keeps the project from being made, and where to mend it. @returns {{words: string, field: HTMLElement | null} | null} */
function lacking() {
  const name = title.value.trim();
  if (name.length < 3) return { words: name ? t('The name needs at least three letters.') : t('Give the project a name.'), field: title };
  if (files.looking) return { words: t('Your files are still being looked at.'), field: $('wizard-files') };
  const [key] = missing(files.sources, xml);
  if (key) return { words: t('Your data have no “{key}”: say which field it is.', { key }), field: $('fields').querySelector('select') };
  if (faults.length) return { words: faults[0].message, field: $('labels') };
  return null;
}

function summary() {
  const wanting = lacking();
  const labels = (xml.match(/<(Label|Choice)\b/g) ?? []).length;
  const tasks = files.looking ? t('Looking…') : files.sources.length === 0 ? t('No data yet: you can import it later') : files.exact ? tn('{n} task', '{n} tasks', files.count) : t('about {n} tasks', { n: number(files.count) });
  $('summary').textContent = [tasks, tn('{n} label', '{n} labels', labels), ...(wanting ? [] : [t('You can change all of this later.')])].join(' · ');
  $('lacking').textContent = wanting?.words ?? '';
  $('create').setAttribute('aria-disabled', String(Boolean(wanting)));
}
title.addEventListener('input', summary);

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
  const wanting = lacking();
  if (wanting) {
    wanting.field?.scrollIntoView({ block: 'center' });
    wanting.field?.focus();
    return;
  }
  try {
    const body = { title: title.value.trim(), label_config: xml };
    project = project ? await api.patch(`/api/projects/${project.id}/`, body) : await api.post('/api/projects/', body);
  } catch (error) {
    return toastError(error);
  }
  const there = url(`/projects/${project.id}/data`);
  if (!files.files.length) return location.assign(there);
  const place = h('div.stack');
  dialog({ title: t('Importing your data'), body: place, foot: [h('a.button', { href: there }, t('Go to the project'))] });
  try {
    const form = new FormData();
    for (const file of files.files) form.append('file', file, pathOf(file));
    const bar = h('i');
    fill(place, h('p', { role: 'status' }, t('Sending…')), h('div.progress', { data: { going: '', known: '' } }, bar));
    const answer = await upload(`/api/projects/${project.id}/import?background=true&on_fault=keep`, form, (part) => bar.style.setProperty('width', `${part * 100}%`));
    const job = await follow(answer.job, place);
    if (job.state === 'completed' && !job.result?.faults?.length) return location.assign(there);
    fill(place, ending(job, tn('{n} task imported.', '{n} tasks imported.', job.result?.task_count ?? 0)), faultList(job.result?.faults ?? job.error?.faults));
  } catch (error) {
    fill(place, trouble(error));
  }
});
addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) /** @type {HTMLFormElement} */ ($('wizard')).requestSubmit();
});
for (const kind of ['dragover', 'drop']) addEventListener(kind, (event) => { // beside the zone too, instead of leaving the page
  event.preventDefault();
  if (kind !== 'drop' || event.target instanceof Element && event.target.closest('.drop')) return;
  $('wizard-files').querySelector('.drop')?.dispatchEvent(new DragEvent('drop', { dataTransfer: /** @type {DragEvent} */ (event).dataTransfer }));
});
drawGallery();
changed();
