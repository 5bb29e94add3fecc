/** The desk: tool rail, label chips, the config's tags, the panel. Nothing here saves, so a preview uses it too. */
import { fill, h, iconButton } from '../dom.js';
import { t } from '../i18n.js';
import { loadTags } from './loader.js';
import { mountTree } from './mount.js';
import { mountPanel } from './panel.js';
import { Session } from './session.js';
import { mountSmartBar } from './smart-bar.js';

/** @param {HTMLElement} host @param {{root: any, task: any, keys: any, results: any[], steps?: readonly import('../store.js').Step[], readonly?: boolean, top?: any, bottom?: any, panel?: boolean, past?: number | null, choice?: import('./smart.js').SmartChoice}} given `past`: the stored annotation whose history the panel offers */
export async function openDesk(host, { root, task, keys, results, steps, readonly = false, top, bottom, panel = true, past = null, choice }) {
  const { definitions, faults } = await loadTags(root);
  const session = new Session({ root, definitions, faults, task, results, readonly, keys, choice });
  session.fresh = !results.length && !steps?.length;
  if (steps?.length) session.store.replay(steps);
  const marks = session.regions().length > 0 || session.scope.controls.some((node) => node.is('perRegion') || session.definition(node)?.labels || session.definition(node)?.shape);
  const aside = panel && (marks || past !== null);
  const rail = h('div.editor-rail', { role: 'toolbar', 'aria-label': t('Tools'), 'aria-orientation': 'vertical' });
  const chips = h('div.editor-chips');
  const smart = h('div.smart-bar', { role: 'group' });
  const object = h('div.editor-object.tagma-config');
  const details = h('div.editor-controls');
  const side = h('aside.editor-side', { 'aria-label': t('Regions') });
  const desk = h('div.editor-desk', null, rail, h('div.editor-middle', null, chips, smart, top, object), aside ? side : null);
  host.append(desk, ...(bottom ? [bottom] : []));
  /** @type {(() => void)[]} */
  const cleanups = [];
  const clean = (/** @type {() => void} */ work) => void cleanups.push(work);
  session.places = new Map();
  for (const node of session.scope.controls) {
    const definition = session.definition(node);
    if (session.asksSelected(node) && panel) session.places.set(node, details);
    else if (definition?.labels) session.places.set(node, chips);
  }
  mountTree(root, object, session, clean);
  mountSmartBar(smart, session, clean);
  clean(() => session.smart.cancel());
  chips.hidden = !chips.childElementCount;
  if (aside) mountPanel(side, session, { controls: details, marks, past, clean });
  const drawTools = () => {
    const tools = session.tools.list();
    for (const tool of tools) toolKeys.get(tool.name) ?? toolKeys.set(tool.name, keys.add({ name: `tool:${tool.name}`, group: t('Tools'), title: tool.title, keys: tool.key ? [tool.key] : [], scope: 'tag', run: () => session.tools.use(tool.name) }));
    fill(rail, tools.map((tool) => iconButton(tool.icon, tool.title, keys.hint(`tool:${tool.name}`), () => session.tools.use(tool.name), { 'aria-pressed': String(session.tools.active === tool.name) })));
    rail.hidden = tools.length < 2;
  };
  /** @type {Map<string, () => void>} */
  const toolKeys = new Map();
  drawTools();
  session.tools.on(drawTools);
  clean(keys.on(drawTools));
  return {
    session,
    destroy() {
      for (const work of toolKeys.values()) work();
      for (const work of cleanups.splice(0).reverse()) work();
      desk.remove();
      bottom?.remove();
    },
  };
}
