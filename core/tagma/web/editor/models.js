/** What the desk asks the models of its project: about what is drawn, and for the predictions of the task that was opened. */
import { api } from '../api.js';
import { t } from '../i18n.js';
import { toast, toastError } from '../ui/toast.js';

export class Models {
  /** Whether the person has done anything since what is on screen came there. */
  #touched = false;
  /** Tasks whose predictions were asked for. @type {Set<number>} */
  #asked = new Set();
  #touch = () => void (this.#touched = true);

  /** @param {import('./index.js').Editor} editor */
  constructor(editor) {
    this.editor = editor;
    for (const name of ['pointerdown', 'keydown']) document.addEventListener(name, this.#touch, true);
  }

  /** About what was drawn. @type {import('./smart.js').Ask} */
  ask(model, { result }, signal) {
    const { tab, task, page } = this.editor;
    const context = { result, ...(tab?.kind === 'annotation' ? { annotation_id: tab.id } : {}), ...(tab?.draft ? { draft_id: tab.draft } : {}), user_id: page.user.id };
    return api.post(`/api/ml/${model}/interactive-annotating`, { task: task.id, context }, { signal });
  }

  /** A task has come on screen. @param {any} task */
  shown(task) {
    this.#touched = false;
    if (!this.editor.page.project.asks_models || this.#asked.has(task.id)) return;
    this.#asked.add(task.id);
    this.#evaluate(task).catch(toastError);
  }

  /** Have the predictions made that the project shows; who has begun meanwhile is not disturbed. @param {any} task */
  async #evaluate(task) {
    const { editor } = this;
    const { predictions, errors } = await api.post('/api/ml/evaluate', { task: task.id });
    if (editor.task?.id !== task.id) return;
    if (errors.length) toast(errors.join(' '), { kind: 'bad' });
    const known = new Set((editor.task.predictions ?? []).map((/** @type {any} */ one) => one.id));
    if (!predictions.some((/** @type {any} */ one) => !known.has(one.id) && one.result?.length)) return;
    editor.task.predictions = predictions;
    if (!this.#touched) await editor.show(editor.place);
    else toast(t('Predictions of this task came in.'), { action: t('Show'), run: () => void editor.show(editor.place).catch(toastError) });
  }

  close() {
    for (const name of ['pointerdown', 'keydown']) document.removeEventListener(name, this.#touch, true);
  }
}
