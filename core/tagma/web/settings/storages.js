/** Storages of a project: folders and buckets that are looked through for new tasks. Each says its state and its last fault. */
import { api } from 'tagma/api.js';
import { fill, h, icon } from 'tagma/dom.js';
import { number, t, tn } from 'tagma/i18n.js';
import { ending, faultList, follow, trouble } from 'tagma/data-manager/jobs.js';
import { confirm, dialog } from 'tagma/ui/dialog.js';
import { ago } from 'tagma/ui/format.js';
import { menu } from 'tagma/ui/menu.js';
import { toast, toastError, wordsOf } from 'tagma/ui/toast.js';

/** @typedef {{name: string, title: string, settings: {properties: Record<string, any>, required?: string[]}}} Kind */

const COMMON = () => /** @type {Record<string, [string, string]>} */ ({
  description: [t('Description'), ''],
  regex_filter: [t('Only names that fit'), t('A regular expression, e.g. .*\\.png; empty for all.')],
  use_blob_urls: [t('Each object is a task'), t('Pictures and the like; else objects are read as files of tasks.')],
  recursive_scan: [t('Look into folders within'), ''],
  presign: [t('Browsers fetch media from the storage itself'), t('Where it can; else they go through this server.')],
  presign_ttl: [t('Minutes such a link works'), ''],
});
const ORDER = ['title', 'description', 'use_blob_urls', 'regex_filter', 'recursive_scan', 'presign', 'presign_ttl'];

const STATES = () => /** @type {Record<string, [string, string]>} */ ({
  initialized: ['mark-open', t('Never synced')],
  queued: ['mark-draft', t('Waiting')],
  in_progress: ['mark-draft', t('Syncing')],
  completed: ['mark-done', t('Synced')],
  completed_with_errors: ['mark-cross', t('Synced, with faults')],
  failed: ['mark-failed', t('Failed')],
});

/** @param {HTMLElement} host @param {number} project */
export async function showStorages(host, project) {
  /** @type {Kind[]} */
  let kinds = [];
  const draw = async () => {
    try {
      const [found, all] = await Promise.all([api.get('/api/storages/types'), api.get(`/api/storages/?project=${project}`)]);
      kinds = found;
      fill(host, all.length ? h('ul.storages', null, all.map((/** @type {any} */ one) => row(one))) : h('p.help', null, kinds.length ? t('None is connected. A storage brings in what lies in it, again and again, each thing once.') : t('No installed plugin brings storages.')), kinds.length ? h('div', null, add()) : null);
    } catch (error) {
      fill(host, trouble(error));
    }
  };

  function add() {
    const button = h('button.button', { type: 'button', onclick: () => (kinds.length === 1 ? edit(kinds[0], null) : menu(button, kinds.map((kind) => ({ title: t(kind.title), run: () => edit(kind, null) })))) }, icon('plus'), t('Connect a storage'));
    return button;
  }

  /** @param {any} one */
  function row(one) {
    const kind = kinds.find((each) => each.name === one.type);
    const [mark, word] = STATES()[one.status] ?? ['mark-open', one.status];
    const place = h('div');
    const act = (/** @type {string} */ name, /** @type {string} */ words, /** @type {() => void} */ run) => h('button.button.button-small', { type: 'button', onclick: run }, icon(name), words);
    const more = h('button.icon-button', { type: 'button', title: t('More'), 'aria-label': t('More for {title}', { title: one.title }), onclick: () => menu(more, [
      kind ? { title: t('Check'), icon: 'check', run: () => check(one) } : null,
      kind ? { title: t('Settings'), icon: 'settings', run: () => edit(kind, one) } : null,
      { title: t('Disconnect'), icon: 'unlink', bad: true, run: () => remove(one) },
    ]) }, icon('ellipsis'));
    return h('li.storage', null,
      h('div.row-wide', null, icon('hard-drive'), h('span.grow', null, h('b', null, one.title || (kind ? t(kind.title) : one.type)), ' ', h('span.soft', null, one.path ?? one.bucket ?? '')),
        h('span.state.small', null, h(`span.mark.${mark}`), word),
        one.synchronizable ? act('refresh-cw', t('Sync'), () => plan(one, place)) : null, more),
      one.last_sync ? h('p.help.num', null, t('Last sync {when}', { when: ago(one.last_sync) }), ' · ', tn('{n} task came in', '{n} tasks came in', one.last_sync_count ?? 0)) : null,
      one.synchronizable ? null : h('p.fault', null, icon('circle-alert'), t('The plugin of this storage is not loaded; see the page Plugins.')),
      one.traceback ? h('details.faults', null, h('summary', null, t('What went wrong')), h('pre.storage-said', { tabindex: 0 }, one.traceback)) : null,
      place);
  }

  /** Say what would come in, then bring it in. @param {any} one @param {HTMLElement} place */
  async function plan(one, place) {
    fill(place, h('p.help', { role: 'status' }, t('Looking through the storage…')));
    try {
      const started = await api.post(`/api/storages/${one.type}/${one.id}/plan`, {});
      const found = /** @type {any} */ ((await follow(started.job, place)).result);
      fill(place, h('div.notice', { role: 'status' }, h('div.stack-near.grow', null,
        h('p.num', null, [tn('{n} new object', '{n} new objects', found.new), tn('{n} known', '{n} known', found.known), found.gone ? t('{n} gone from the storage; their tasks stay', { n: number(found.gone) }) : ''].filter(Boolean).join(' · ')),
        found.first.new.length ? h('p.help.cut', null, found.first.new.join(', ') + (found.new > found.first.new.length ? '…' : '')) : null,
        h('div.row', null, found.new ? h('button.button.button-small.button-primary', { type: 'button', onclick: () => sync(one, place) }, t('Bring them in')) : null,
          h('button.button.button-small.button-quiet', { type: 'button', onclick: () => fill(place) }, found.new ? t('Cancel') : t('Close'))))));
    } catch (error) {
      fill(place, trouble(error));
    }
  }

  /** @param {any} one @param {HTMLElement} place */
  async function sync(one, place) {
    try {
      const started = await api.post(`/api/storages/${one.type}/${one.id}/sync`, {});
      const job = await follow(started.last_sync_job, place);
      await draw();
      const result = job.result ?? {};
      host.prepend(h('div.stack-near', null, ending(job, tn('{n} task came in', '{n} tasks came in', result.task_count ?? 0)), faultList(result.faults)));
    } catch (error) {
      fill(place, trouble(error));
    }
  }

  /** @param {any} one */
  async function check(one) {
    try {
      await api.post(`/api/storages/${one.type}/validate`, { ...one, id: one.id });
      toast(t('It answers.'), { kind: 'good' });
    } catch (error) {
      toastError(error);
    }
  }

  /** @param {any} one */
  async function remove(one) {
    if (!(await confirm({ title: t('Disconnect “{title}”', { title: one.title || one.path || one.type }), words: t('Its tasks stay; media that only it holds can’t be shown any more.'), verb: t('Disconnect'), bad: true }))) return;
    try {
      await api.delete(`/api/storages/${one.type}/${one.id}`);
      await draw();
    } catch (error) {
      toastError(error);
    }
  }

  /** @param {Kind} kind @param {any} one null for a new one */
  function edit(kind, one) {
    const common = COMMON();
    const all = kind.settings.properties;
    const names = ['title', ...Object.keys(all).filter((name) => !common[name]), ...ORDER.filter((name) => name !== 'title' && all[name])];
    const fields = names.map((name) => field(name, name === 'title' ? { type: 'string' } : all[name], one?.[name], name === 'title' ? [t('Name'), t('Empty to call it by its kind.')] : common[name], kind.settings.required?.includes(name)));
    const said = h('div');
    const form = h('form.stack', { onsubmit: async (/** @type {Event} */ event) => {
      event.preventDefault();
      const body = Object.fromEntries(fields.map((each) => [each.name, each.read()]).filter(([, value]) => value !== undefined));
      save.disabled = true;
      try {
        if (one) await api.patch(`/api/storages/${kind.name}/${one.id}`, body);
        else await api.post(`/api/storages/${kind.name}`, { ...body, project });
        shown.close();
        await draw();
      } catch (error) {
        const wrong = /** @type {any} */ (error).body?.validation_errors ?? {};
        for (const each of fields) each.say([].concat(wrong[each.name] ?? []).join(' '));
        fill(said, fields.some((each) => wrong[each.name]) ? null : h('p.fault', { role: 'alert' }, icon('circle-alert'), wordsOf(error)));
      } finally {
        save.disabled = false;
      }
    } }, fields.map((each) => each.element), said);
    const save = h('button.button.button-primary', { type: 'button', onclick: () => form.requestSubmit() }, one ? t('Save') : t('Connect'));
    const shown = dialog({ title: one ? t('Settings of “{title}”', { title: one.title || t(kind.title) }) : t(kind.title), body: form, foot: [h('button.button.button-quiet', { type: 'button', onclick: () => shown.close() }, t('Cancel')), save] });
  }

  await draw();
}

/** @param {string} name @param {any} schema @param {any} value @param {[string, string] | undefined} words @param {boolean | undefined} required */
function field(name, schema, value, words, required) {
  const plain = schema.anyOf?.find((/** @type {any} */ one) => one.type !== 'null') ?? schema;
  const [title, help] = words ?? [t(schema.title ?? name), t(schema.description ?? '')];
  const fault = h('p.fault', { role: 'alert', hidden: true });
  const say = (/** @type {string} */ text) => {
    fault.hidden = !text;
    fault.textContent = text;
  };
  const helps = help ? h('p.help', null, help) : null;
  const now = value ?? schema.default;
  if (plain.type === 'boolean') {
    const box = h('input', { type: 'checkbox', checked: Boolean(now) });
    return { name, say, read: () => box.checked, element: h('div', null, h('label.check', null, box, h('span', null, title, ' ', helps ? h('span.help', null, help) : null)), fault) };
  }
  const secret = plain.format === 'password' || plain.writeOnly;
  const number = plain.type === 'integer' || plain.type === 'number';
  const input = h('input.input', { type: secret ? 'password' : number ? 'number' : 'text', value: secret ? '' : now ?? '', required, autocomplete: 'off', placeholder: secret && value !== undefined ? t('unchanged') : (plain.examples?.[0] ?? schema.examples?.[0] ?? '') });
  const read = () => (number ? (input.value === '' ? undefined : Number(input.value)) : secret && !input.value ? undefined : input.value);
  return { name, say, read, element: h('div.field', null, h('label.field', null, h('span.label', null, title), input), helps, fault) };
}
