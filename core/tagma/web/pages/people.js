/** People: roles are saved when chosen, the invitation link is copied or replaced. */
import { api, url } from 'tagma/api.js';
import { fill, h, icon } from 'tagma/dom.js';
import { t } from 'tagma/i18n.js';
import { showSections } from 'tagma/settings/sections.js';
import { copyButton } from 'tagma/ui/copy.js';
import { confirm, dialog } from 'tagma/ui/dialog.js';
import { ago } from 'tagma/ui/format.js';
import { toast, toastError } from 'tagma/ui/toast.js';

const data = JSON.parse(document.getElementById('page-data')?.textContent ?? '{}');
const end = document.getElementById('organization-end');
if (end) showSections(end, null, data.sections, null);
const organization = api.get('/api/organizations/').then((all) => all[0].id);
organization.catch(() => {}); // told where it is needed

for (const time of document.querySelectorAll('time')) time.textContent = ago(time.dateTime);

document.querySelector('.members')?.addEventListener('change', async (event) => {
  const select = /** @type {HTMLSelectElement} */ (event.target);
  const row = /** @type {HTMLElement} */ (select.closest('tr'));
  try {
    await api.patch(`/api/organizations/${await organization}/memberships/${row.dataset.id}/`, { role: select.value });
    toast(t('{name} is now {role}.', { name: row.dataset.name, role: select.selectedOptions[0].text }), { kind: 'good' });
  } catch (error) {
    select.value = [...select.options].find((option) => option.defaultSelected)?.value ?? select.value;
    toastError(error);
  }
});

document.querySelector('.members')?.addEventListener('click', async (event) => {
  const button = /** @type {Element} */ (event.target).closest('[data-remove]');
  const row = /** @type {HTMLElement | null} */ (button?.closest('tr') ?? null);
  if (!row) return;
  const sure = await confirm({
    title: t('Remove {name}', { name: row.dataset.name }), verb: t('Remove person'), bad: true,
    words: t('They can’t log in here any more. What they labeled stays.'),
  });
  if (!sure) return;
  try {
    await api.delete(`/api/organizations/${await organization}/memberships/${row.dataset.id}/`);
    row.remove();
  } catch (error) {
    toastError(error);
  }
});

document.getElementById('invite')?.addEventListener('click', () => {
  const place = h('div.secret');
  const show = (/** @type {string} */ link) => fill(place, h('code', null, link), copyButton(link));
  show(data.invite);
  dialog({
    title: t('Invite people'),
    body: [
      h('p', null, t('Whoever opens this link can make an account here and joins as annotator.')),
      place,
      h('div', null, h('button.button.button-small', {
        type: 'button',
        onclick: async () => {
          try {
            const { invite_url: link } = await api.post('/api/invite/reset-token', {});
            data.invite = new URL(link.startsWith('/') ? url(link) : link, location.href).href;
            show(data.invite);
            toast(t('The old link does not hold any more.'), { kind: 'good' });
          } catch (error) {
            toastError(error);
          }
        },
      }, icon('refresh-cw'), t('Replace the link'))),
    ],
  });
});
