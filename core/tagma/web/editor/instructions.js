/** What the project asks of its labelers: a panel over the corner of the desk, open as long as they want it while they work. */
import { h, iconButton, sanitize } from '../dom.js';
import { t } from '../i18n.js';

/** @param {HTMLElement} host stays while tasks come and go @param {{id: number, expert_instruction?: string, show_instruction?: boolean}} project */
export function instructions(host, project) {
  const told = `tagma-told-${project.id}`;
  /** @type {HTMLElement | null} */
  let panel = null;
  const close = () => {
    panel?.remove();
    panel = null;
    sessionStorage.setItem(told, 'yes');
  };
  const toggle = () => {
    if (panel) return close();
    const made = h('aside.editor-instructions', { 'aria-label': t('Instructions') },
      h('div.side-head', null, h('h2.grow', null, t('Instructions')), iconButton('x', t('Close'), '', close)),
      h('div.prose', { tabIndex: 0, role: 'region', 'aria-label': t('Instructions') }, sanitize(project.expert_instruction ?? '')));
    host.append(made);
    panel = made;
  };
  if (project.show_instruction && project.expert_instruction && !sessionStorage.getItem(told)) toggle();
  return { toggle, close: () => panel?.remove() };
}
