/** Sections that plugins add to the settings of a project or of the organization. One that throws is named in its place; the others stand. */
import { API } from 'tagma';
import { api } from 'tagma/api.js';
import { h, icon } from 'tagma/dom.js';
import { t, tn } from 'tagma/i18n.js';
import { confirm, dialog } from 'tagma/ui/dialog.js';
import { ago } from 'tagma/ui/format.js';
import { menu } from 'tagma/ui/menu.js';
import { toast, toastError, wordsOf } from 'tagma/ui/toast.js';

/**
 * What a section is handed: the project's number (null where it is of the organization), requests to the server, and the manners of the page.
 * @typedef {{project: number | null} & typeof MANNERS} SectionContext
 */
const MANNERS = { api, t, tn, dialog, confirm, menu, toast, toastError, wordsOf, ago };

/**
 * @param {HTMLElement} place before which they stand @param {HTMLElement | null} anchor before which their links stand
 * @param {{plugin: string, module: string}[]} modules @param {number | null} project null for those of the organization
 */
export async function showSections(place, anchor, modules, project) {
  const of = project === null ? 'organization' : 'project';
  const loaded = await Promise.all(modules.map(async ({ plugin, module }) => {
    try {
      return { plugin, sections: /** @type {import('tagma').Section[]} */ ((await import(module)).default) };
    } catch (error) {
      return { plugin, sections: [], error };
    }
  }));
  for (const { plugin, sections, error } of loaded) {
    if (error) place.before(h('section.sheet.section', null, h('h2', null, plugin), broken(plugin, error)));
    for (const section of sections.filter((one) => (one.of ?? ['project']).includes(of))) {
      const host = h('div.stack');
      place.before(h('section.sheet.section', { id: section.id }, h('h2', null, t(section.title)), host));
      anchor?.before(h('a', { href: `#${section.id}` }, t(section.title)));
      try {
        if (section.api > API) throw new Error(t('It needs a newer Tagma.'));
        section.mount(host, { project, ...MANNERS });
      } catch (fault) {
        host.replaceChildren(broken(plugin, fault));
      }
    }
  }
}

/** @param {string} plugin @param {any} error */
function broken(plugin, error) {
  console.error(error);
  return h('p.fault', { role: 'alert' }, icon('circle-alert'), t('The plugin {name} could not show its settings: {reason}', { name: plugin, reason: error?.message ?? String(error) }));
}
