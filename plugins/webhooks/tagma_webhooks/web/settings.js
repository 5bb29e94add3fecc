/** The webhooks of a project, or of the organization: where what happens is told, and what became of each message. */
import { defineSection, h, icon, t } from 'tagma';

const STATES = () => /** @type {Record<string, [string, string]>} */ ({
  waiting: ['mark-draft', t('Waiting')],
  sent: ['mark-done', t('Sent')],
  'given up': ['mark-failed', t('Given up')],
});

/** @param {HTMLElement} host @param {import('tagma/settings/sections.js').SectionContext} ctx */
function mount(host, ctx) {
  const { api } = ctx;
  const base = '/api/webhooks/';
  const trouble = (/** @type {any} */ error) => host.replaceChildren(h('p.fault', { role: 'alert' }, icon('circle-alert'), ctx.wordsOf(error)));

  async function draw() {
    try {
      const [all, actions] = await Promise.all([api.get(`${base}?project=${ctx.project ?? 'isnull'}`), api.get(`${base}info/${ctx.project === null ? '' : '?organization-only=false'}`)]);
      const logs = await Promise.all(all.map((/** @type {any} */ one) => api.get(`${base}${one.id}/deliveries/`)));
      host.replaceChildren(
        all.length ? h('ul.storages', null, all.map((/** @type {any} */ one, /** @type {number} */ at) => row(one, logs[at], actions)))
          : h('p.help', null, ctx.project === null ? t('Nobody is told what happens in all projects. A webhook tells another program, by HTTP.') : t('Nobody is told what happens here. A webhook tells another program, by HTTP.')),
        h('div', null, h('button.button', { type: 'button', onclick: () => edit(null, actions) }, icon('plus'), t('Add a webhook'))));
    } catch (error) {
      trouble(error);
    }
  }

  /** @param {any} one @param {any[]} log @param {any} actions */
  function row(one, log, actions) {
    const last = log[0];
    const [mark, word] = !one.is_active ? ['mark-open', t('Switched off')] : last ? STATES()[last.state] : ['mark-open', t('Nothing sent yet')];
    const more = h('button.icon-button', { type: 'button', title: t('More'), 'aria-label': t('More for {title}', { title: one.url }), onclick: () => ctx.menu(more, [
      { title: t('Settings'), icon: 'settings', run: () => edit(one, actions) },
      { title: one.is_active ? t('Switch off') : t('Switch on'), icon: 'refresh-cw', run: () => change(one, { is_active: !one.is_active }) },
      { title: t('Delete'), icon: 'trash-2', bad: true, run: () => remove(one) },
    ]) }, icon('ellipsis'));
    return h('li.storage', null,
      h('div.row-wide', null, h('span.grow.cut', { title: one.url }, h('b', null, one.url)), h('span.state.small', null, h(`span.mark.${mark}`), word),
        h('button.button.button-small', { type: 'button', onclick: () => show(one) }, t('Log')), more),
      h('p.help', null, one.send_for_all_actions ? t('Everything that happens') : one.actions.map((/** @type {string} */ name) => t(actions[name]?.name ?? name)).join(' · '), one.has_secret ? ` · ${t('signed')}` : ''),
      last?.error ? h('p.fault', null, icon('circle-alert'), last.error) : null);
  }

  /** @param {any} one @param {any} fields */
  async function change(one, fields) {
    try {
      await api.patch(`${base}${one.id}/`, fields);
      await draw();
    } catch (error) {
      ctx.toastError(error);
    }
  }

  /** @param {any} one */
  async function remove(one) {
    if (!(await ctx.confirm({ title: t('Delete this webhook'), words: t('{url} is told nothing any more; its log goes too.', { url: one.url }), verb: t('Delete'), bad: true }))) return;
    try {
      await api.delete(`${base}${one.id}/`);
      await draw();
    } catch (error) {
      ctx.toastError(error);
    }
  }

  /** @param {any} one null for a new one @param {Record<string, {name: string, description: string}>} actions */
  function edit(one, actions) {
    const address = h('input.input', { type: 'url', required: true, maxlength: 2048, value: one?.url ?? '', placeholder: 'https://example.com/hook' });
    const secret = h('input.input', { type: 'password', autocomplete: 'off', placeholder: one?.has_secret ? t('unchanged') : '' });
    const all = h('input', { type: 'checkbox', checked: one?.send_for_all_actions ?? true, onchange: () => { some.hidden = all.checked; } });
    const body = h('input', { type: 'checkbox', checked: one?.send_payload ?? true });
    const boxes = Object.entries(actions).map(([name, action]) => ({ name, action, box: h('input', { type: 'checkbox', checked: one?.actions.includes(name) ?? false }) }));
    const some = h('fieldset.stack-near', { hidden: all.checked }, h('legend.label', null, t('What is told')),
      boxes.map(({ action, box }) => h('label.check', null, box, h('span', null, t(action.name), ' ', h('span.help', null, t(action.description))))));
    const fault = h('p.fault', { role: 'alert', hidden: true });
    const form = h('form.stack', { onsubmit: async (/** @type {Event} */ event) => {
      event.preventDefault();
      const fields = /** @type {any} */ ({
        url: address.value.trim(), send_for_all_actions: all.checked, send_payload: body.checked,
        actions: boxes.filter(({ box }) => box.checked).map(({ name }) => name),
      });
      if (secret.value) fields.secret = secret.value;
      try {
        if (one) await api.patch(`${base}${one.id}/`, fields);
        else await api.post(base, { ...fields, ...(ctx.project === null ? {} : { project: ctx.project }) });
        shown.close();
        await draw();
      } catch (error) {
        fault.hidden = false;
        fault.textContent = ctx.wordsOf(error);
      }
    } },
    h('label.field', null, h('span.label', null, t('Address')), address),
    h('div.field', null, h('label.field', null, h('span.label', null, t('Secret')), secret), h('p.help', null, t('Signs each message, so that the receiver knows it is yours. It is never shown again.'))),
    h('label.check', null, body, h('span', null, t('Tell all about it'), ' ', h('span.help', null, t('Else only the name of what happened.')))),
    h('label.check', null, all, h('span', null, t('Everything that happens'))), some, fault);
    const shown = ctx.dialog({ title: one ? t('Settings') : t('Add a webhook'), body: form, foot: [
      h('button.button.button-quiet', { type: 'button', onclick: () => shown.close() }, t('Cancel')),
      h('button.button.button-primary', { type: 'button', onclick: () => form.requestSubmit() }, one ? t('Save') : t('Add')),
    ] });
  }

  /** The log. @param {any} one */
  async function show(one) {
    const list = h('div.stack-near', null, h('p.help', { role: 'status' }, t('Loading…')));
    ctx.dialog({ title: t('What was sent to {url}', { url: one.url }), body: list, wide: true, onclose: draw });
    const fill = async () => {
      try {
        const log = await api.get(`${base}${one.id}/deliveries/`);
        list.replaceChildren(log.length ? h('ul.storages', null, log.map(line)) : h('p.help', null, t('Nothing yet. What happens from now on is told.')));
      } catch (error) {
        list.replaceChildren(h('p.fault', { role: 'alert' }, ctx.wordsOf(error)));
      }
    };
    /** @param {any} message */
    const line = (message) => {
      const [mark, word] = STATES()[message.state];
      return h('li.storage', null,
        h('div.row-wide', null, h('span.grow', null, h('b', null, message.title), ' ', h('span.soft.num', null, ctx.ago(message.created_at))),
          h('span.state.small', null, h(`span.mark.${mark}`), word, message.status ? ` (${message.status})` : ''),
          h('button.button.button-small', { type: 'button', onclick: () => again(message) }, icon('refresh-cw'), t('Send again'))),
        message.error ? h('p.fault', null, message.error, ' ', message.state === 'waiting' ? h('span.help.num', null, ctx.tn('{n} try', '{n} tries', message.attempts)) : null) : null,
        message.answer ? h('details', null, h('summary', null, t('The answer')), h('pre.storage-said', { tabindex: 0 }, message.answer)) : null);
    };
    /** @param {any} message */
    const again = async (message) => {
      try {
        await api.post(`${base}${one.id}/deliveries/${message.id}/again/`, {});
        ctx.toast(t('On its way.'), { kind: 'good' });
        await fill();
      } catch (error) {
        ctx.toastError(error);
      }
    };
    await fill();
  }

  draw();
}

export default [defineSection({ api: 1, id: 'webhooks', title: 'Webhooks', of: ['project', 'organization'], mount })];
