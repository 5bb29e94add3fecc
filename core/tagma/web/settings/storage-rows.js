/** One storage of a project as a row: its state, its last fault, and what can be done with it. */
import { api } from 'tagma/api.js';
import { fill, h, icon } from 'tagma/dom.js';
import { number, t, tn } from 'tagma/i18n.js';
import { ending, faultList, follow, trouble } from 'tagma/data-manager/jobs.js';
import { confirm, dialog } from 'tagma/ui/dialog.js';
import { copyButton } from 'tagma/ui/copy.js';
import { ago, duration } from 'tagma/ui/format.js';
import { menu } from 'tagma/ui/menu.js';
import { toast, toastError } from 'tagma/ui/toast.js';

/** @typedef {import('./storages.js').Side} Side */

const STATES = () => /** @type {Record<string, [string, string, string]>} */ ({
  initialized: ['mark-open', t('Never synced'), t('Nothing written yet')],
  queued: ['mark-draft', t('Waiting'), t('Waiting')],
  in_progress: ['mark-draft', t('Syncing'), t('Writing')],
  completed: ['mark-done', t('Synced'), t('All is written')],
  completed_with_errors: ['mark-cross', t('Synced, with faults'), t('All is written')],
  failed: ['mark-failed', t('Failed'), t('Failed')],
});

/** @param {Side} side @param {any} one */
export function sourceRow(side, one) {
  const place = h('div');
  const links = one.presign && side.kinds.find((each) => each.name === one.type)?.links;
  const schedule = one.sync_minutes ? t('Syncs by itself every {time}', { time: duration(one.sync_minutes * 60) }) : '';
  const last = one.last_sync ? [t('Last sync {when}', { when: ago(one.last_sync) }), tn('{n} task came in', '{n} tasks came in', one.last_sync_count ?? 0)] : [];
  return row(side, one, place, {
    act: ['refresh-cw', t('Sync'), () => plan(side, one, place)],
    more: [links ? { title: t('Can browsers fetch from it?'), icon: 'globe', run: () => probe(side, one, place) } : null],
    notes: [[...last, schedule]],
  });
}

/** @param {Side} side @param {any} one */
export function targetRow(side, one) {
  const place = h('div');
  const waits = one.waiting ? tn('{n} object waits to be written', '{n} objects wait to be written', one.waiting) : '';
  const next = one.waiting && one.retry_at ? t('tried again {when}', { when: soon(one.retry_at) }) : '';
  return row(side, one, place, {
    act: ['refresh-cw', t('Write all again'), () => sync(side, one, place)],
    more: [],
    notes: [[one.last_sync ? t('Last written {when}', { when: ago(one.last_sync) }) : '', waits, next]],
  });
}

/** When that is, from now. @param {string} moment */
function soon(moment) {
  const seconds = (new Date(moment).getTime() - Date.now()) / 1000;
  return seconds < 5 ? t('in a moment') : t('in {time}', { time: duration(seconds) });
}

/**
 * @param {Side} side @param {any} one @param {HTMLElement} place
 * @param {{act: [string, string, () => void], more: any[], notes: string[][]}} own
 */
function row(side, one, place, { act, more, notes }) {
  const kind = side.kinds.find((each) => each.name === one.type);
  const [mark, source, target] = STATES()[one.status] ?? ['mark-open', one.status, one.status];
  const title = one.title || (kind ? t(kind.title) : one.type);
  const open = h('button.icon-button', { type: 'button', title: t('More'), 'aria-label': t('More for {title}', { title }), onclick: () => menu(open, [
    kind ? { title: t('Check'), icon: 'check', run: () => check(side, one) } : null,
    kind ? { title: t('Settings'), icon: 'settings', run: () => side.edit(kind, one) } : null,
    ...(kind ? more : []),
    { title: t('Disconnect'), icon: 'unlink', bad: true, run: () => remove(side, one, title) },
  ]) }, icon('ellipsis'));
  const [name, words, run] = act;
  const where = one.path ?? one.bucket ?? one.container ?? one.host ?? '';
  return h('li.storage', null,
    h('div.storage-row', null, icon(side.target ? 'upload' : 'hard-drive'),
      h('span.grow.cut', null, h('b', null, title), ' ', h('span.soft', { title: where }, [where, one.prefix].filter(Boolean).join('/'))),
      h('span.storage-acts', null,
        h('span.state.small', null, h(`span.mark.${mark}`), side.target ? target : source),
        one.synchronizable ? h('button.button.button-small', { type: 'button', onclick: run }, icon(name), words) : null, open)),
    notes.map((line) => line.filter(Boolean)).filter((line) => line.length).map((line) => h('p.help.num', null, line.join(' · '))),
    one.description ? h('p.help', null, one.description) : null,
    one.synchronizable ? null : h('p.fault', null, icon('circle-alert'), t('The plugin of this storage is not loaded; see the page Plugins.')),
    one.traceback ? h('details.faults', { open: one.status === 'failed' }, h('summary', null, t('What went wrong')), h('pre.storage-said', { tabindex: 0 }, one.traceback)) : null,
    place);
}

/** Say what would come in, then, when that is approved, bring it in. @param {Side} side @param {any} one @param {HTMLElement} place */
async function plan(side, one, place) {
  fill(place, h('p.help', { role: 'status' }, t('Looking through the storage…')));
  try {
    const started = await api.post(`${side.base}/${one.type}/${one.id}/plan`, {});
    const job = await follow(started.job, place);
    if (job.state !== 'completed') return fill(place, ending(job, ''));
    const found = job.result;
    const close = h('button.button.button-small.button-quiet', { type: 'button', onclick: () => fill(place) }, found.new || found.changed ? t('Cancel') : t('Close'));
    const go = found.new || found.changed ? h('button.button.button-small.button-primary', { type: 'button', onclick: () => sync(side, one, place) }, found.new ? t('Bring them in') : t('Take the changes over')) : null;
    fill(place, h('div.notice', { role: 'status' }, h('div.stack-near.grow', null,
      h('p.num', null, [tn('{n} new object', '{n} new objects', found.new), found.changed ? t('{n} changed', { n: number(found.changed) }) : '', tn('{n} known', '{n} known', found.known), found.gone ? t('{n} gone from the storage; their tasks stay', { n: number(found.gone) }) : ''].filter(Boolean).join(' · ')),
      examples(found.first.new, found.new, (names) => t('New: {names}', { names })), examples(found.first.changed, found.changed, (names) => t('Changed: {names}', { names })), examples(found.first.gone, found.gone, (names) => t('Gone: {names}', { names })),
      found.changed ? h('p.help', null, one.use_blob_urls ? t('Tasks of changed objects keep their annotations; their date of change moves, so that you find them.') : t('Files that changed are read again: new rows come in, changed rows change their tasks unless somebody has worked on them.')) : null,
      h('div.row', null, go, close))));
  } catch (error) {
    fill(place, trouble(error));
  }
}

/** @param {string[]} names @param {number} count @param {(names: string) => string} words */
const examples = (names, count, words) => (names.length ? h('p.help.cut', null, words(names.join(', ') + (count > names.length ? '…' : ''))) : null);

/** @param {Side} side @param {any} one @param {HTMLElement} place */
async function sync(side, one, place) {
  try {
    const started = await api.post(`${side.base}/${one.type}/${one.id}/sync`, {});
    const job = await follow(started.last_sync_job, place);
    await side.draw();
    const result = job.result ?? {};
    const good = side.target
      ? tn('{n} object was written', '{n} objects were written', result.written ?? 0)
      : [tn('{n} task came in', '{n} tasks came in', result.task_count ?? 0), result.changed ? tn('{n} task changed', '{n} tasks changed', result.changed) : ''].filter(Boolean).join(' · ');
    side.say(ending(job, good), faultList(result.faults));
  } catch (error) {
    fill(place, trouble(error));
  }
}

/** @param {Side} side @param {any} one */
async function check(side, one) {
  try {
    await api.post(`${side.base}/${one.type}/validate`, { ...one, id: one.id });
    toast(side.target ? t('It can be written to.') : t('It answers.'), { kind: 'good' });
  } catch (error) {
    toastError(error);
  }
}

/** Whether a page of ours may fetch a signed link; if not, the rule to paste. @param {Side} side @param {any} one @param {HTMLElement} place */
async function probe(side, one, place) {
  fill(place, h('p.help', { role: 'status' }, t('Asking the storage as a browser would…')));
  try {
    const found = await api.post(`${side.base}/${one.type}/${one.id}/probe`, {});
    fill(place);
    if (found.allowed) return toast(t('Browsers may fetch from it.'), { kind: 'good' });
    dialog({
      title: t('Browsers may not fetch from it yet'),
      body: h('div.stack', null,
        h('p', null, t('Pictures, sounds and films show all the same. What reads an object’s bytes needs this rule, which the storage’s owner pastes into its CORS settings:')),
        h('pre.storage-said', { tabindex: 0 }, found.rule),
        h('p.help', null, t('Or switch off that browsers fetch from the storage itself: then all goes through this server.'))),
      foot: [copyButton(found.rule, t('Copy the rule'))],
    });
  } catch (error) {
    fill(place, trouble(error));
  }
}

/** @param {Side} side @param {any} one @param {string} title */
async function remove(side, one, title) {
  const words = side.target ? t('What was written stays there; nothing more is written.') : t('Its tasks stay; media that only it holds can’t be shown any more.');
  if (!(await confirm({ title: t('Disconnect “{title}”', { title }), words, verb: t('Disconnect'), bad: true }))) return;
  try {
    await api.delete(`${side.base}/${one.type}/${one.id}`);
    side.say();
    await side.draw();
  } catch (error) {
    toastError(error);
  }
}
