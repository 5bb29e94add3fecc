/** What stands where a task would: why there is none, and what can be done about it. */
import { url } from '../api.js';
import { h, icon } from '../dom.js';
import { t, tn } from '../i18n.js';
import { wordsOf } from '../ui/toast.js';

/** @param {any} where @returns {[string, string, string]} icon, sentence, advice */
function words(where) {
  switch (where?.reason) {
    case 'empty': return ['inbox', t('This project has no tasks yet.'), t('Import some first.')];
    case 'all-done': return ['circle-check', t('Nothing is left to label'), t('Every task of this project is labeled.')];
    case 'filter-empty': return ['filter', t('No task fulfils the filters of this tab.'), t('Change or remove its filters.')];
    case 'held': return ['clock', tn('The remaining task is with somebody else right now.', 'The remaining {n} tasks are with other people right now.', where.held ?? 2), t('A task comes back when it is skipped, or when the time reserved for it is over.')];
    case 'yours-done': return ['circle-check', t('You have done every task that is open to you.'), t('The rest waits for other people; an administrator can lower the number of annotations a task needs.')];
    default: return ['circle-check', t('Nothing is left to label'), ''];
  }
}

/** @param {number} project @param {any} error what the server, or the network, said instead of a task @param {() => void} again */
export function nothing(project, error, again) {
  const known = error?.status === 404 || error?.code === 'no-task';
  const [sign, title, advice] = known ? words(error.body?.where ?? error.where) : ['circle-alert', t('The next task could not be fetched.'), wordsOf(error)];
  return h('div.empty', { role: 'status' }, icon(sign, 32), h('h2', null, title), advice ? h('p.soft', null, advice) : null,
    h('div.row', null, h('button.button', { type: 'button', onclick: again }, icon('rotate-ccw'), t('Look again')), h('a.button', { href: url(`/projects/${project}/data`) }, t('To the tasks'))));
}
