/** The trash: put back, or delete for good. */
import { api, url } from 'tagma/api.js';
import { t } from 'tagma/i18n.js';
import { confirm } from 'tagma/ui/dialog.js';
import { toast, toastError } from 'tagma/ui/toast.js';

document.querySelector('.trash')?.addEventListener('click', async (event) => {
  const button = /** @type {HTMLButtonElement | null} */ (/** @type {Element} */ (event.target).closest('[data-act]'));
  const row = /** @type {HTMLElement | null} */ (button?.closest('tr') ?? null);
  if (!button || !row) return;
  const { restore = '', id, what = '', project } = row.dataset;
  try {
    if (button.dataset.act === 'restore') {
      button.disabled = true;
      await api.post(restore);
      toast(t('{what}: restored.', { what }), { kind: 'good', action: t('Go there'), run: () => location.assign(url(`/projects/${project}/data`)) });
    } else {
      if (!(await confirm({ title: t('Delete {what} for good', { what }), words: t('This can’t be undone.'), verb: t('Delete for good'), bad: true }))) return;
      await api.delete(`/api/trash/${id}/`);
    }
    row.remove();
  } catch (error) {
    button.disabled = false;
    toastError(error);
  }
});
