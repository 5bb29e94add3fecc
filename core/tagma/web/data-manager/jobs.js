/** Long work on the server: a bar, a count, the time left, cancel, and a clear end. It goes on when the page is closed. */
import { api } from 'tagma/api.js';
import { fill, h, icon } from 'tagma/dom.js';
import { number, t } from 'tagma/i18n.js';
import { duration } from 'tagma/ui/format.js';
import { wordsOf } from 'tagma/ui/toast.js';

const ENDED = ['completed', 'failed', 'cancelled'];
const wait = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * @param {number} id @param {HTMLElement} host @returns {Promise<any>} the job as it ended
 */
export async function follow(id, host) {
  const bar = h('i');
  const track = h('div.progress', { role: 'progressbar', data: { going: '' } }, bar);
  const said = h('span.num.grow', { role: 'status' });
  const cancel = h('button.button.button-small.button-quiet', { type: 'button', onclick: () => api.post(`/api/jobs/${id}/cancel`, {}).then(() => (cancel.disabled = true)) }, t('Cancel'));
  fill(host, h('div.job', null, track, h('div.row.small', null, said, cancel)));
  const began = performance.now();
  let pause = 120;
  for (;;) {
    const job = await api.get(`/api/jobs/${id}`);
    const part = job.total ? job.done / job.total : 0;
    track.toggleAttribute('data-known', Boolean(job.total));
    bar.style.setProperty('width', job.total ? `${part * 100}%` : '');
    if (job.total) track.setAttribute('aria-valuenow', String(Math.round(part * 100)));
    said.textContent = progressWords(job, (performance.now() - began) / 1000, part);
    if (ENDED.includes(job.state)) {
      cancel.remove();
      return job;
    }
    await wait(pause);
    pause = Math.min(1000, pause * 1.4);
  }
}

/** @param {any} job @param {number} seconds @param {number} part */
function progressWords(job, seconds, part) {
  const unit = job.unit || t('items');
  const words = job.total
    ? t('{done} of {total} {unit}', { done: number(job.done), total: number(job.total), unit })
    : job.state === 'queued' ? t('Waiting for a free worker') : t('{done} {unit}', { done: number(job.done), unit });
  const rest = part > 0.02 && part < 1 && seconds > 2 ? t('{time} left', { time: duration(seconds / part - seconds) }) : '';
  return [words, rest, job.note].filter(Boolean).join(' · ');
}

/**
 * Say at the foot of the page that something is being done, if it is not done at once.
 * @template T @param {string} words @param {Promise<T>} work @returns {Promise<T>}
 */
export async function busy(words, work) {
  const shown = h('span.row.small.dm-busy', { role: 'status' }, h('span.progress', { data: { going: '' } }, h('i')), words);
  const waiting = setTimeout(() => document.querySelector('.dm-foot')?.append(shown), 300);
  try {
    return await work;
  } finally {
    clearTimeout(waiting);
    shown.remove();
  }
}

/** How it ended. @param {any} job @param {string} good what to say when all is done */
export function ending(job, good) {
  if (job.state === 'completed') return h('div.notice.notice-good', { role: 'status' }, icon('circle-check'), h('p', null, good));
  if (job.state === 'cancelled') return h('div.notice.notice-warn', { role: 'status' }, icon('ban'), h('p', null, t('Cancelled. What was done before stays.')));
  const error = job.error ?? {};
  return h('div.notice.notice-bad', { role: 'alert' }, icon('circle-alert'), h('div', null, h('p', null, error.message ?? error.detail ?? t('It failed; the server’s log says why.')), error.hint ? h('p.help', null, error.hint) : null));
}

/** What went wrong, row by row. @param {any[]} faults */
export function faultList(faults) {
  if (!faults?.length) return null;
  const place = (/** @type {any} */ where) => [where?.file, where?.row && t('row {n}', { n: number(where.row) }), where?.line && t('line {n}', { n: number(where.line) })].filter(Boolean).join(', ');
  return h('details.faults', { open: faults.length < 6 },
    h('summary', null, t('{n} left out: see why', { n: number(faults.length) })),
    h('ul', { tabindex: 0 }, faults.slice(0, 500).map((fault) => h('li', null, h('b', null, place(fault.where) || fault.file || ''), ' ', fault.message ?? fault.detail ?? String(fault), ' ', h('span.soft', null, fault.hint ?? '')))));
}

/** @param {any} error */
export const trouble = (error) => h('div.notice.notice-bad', { role: 'alert' }, icon('circle-alert'), h('div', null, h('p', null, wordsOf(error)), faultList(error?.body?.faults)));
