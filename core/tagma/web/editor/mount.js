/** Puts the config's tags on screen, one by one, so that a broken one costs only itself. */
import { h, icon } from '../dom.js';
import { t } from '../i18n.js';
import { Context } from './context.js';

/**
 * @param {import('../tree.js').ConfigNode} node @param {HTMLElement} host @param {import('./session.js').Session} session
 * @param {(destroy: () => void) => void} onDestroy
 */
export function mountTree(node, host, session, onDestroy) {
  const place = session.places?.get(node);
  const target = place ?? host;
  if (place === null) return;
  const fault = session.faultOf(node);
  if (fault) {
    target.append(notice(node, fault.plugin, fault.words));
    for (const child of node.children) if (child.kind !== 'visual' || !['Label', 'Choice'].includes(child.tag)) mountTree(child, host, session, onDestroy);
    return;
  }
  const definition = session.definition(node);
  if (!definition?.mount) return;
  const context = new Context(node, session);
  const element = document.createElement('div');
  element.className = `tagma-tag tagma-${definition.kind}`;
  element.dataset.tag = node.tag;
  if (node.name) element.dataset.name = node.name;
  if (definition.fills) element.classList.add('fills');
  target.append(element);
  try {
    const mounted = definition.mount(element, context);
    follow(node, element, session, context);
    onDestroy(() => {
      try {
        mounted?.destroy?.();
      } catch (error) {
        reportError(error);
      }
      context.destroy();
      element.remove();
    });
  } catch (error) {
    reportError(error);
    context.destroy();
    const found = { plugin: node.plugin ?? '', words: String(/** @type {Error} */ (error).message ?? error) };
    session.fail(node, found);
    element.replaceWith(notice(node, found.plugin, found.words));
  }
}

/** Show and hide by the rules of `visibleWhen` and `perRegion`. @param {import('../tree.js').ConfigNode} node @param {HTMLElement} element @param {import('./session.js').Session} session @param {Context} context */
function follow(node, element, session, context) {
  const perRegion = session.asksSelected(node);
  if (!perRegion && !node.get('visibleWhen')) return;
  const update = () => {
    const region = session.scope.selected;
    const mine = !perRegion || Boolean(region && session.describe(region).isRegion && node.toName.includes(session.describe(region).object));
    const labels = String(node.get('whenLabelValue') ?? '');
    const fits = !perRegion || !labels || Boolean(region && session.scope.saved(node, region));
    element.hidden = !(mine && fits && session.scope.visible(node));
  };
  update();
  context.watch(update);
}

/** @param {import('../tree.js').ConfigNode} node @param {string} plugin @param {string} words */
function notice(node, plugin, words) {
  return h('div.tagma-notice', { role: 'note', data: { tag: node.tag } },
    icon('triangle-alert'),
    h('div', null,
      h('strong', null, plugin ? t('{tag} of the plugin {plugin} does not work here.', { tag: node.tag, plugin }) : t('{tag} does not work here.', { tag: node.tag })),
      h('p', null, words, ' ', t('What it stored is kept unchanged; the rest of the page works.')),
    ));
}
