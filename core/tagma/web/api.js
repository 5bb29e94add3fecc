/** Requests to our own server, with the page's proof that it may make them, and errors in the server's own words. */
import { t } from './i18n.js';

const meta = (/** @type {string} */ name) => globalThis.document?.querySelector(`meta[name="${name}"]`)?.getAttribute('content') ?? '';

/** The sub-path the site lives under, `""` or `/tagma`. */
export const root = () => meta('tagma-root');

/** @param {string} path a path of ours, from the root of the site */
export const url = (path) => (path.startsWith('/') && root() && !path.startsWith(root() + '/') ? root() + path : path);

/** What the server answered instead of doing what was asked. */
export class ApiError extends Error {
  /** @param {number} status @param {any} body */
  constructor(status, body) {
    super(body?.message || body?.detail || t('The server answered {status}.', { status }));
    this.name = 'ApiError';
    this.status = status;
    this.body = body;
    this.hint = body?.hint ?? '';
    this.code = body?.code ?? '';
  }
}

/** The server could not be reached at all. */
export class Unreachable extends Error {
  name = 'Unreachable';
}

/**
 * @param {string} method @param {string} path @param {any} [body]
 * @param {{signal?: AbortSignal, keepalive?: boolean, headers?: Record<string, string>}} [options] @returns {Promise<any>}
 */
export async function request(method, path, body, { headers, ...options } = {}) {
  let response;
  try {
    response = await fetch(url(path), {
      method,
      credentials: 'same-origin',
      headers: {
        Accept: 'application/json',
        'X-CSRF-Token': meta('csrf-token'),
        ...(meta('tagma-person') ? { 'X-Tagma-Person': meta('tagma-person') } : {}),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      ...options,
    });
  } catch (error) {
    if (/** @type {Error} */ (error).name === 'AbortError') throw error;
    throw new Unreachable(String(error));
  }
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json');
  const answer = json && text ? JSON.parse(text) : text;
  if (!response.ok) throw new ApiError(response.status, json ? answer : null);
  return answer;
}

export const api = {
  get: (/** @type {string} */ path, /** @type {any} */ options = undefined) => request('GET', path, undefined, options),
  post: (/** @type {string} */ path, /** @type {any} */ body = undefined, /** @type {any} */ options = undefined) => request('POST', path, body, options),
  patch: (/** @type {string} */ path, /** @type {any} */ body, /** @type {any} */ options = undefined) => request('PATCH', path, body, options),
  delete: (/** @type {string} */ path, /** @type {any} */ body = undefined, /** @type {any} */ options = undefined) => request('DELETE', path, body, options),
};
