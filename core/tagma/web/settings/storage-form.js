/** The form of a storage: the fields of its kind, then those all of its side have. A secret is never shown, only replaced. */
import { api } from 'tagma/api.js';
import { fill, h, icon } from 'tagma/dom.js';
import { t, tn } from 'tagma/i18n.js';
import { field } from 'tagma/settings/fields.js';
import { dialog } from 'tagma/ui/dialog.js';
import { ago, size } from 'tagma/ui/format.js';
import { wordsOf } from 'tagma/ui/toast.js';

/** @typedef {import('./storages.js').Side} Side @typedef {import('./storages.js').Kind} Kind */

const COMMON = () => /** @type {Record<string, [string, string]>} */ ({
  title: [t('Name'), t('Empty to call it by its kind.')],
  description: [t('Description'), ''],
  regex_filter: [t('Only names that fit'), t('A regular expression, e.g. .*\\.png; empty for all.')],
  use_blob_urls: [t('Each object is a task'), t('Pictures and the like; else objects are read as files of tasks.')],
  recursive_scan: [t('Look into folders within'), ''],
  sync_minutes: [t('Sync by itself every so many minutes'), t('Without being asked first; empty to sync only when somebody says so.')],
  presign: [t('Browsers fetch media from the storage itself'), t('Where it can; else they go through this server.')],
  presign_ttl: [t('Minutes such a link works'), ''],
  can_delete_objects: [t('Delete there what is deleted here'), t('Else an object stays when its annotation goes.')],
  whole_tasks: [t('One object for each task'), t('With all its annotations; else one for each annotation.')],
});
const ORDER = Object.keys(COMMON());
const OF_LINKS = ['presign', 'presign_ttl'];
const LOOKED_AT = 5; // names of objects shown before they are connected

/** @param {Side} side @param {Kind} kind @param {any} one null for a new one */
export function editStorage(side, kind, one) {
  const common = COMMON();
  /** @type {Record<string, any>} */
  const all = { title: { type: 'string' }, ...kind.settings.properties };
  if (!kind.links) for (const name of OF_LINKS) delete all[name];
  const names = ['title', ...Object.keys(all).filter((name) => !common[name]), ...ORDER.filter((name) => name !== 'title' && all[name])];
  const fields = names.map((name) => field(name, all[name], one, common[name], kind.settings.required?.includes(name)));
  const said = h('div');
  const body = () => ({ ...Object.fromEntries(fields.map((each) => [each.name, each.read()]).filter(([, value]) => value !== undefined)), project: side.project, ...(one ? { id: one.id } : {}) });

  /** Under its field where it is about one. @param {any} error */
  const complain = (error) => {
    const wrong = error.body?.validation_errors ?? {};
    for (const each of fields) each.say([].concat(wrong[each.name] ?? []).join(' '));
    fill(said, fields.some((each) => wrong[each.name]) ? null : h('p.fault', { role: 'alert' }, icon('circle-alert'), wordsOf(error)));
  };
  /** @param {HTMLButtonElement} button @param {() => Promise<void>} work */
  const trying = async (button, work) => {
    button.disabled = true;
    for (const each of fields) each.say('');
    fill(said);
    try {
      await work();
    } catch (error) {
      complain(error);
    } finally {
      button.disabled = false;
    }
  };

  const form = h('form.stack', { onsubmit: (/** @type {Event} */ event) => {
    event.preventDefault();
    trying(save, async () => {
      if (one) await api.patch(`${side.base}/${kind.name}/${one.id}`, body());
      else await api.post(`${side.base}/${kind.name}`, body());
      shown.close();
      await side.draw();
    });
  } }, fields.map((each) => each.element), said);
  const save = h('button.button.button-primary', { type: 'button', onclick: () => form.requestSubmit() }, one ? t('Save') : t('Connect'));
  const look = h('button.button.button-quiet', { type: 'button', onclick: () => form.reportValidity() && trying(look, async () => {
    const found = await api.post(`${side.base}/${kind.name}/files`, { ...body(), limit: LOOKED_AT });
    fill(said, firstFiles(found.files));
    said.scrollIntoView({ block: 'nearest' });
  }) }, t('Show the first objects'));
  const shown = dialog({
    title: one ? t('Settings of “{title}”', { title: one.title || t(kind.title) }) : t(kind.title), body: form,
    foot: [side.target ? null : look, h('span.grow'), h('button.button.button-quiet', { type: 'button', onclick: () => shown.close() }, t('Cancel')), save].filter(Boolean),
  });
}

/** @param {{key: string | null, size: number, last_modified: string | null}[]} files */
function firstFiles(files) {
  const named = files.filter((one) => one.key !== null);
  if (!named.length) return h('div.notice.notice-warn', { role: 'status' }, icon('circle-alert'), h('p', null, t('Nothing there fits these settings.')));
  const more = files.length > named.length;
  return h('div.notice', { role: 'status' }, h('div.stack-near.grow', null,
    h('p', null, more ? tn('The first object and more after it:', 'The first {n} objects, and more after them:', named.length) : tn('All there is, {n} object:', 'All there is, {n} objects:', named.length)),
    h('ul.storage-files', null, named.map((one) => h('li', null, h('span.grow.cut', { title: one.key }, one.key), h('span.soft.num', null, size(one.size)), h('span.soft', null, ago(one.last_modified)))))));
}
