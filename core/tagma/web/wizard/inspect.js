/**
 * What dropped files hold, found out before there is a project: media by their first bytes here, task files by the server's
 * importers, which are sent the beginning of each and keep nothing.
 */
import { url } from 'tagma/api.js';
import { t } from 'tagma/i18n.js';
import { pathOf } from 'tagma/ui/files.js';

/** @typedef {{name: string, message: string, hint?: string}} Skipped */
/**
 * Files that came together and are one thing to a person: a task file, or all media of a drop.
 * @typedef {{name: string, size: number, kind: 'media' | 'tasks', files: File[], looking: boolean, count: number, whole: boolean,
 *   kinds: Record<string, number>, keys: string[], first: any[], skipped: Skipped[], skips: number, trouble: string}} Source
 * @typedef {{media: Record<string, string>, readable: string[], part: number, project?: number}} Rules suffixes -> kind of media; suffixes of task files; bytes to send of each; where they go, if that is known
 */

const PICTURE = [[0xff, 0xd8, 0xff], [0x89, 0x50, 0x4e, 0x47], [0x47, 0x49, 0x46, 0x38], [0x42, 0x4d], [0x49, 0x49, 0x2a, 0], [0x4d, 0x4d, 0, 0x2a]];
const PICTURE_AT_4 = 'ftyp'; // AVIF and HEIC
const PICTURE_AT_8 = 'WEBP';

/** @param {string} name lower case with the dot, or empty */
const suffixOf = (name) => /\.[^./\\]+$/.exec(name)?.[0].toLowerCase() ?? '';

/** @param {File[]} files of one drop @param {Rules} rules @returns {Source[]} nothing is known of them yet */
export function sort(files, rules) {
  /** @type {Source[]} */
  const sources = [];
  const rest = [];
  for (const file of files) {
    if (rules.readable.includes(suffixOf(file.name))) sources.push(source(pathOf(file), 'tasks', [file]));
    else rest.push(file);
  }
  if (rest.length) sources.push(source(nameOf(rest), 'media', rest));
  return sources;
}

/** @param {string} name @param {'media' | 'tasks'} kind @param {File[]} files @returns {Source} */
function source(name, kind, files) {
  const size = files.reduce((sum, file) => sum + file.size, 0);
  return { name, size, kind, files, looking: true, count: 0, whole: true, kinds: {}, keys: [], first: [], skipped: [], skips: 0, trouble: '' };
}

/** The folder they share, else the name of the only one. @param {File[]} files */
function nameOf(files) {
  const [folder, more] = pathOf(files[0]).split('/');
  if (more && files.every((file) => pathOf(file).startsWith(`${folder}/`))) return folder;
  return files.length === 1 ? files[0].name : '';
}

/** Find out what it holds; the source is filled in place. @param {Source} source @param {Rules} rules */
export async function look(source, rules) {
  try {
    if (source.kind === 'media') await lookAtMedia(source, rules);
    else await lookAtTasks(source, rules);
  } catch (error) {
    source.trouble = /** @type {any} */ (error).message || t('It could not be looked at; it is sent as it is.');
  }
  source.looking = false;
}

/** @param {Source} source @param {Rules} rules */
async function lookAtMedia(source, rules) {
  const good = [];
  for (const file of source.files) {
    const kind = rules.media[suffixOf(file.name)];
    const wrong = await faultOf(file, kind);
    if (wrong) source.skipped.push({ name: pathOf(file), message: wrong });
    else {
      good.push(file);
      source.kinds[kind] = (source.kinds[kind] ?? 0) + 1;
    }
  }
  source.files = good;
  source.count = good.length;
  source.skips = source.skipped.length;
}

/** Why a file can't be a task, or nothing. @param {File} file @param {string | undefined} kind */
async function faultOf(file, kind) {
  const suffix = suffixOf(file.name);
  if (!kind) return suffix ? t('No plugin reads “{suffix}” files.', { suffix }) : t('No plugin reads files without a suffix.');
  if (!file.size) return t('The file is empty.');
  if (kind !== 'image' || suffix === '.svg') return '';
  let head;
  try {
    head = new Uint8Array(await file.slice(0, 16).arrayBuffer());
  } catch {
    return t('The file can’t be read; it may have been moved.');
  }
  const word = (/** @type {number} */ at) => String.fromCharCode(...head.subarray(at, at + 4));
  const picture = PICTURE.some((magic) => magic.every((byte, at) => head[at] === byte)) || word(4) === PICTURE_AT_4 || word(8) === PICTURE_AT_8;
  return picture ? '' : t('It is called a picture, but holds none.');
}

/** @param {Source} source @param {Rules} rules */
async function lookAtTasks(source, rules) {
  const [file] = source.files;
  const whole = file.size <= rules.part;
  if (!whole && suffixOf(file.name) === '.zip') {
    source.trouble = t('A large zip file: it is looked into when it is imported.');
    source.whole = false;
    return;
  }
  const query = new URLSearchParams({ name: file.name, whole: String(whole), ...(rules.project ? { project: String(rules.project) } : {}) });
  const csrf = document.querySelector('meta[name="csrf-token"]')?.getAttribute('content') ?? '';
  const answer = await fetch(url(`/projects/inspect?${query}`), { method: 'POST', headers: { Accept: 'application/json', 'X-CSRF-Token': csrf, 'Content-Type': 'application/octet-stream' }, body: file.slice(0, rules.part) });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.detail);
  source.whole = whole;
  source.count = whole ? found.tasks : Number((found.tasks * file.size / rules.part).toPrecision(2)); // a guess, and it shall look like one
  source.kinds = found.media;
  source.keys = found.keys;
  source.first = found.first;
  source.skips = found.fault_count;
  source.skipped = found.faults.map((/** @type {any} */ fault) => ({ name: place(fault.where, file.name), message: fault.message, hint: fault.hint }));
}

/** @param {any} where @param {string} name */
function place(where, name) {
  const row = where?.row ? t('row {n}', { n: where.row }) : where?.line ? t('line {n}', { n: where.line }) : '';
  return [where?.file ?? name, row].filter(Boolean).join(', ');
}
