/** A project's settings: each section is saved by itself and says so. */
import { api, url } from 'tagma/api.js';
import { clock, t, tn } from 'tagma/i18n.js';
import { ConfigEditor } from 'tagma/ui/config-editor.js';
import { showSections } from 'tagma/settings/sections.js';
import { showModels } from 'tagma/settings/models.js';
import { showStorages } from 'tagma/settings/storages.js';
import { confirm } from 'tagma/ui/dialog.js';
import { followSections } from 'tagma/ui/sections.js';
import { toastError, wordsOf } from 'tagma/ui/toast.js';

const data = JSON.parse(document.getElementById('page-data')?.textContent ?? '{}');
const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
let xml = data.xml;
const editor = new ConfigEditor($('labels'), xml, (next) => { xml = next; });
showStorages($('storage-list'), data.id);
showModels($('model-list'), data.id);
showSections($('danger'), /** @type {HTMLElement} */ (document.querySelector('.sections-nav a[href="#danger"]')), data.sections, data.id).then(followSections);
for (const mode of /** @type {const} */ (['visual', 'code'])) {
  $(mode).addEventListener('click', () => {
    editor.show(mode);
    $('visual').setAttribute('aria-pressed', String(mode === 'visual'));
    $('code').setAttribute('aria-pressed', String(mode === 'code'));
  });
}

/** @param {HTMLFormElement} form */
function fieldsOf(form) {
  if (form.dataset.save === 'labels') return { label_config: xml };
  return Object.fromEntries([...form.elements].filter((one) => /** @type {any} */ (one).name).map((one) => {
    const field = /** @type {HTMLInputElement} */ (one);
    return [field.name, field.type === 'checkbox' ? field.checked : field.type === 'number' ? Number(field.value) : field.value];
  }));
}

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll('form[data-save]'))) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const said = /** @type {HTMLElement} */ (form.querySelector('[data-said]'));
    try {
      await api.patch(`/api/projects/${data.id}/`, fieldsOf(form));
      said.className = 'help';
      said.textContent = t('Saved {time}', { time: clock(new Date()) });
    } catch (error) {
      said.className = 'fault';
      said.textContent = wordsOf(error);
    }
  });
}

$('delete').addEventListener('click', async () => {
  const sure = await confirm({
    title: t('Delete “{title}”', { title: data.title }), bad: true, verb: t('Delete project'),
    words: t('It goes to the trash with {tasks}, and can be restored from there for a while.', { tasks: tn('{n} task', '{n} tasks', data.tasks) }),
  });
  if (!sure) return;
  try {
    await api.delete(`/api/projects/${data.id}/`);
    location.assign(url('/projects/'));
  } catch (error) {
    toastError(error);
  }
});
