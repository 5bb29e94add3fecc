/** What stands in an object's place until it can be shown, and why it can't be. */
import { h } from '../dom.js';

/** Why it can't be shown, and what to do. @param {HTMLElement} host @param {string} words @param {string} [hint] */
export function refuse(host, words, hint = '') {
  host.replaceChildren(h('div.tagma-empty', { role: 'alert' }, h('strong', null, words), h('p', null, hint)));
}

/** An error's own words, for {@link refuse}. @param {any} error */
export const wordsOf = (error) => [error.message, error.hint].filter(Boolean).join(' ');

/**
 * Words and a bar, for what the server makes once. Gives what `Derived` is to be handed as `waiting`.
 * @param {HTMLElement} host @param {string} words while it is fetched @param {string} once while it is made, which is told then
 * @returns {(job: any, what?: string) => void} `what` is told instead of `once`
 */
export function announce(host, words, once) {
  const said = h('span', null, words);
  const bar = h('progress', { max: 100, 'aria-label': words });
  host.append(h('div.tagma-loading', { role: 'status' }, said, h('br', null), bar));
  return (job, what = once) => {
    said.textContent = what;
    if (job?.total) bar.value = (job.done / job.total) * 100;
  };
}
