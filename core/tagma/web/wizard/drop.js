/** The data of a new project: where files are dropped, and a row for each thing that was, saying what it was understood as. */
import { fill, h, icon } from 'tagma/dom.js';
import { number, t, tn } from 'tagma/i18n.js';
import { dropZone } from 'tagma/ui/files.js';
import { size } from 'tagma/ui/format.js';
import { look, sort } from './inspect.js';
import { UNNAMED } from './first-tasks.js';

const MOST_LISTED = 200;

export class DataPart {
  /** @type {import('./inspect.js').Source[]} */
  sources = [];

  /** @param {HTMLElement} host @param {import('./inspect.js').Rules} rules @param {() => void} onchange */
  constructor(host, rules, onchange) {
    this.host = host;
    this.rules = rules;
    this.onchange = onchange;
    this.#show();
  }

  /** Files that are worth sending. */
  get files() {
    return this.sources.flatMap((source) => source.files);
  }

  get looking() {
    return this.sources.some((source) => source.looking);
  }

  /** How many tasks they become, as far as is known. */
  get count() {
    return this.sources.filter((source) => source.kind === 'tasks').reduce((sum, source) => sum + source.count, 0) || this.sources.reduce((sum, source) => sum + source.count, 0);
  }

  get exact() {
    return this.sources.every((source) => source.whole && !source.trouble);
  }

  /** @param {File[]} files */
  async take(files) {
    const fresh = sort(files, this.rules);
    this.sources.push(...fresh);
    this.draw();
    await Promise.all(fresh.map(async (source) => {
      await look(source, this.rules);
      this.draw();
    }));
  }

  draw() {
    this.#show();
    this.onchange();
  }

  #show() {
    const rows = this.sources.map((source) => this.#row(source));
    fill(this.host, rows.length ? h('div.dropped', null, rows) : null,
      dropZone((more) => this.take(more), rows.length ? t('Drop more here, or choose files') : t('Drop files or a folder here, or choose files')));
  }

  /** @param {import('./inspect.js').Source} source */
  #row(source) {
    const name = source.name || tn('{n} file', '{n} files', source.files.length + source.skips);
    const good = source.looking ? [h('span.soft', { role: 'status' }, t('Looking…'))]
      : source.count || source.trouble || source.kind === 'media' && source.files.length ? words(source).map((one) => h('span.state', null, h('span.mark.mark-done'), one)) : [];
    const row = h('div.dropped-row', null,
      icon(source.kind === 'media' ? 'folder' : 'file-text'), h('b.cut', null, name), h('span.soft.num', null, size(source.size)), h('span.grow'),
      good,
      source.skips ? h('details.dropped-skips', null,
        h('summary', null, h('span.mark.mark-cross'), t('{n} skipped: see why', { n: number(source.skips) })),
        h('ul', { tabindex: 0 }, source.skipped.slice(0, MOST_LISTED).map((one) => h('li', null, h('b', null, one.name), ' ', one.message, ' ', h('span.soft', null, one.hint ?? ''))))) : null,
      h('button.icon-button', { type: 'button', title: t('Take away'), 'aria-label': t('Take {name} away', { name }), onclick: () => {
        this.sources = this.sources.filter((one) => one !== source);
        this.draw();
      } }, icon('x')));
    return row;
  }
}

const KINDS = () => /** @type {Record<string, (n: number) => string>} */ ({
  image: (n) => tn('{n} image', '{n} images', n),
  audio: (n) => tn('{n} sound file', '{n} sound files', n),
  video: (n) => tn('{n} video', '{n} videos', n),
});

/** What a source was understood as. @param {import('./inspect.js').Source} source @returns {string[]} */
function words(source) {
  if (source.trouble) return [source.trouble];
  const kinds = KINDS();
  const media = Object.entries(source.kinds).map(([kind, n]) => kinds[kind]?.(n) ?? tn('{n} file', '{n} files', n));
  if (source.kind === 'media' || !source.keys.length) return media;
  const keys = source.keys.filter((key) => key !== UNNAMED);
  const n = source.count;
  const counted = source.whole ? tn('{n} task', '{n} tasks', n) : t('about {n} tasks', { n: number(n) });
  const listed = keys.slice(0, 5).join(', ') + (keys.length > 5 ? '…' : '');
  return [keys.length ? t('{tasks} with {keys}', { tasks: counted, keys: listed }) : counted, ...media];
}
