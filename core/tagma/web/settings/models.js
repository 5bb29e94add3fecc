/** Models of a project: which are connected, how they are, what they learned, and what becomes of their predictions. */
import { api } from 'tagma/api.js';
import { fill, h, icon } from 'tagma/dom.js';
import { t } from 'tagma/i18n.js';
import { trouble } from 'tagma/data-manager/jobs.js';
import { editModel } from 'tagma/settings/model-form.js';
import { modelRow } from 'tagma/settings/model-row.js';
import { showPredictions } from 'tagma/settings/predictions.js';
import { menu } from 'tagma/ui/menu.js';

/**
 * @typedef {{name: string, title: string, can_fit: boolean, settings: {properties: Record<string, any>, required?: string[]}}} Kind
 * @typedef {{project: number, kinds: Kind[], draw: () => Promise<void>, say: (...parts: any[]) => void}} Models
 */

/** @param {HTMLElement} host @param {number} project */
export async function showModels(host, project) {
  const said = h('div.stack-near');
  const list = h('div.storage-side', null, h('p.help', { role: 'status' }, t('Asking the models how they are…')));
  const predictions = h('div.storage-side');
  fill(host, said, list, predictions);
  /** @type {Models} */
  const models = {
    project, kinds: [],
    say: (...parts) => fill(said, ...parts),
    async draw() {
      try {
        const [kinds, all] = await Promise.all([api.get('/api/ml/types'), api.get(`/api/ml/?project=${project}`)]);
        models.kinds = kinds;
        fill(list,
          all.length ? h('ul.storages', null, all.map((/** @type {any} */ one) => modelRow(models, one)))
            : h('p.help', null, kinds.length ? t('None is connected. A model predicts what a task holds, and may learn from what people say.') : t('No installed plugin brings models.')),
          kinds.length ? h('div', null, add()) : null);
        await showPredictions(predictions, project, all);
      } catch (error) {
        fill(list, trouble(error));
      }
    },
  };

  function add() {
    const { kinds } = models;
    const button = h('button.button', { type: 'button', onclick: () => (kinds.length === 1 ? editModel(models, kinds[0], null) : menu(button, kinds.map((kind) => ({ title: t(kind.title), run: () => editModel(models, kind, null) })))) }, icon('plus'), t('Connect a model'));
    return button;
  }

  await models.draw();
}
