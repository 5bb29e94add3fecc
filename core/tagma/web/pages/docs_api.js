/** The OpenAPI document for people: by noun, each operation with what goes in and what comes out. */
import { api, root } from 'tagma/api.js';
import { fill, h } from 'tagma/dom.js';
import { t } from 'tagma/i18n.js';
import { followSections } from 'tagma/ui/sections.js';
import { wordsOf } from 'tagma/ui/toast.js';

const place = /** @type {HTMLElement} */ (document.getElementById('api'));
const nav = /** @type {HTMLElement} */ (document.getElementById('api-nav'));

/** A schema as an example, references followed three deep. @param {any} schema @param {any} all @param {number} [deep] @returns {any} */
function example(schema, all, deep = 0) {
  if (!schema) return null;
  if (schema.$ref) return deep > 3 ? {} : example(all[schema.$ref.split('/').pop()], all, deep + 1);
  if ('default' in schema && schema.default !== null) return schema.default;
  const one = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (one) return example(one.find((/** @type {any} */ part) => part.type !== 'null') ?? one[0], all, deep);
  if (schema.enum) return schema.enum[0];
  if (schema.type === 'array') return [example(schema.items ?? {}, all, deep + 1)];
  if (schema.type === 'object' || schema.properties) return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, part]) => [name, example(part, all, deep + 1)]));
  return { integer: 1, number: 0.5, boolean: true, string: 'text' }[/** @type {string} */ (schema.type)] ?? null;
}

/** A noun as a part of an address. @param {string} name */
const anchor = (name) => name.replace(/\W+/g, '-');

/** @param {string} path @param {string} method @param {any} operation @param {any} all */
function operationOf(path, method, operation, all) {
  const body = operation.requestBody?.content?.['application/json']?.schema;
  return h('details', null,
    h('summary', null, h(`span.api-method.api-method-${method}`, null, method.toUpperCase()), h('code', null, path), h('span.soft.small.cut', null, operation.summary ?? '')),
    h('div.api-body', null,
      operation.description ? h('p', null, operation.description) : null,
      operation.parameters?.length ? h('table.table', null, h('tbody', null, operation.parameters.map((/** @type {any} */ parameter) => h('tr', null,
        h('td', null, h('code', null, parameter.name)), h('td.soft', null, parameter.in), h('td.soft', null, parameter.schema?.type ?? ''), h('td', null, parameter.description ?? ''))))) : null,
      body ? [h('h3', null, t('Body')), h('pre', { tabindex: 0 }, JSON.stringify(example(body, all), null, 2))] : null,
      h('h3', null, t('Answers')),
      Object.entries(operation.responses ?? {}).map(([status, answer]) => {
        const schema = /** @type {any} */ (answer).content?.['application/json']?.schema;
        return [h('p', null, h('code', null, status), ' ', h('span.soft', null, /** @type {any} */ (answer).description ?? '')),
          schema && status < '300' ? h('pre', { tabindex: 0 }, JSON.stringify(example(schema, all), null, 2)) : null];
      }),
      method === 'get' ? h('pre', { tabindex: 0 }, `curl -H "Authorization: Token $TOKEN" ${location.origin}${root()}${path}`) : null));
}

try {
  const document_ = await api.get('/docs/api/schema/json/');
  const all = document_.components?.schemas ?? {};
  /** @type {Map<string, any[]>} */
  const groups = new Map();
  for (const [path, methods] of Object.entries(document_.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const name = operation.tags?.[0] ?? t('Other');
      groups.set(name, [...(groups.get(name) ?? []), operationOf(path, method, operation, all)]);
    }
  }
  fill(nav, [...groups.keys()].map((name) => h('a', { href: `#${anchor(name)}` }, name)));
  fill(place, [...groups].map(([name, operations]) => h('section.sheet.api-group', { id: anchor(name) }, h('h2', null, name), operations)));
  followSections();
} catch (error) {
  fill(place, h('p.fault', { role: 'alert' }, wordsOf(error)));
}
