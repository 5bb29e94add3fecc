/** A config tried out: the desk without saving. What is drawn here is thrown away. */
import { api } from '../api.js';
import { fill, h } from '../dom.js';
import { Keys } from '../keys.js';
import { ConfigNode } from '../tree.js';
import { openDesk } from './desk.js';

/**
 * @param {HTMLElement} host @param {{config: any, task: any}} given `config` as XML or as the server's tree, `task` with `data`
 * @returns {{update(given: {config: any, task: any}): Promise<void>, destroy(): void}}
 */
export function mountPreview(host, given) {
  const shell = h('div.editor.editor-preview');
  host.append(shell);
  /** @type {any} */
  let desk = null;
  let turn = 0;
  const keys = new Keys();
  const unlisten = keys.listen(shell);
  /** @param {{config: any, task: any}} next */
  const draw = async (next) => {
    const tree = typeof next.config === 'string' ? (await api.post('/label-preview', { config: next.config })).config : next.config;
    desk?.destroy();
    desk = null;
    fill(shell);
    desk = await openDesk(shell, { root: new ConfigNode(tree), task: next.task, keys, results: [], panel: false });
  };
  /** @type {Promise<void>} one desk is opened at a time; of those that wait only the last */
  let last = Promise.resolve();
  const update = (/** @type {{config: any, task: any}} */ next) => {
    const mine = ++turn;
    last = last.catch(() => {}).then(() => (mine === turn ? draw(next) : undefined));
    return last;
  };
  update(given).catch((error) => fill(shell, h('p.tagma-empty', { role: 'alert' }, error.message)));
  return {
    update,
    destroy() {
      turn++;
      last.catch(() => {}).then(() => desk?.destroy());
      unlisten();
      shell.remove();
    },
  };
}
