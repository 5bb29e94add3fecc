/** One's account: the name is saved in place, tokens are made, copied and revoked. */
import { api } from 'tagma/api.js';
import { fill, h, icon } from 'tagma/dom.js';
import { clock, t } from 'tagma/i18n.js';
import { confirm } from 'tagma/ui/dialog.js';
import { copyButton } from 'tagma/ui/copy.js';
import { followSections } from 'tagma/ui/sections.js';
import { toastError, wordsOf } from 'tagma/ui/toast.js';

followSections();
const person = /** @type {HTMLFormElement} */ (document.getElementById('person'));
person.addEventListener('submit', async (event) => {
  event.preventDefault();
  const said = /** @type {HTMLElement} */ (person.querySelector('[data-said]'));
  try {
    const { first_name, last_name } = Object.fromEntries(new FormData(person));
    await api.patch(`/api/users/${person.dataset.person}/`, { first_name, last_name });
    said.textContent = t('Saved {time}', { time: clock(new Date()) });
  } catch (error) {
    said.textContent = wordsOf(error);
  }
});

const pat = document.getElementById('pat');

/** @param {string} key */
const secret = (key) => h('div.secret', null, h('code', null, key), copyButton(key));

async function showTokens() {
  if (!pat) return;
  const tokens = await api.get('/api/token/');
  fill(pat, tokens.length
    ? tokens.map((/** @type {any} */ { token }) => h('div.row-wide', null,
        h('span.state', null, h('span.mark.mark-done'), t('You have a token that holds.')),
        h('code.soft', null, `…${token.slice(-12)}`),
        h('button.button.button-small', { type: 'button', onclick: () => revoke(token) }, icon('ban'), t('Revoke token'))))
    : [h('p.help', null, t('You have none. It is shown once, when it is made.')), h('div', null, h('button.button', { type: 'button', onclick: make }, icon('key-round'), t('Make a token')))]);
}

async function make() {
  try {
    const { token } = await api.post('/api/token/', {});
    await showTokens();
    pat?.prepend(h('p.help', { role: 'status' }, t('Copy it now: it is not shown again.')), secret(token));
  } catch (error) {
    toastError(error);
  }
}

/** @param {string} token */
async function revoke(token) {
  const sure = await confirm({ title: t('Revoke token'), words: t('Every program that uses this token is refused from now on.'), verb: t('Revoke token'), bad: true });
  if (!sure) return;
  try {
    await api.post('/api/token/blacklist/', { refresh: token });
    await showTokens();
  } catch (error) {
    toastError(error);
  }
}

showTokens().catch(toastError);

const legacy = document.getElementById('legacy');
legacy?.addEventListener('click', async (event) => {
  const what = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest('[data-legacy]'))?.dataset.legacy;
  if (!what) return;
  try {
    const { token } = what === 'reset' ? await api.post('/api/current-user/reset-token/', {}) : await api.get('/api/current-user/token');
    fill(legacy, secret(token), h('div', null, h('button.button.button-small', { type: 'button', data: { legacy: 'reset' } }, icon('refresh-cw'), t('Replace legacy token'))));
  } catch (error) {
    toastError(error);
  }
});
