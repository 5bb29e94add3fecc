/** Files a person gives: a place to drop or choose them, where in a folder they were, and sending them. */
import { url } from 'tagma/api.js';
import { h, icon } from 'tagma/dom.js';
import { t } from 'tagma/i18n.js';

/** @type {WeakMap<File, string>} */
const paths = new WeakMap();

/** Where a file was inside the folder that was dropped or chosen, else its name. @param {File} file */
export const pathOf = (file) => paths.get(file) || file.webkitRelativePath || file.name;

/** A place to drop files; folders are walked. @param {(files: File[]) => void} take @param {string} words */
export function dropZone(take, words) {
  const input = h('input.unseen', { type: 'file', multiple: true, onchange: () => { take([...input.files]); input.value = ''; } });
  const zone = h('label.drop', { tabindex: 0 }, icon('upload', 20), h('span', null, words), input);
  zone.addEventListener('dragover', (/** @type {DragEvent} */ event) => { event.preventDefault(); zone.dataset.over = ''; });
  zone.addEventListener('dragleave', () => delete zone.dataset.over);
  zone.addEventListener('drop', async (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    delete zone.dataset.over;
    if (event.dataTransfer) take(await dropped(event.dataTransfer));
  });
  zone.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => { if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); input.click(); } });
  return zone;
}

/** @param {DataTransfer} transfer @returns {Promise<File[]>} */
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files];
  /** @type {File[]} */
  const files = [];
  const walk = async (/** @type {any} */ entry) => {
    if (entry.isFile) {
      const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
      paths.set(file, entry.fullPath.replace(/^\//, ''));
      files.push(file);
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!some.length) return;
      for (const one of some) await walk(one);
    }
  };
  for (const entry of entries) await walk(entry);
  return files.filter((file) => !file.name.startsWith('.'));
}

/**
 * Send files with a bar for the bytes. @param {string} path @param {FormData} form
 * @param {(part: number) => void} progress @param {AbortSignal} [signal] @returns {Promise<any>}
 */
export function upload(path, form, progress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', url(path));
    request.setRequestHeader('Accept', 'application/json');
    request.setRequestHeader('X-CSRF-Token', document.querySelector('meta[name="csrf-token"]')?.getAttribute('content') ?? '');
    request.upload.onprogress = (event) => progress(event.total ? event.loaded / event.total : 0);
    request.onerror = () => reject(Object.assign(new Error(), { name: 'Unreachable' }));
    request.onabort = () => reject(Object.assign(new Error(), { name: 'AbortError' }));
    request.onload = () => {
      const body = JSON.parse(request.responseText || 'null');
      if (request.status < 300) resolve(body);
      else reject(Object.assign(new Error(body?.detail ?? t('The server answered {status}.', { status: request.status })), { body, hint: body?.hint, status: request.status }));
    };
    signal?.addEventListener('abort', () => request.abort());
    request.send(form);
  });
}
