/**
 * What is written about each region, as rows of one list (`displayMode="region-list"`): listened to, written and gone on from,
 * all from the keyboard. Only the selected row holds a field.
 */
import { h, icon } from 'tagma';

/** @typedef {import('tagma').Context} Context @typedef {import('../../../../core/tagma/web/store.js').Region} Region */

/** @param {HTMLElement} host @param {Context} ctx */
export function mountTranscript(host, ctx) {
  host.classList.add('fills', 'transcript');
  /** @type {Transcript | undefined} */
  let list;
  const { t } = ctx;
  const group = t('Transcript');
  ctx.command({ name: `transcript:${ctx.node.name}`, group, title: t('Write about the selected region'), keys: ['w'], when: () => list?.current !== undefined, run: () => list?.write() });
  ctx.command({ name: `transcript:empty:${ctx.node.name}`, group, title: t('Next empty'), keys: ['alt+down'], typing: true, when: () => Boolean(list?.empty), run: () => list?.toEmpty() });
  ctx.command({ name: `transcript:before:${ctx.node.name}`, group, title: t('The row before'), keys: ['alt+up'], typing: true, when: () => Boolean(list?.length), run: () => list?.go(-1) });
  list = new Transcript(host, ctx);
  ctx.watch(() => list?.soon());
  list.update();
}

class Transcript {
  /** @type {Region[]} in the order of the rows */
  #regions = [];
  /** @type {Map<string, {row: HTMLElement, region: Region, made: string}>} */
  #rows = new Map();
  /** @type {string | undefined} whose row holds the field */
  #open;
  #frame = 0;
  #merge = Symbol('typing');
  empty = 0;

  /** @param {HTMLElement} host @param {Context} ctx */
  constructor(host, ctx) {
    const { node, t } = ctx;
    this.ctx = ctx;
    this.session = ctx.session;
    this.counted = h('span.soft.num', { role: 'status' });
    this.list = h('ul.transcript-rows', { 'aria-label': String(node.get('label') || t('Transcript')) });
    this.none = h('p.soft.transcript-none', null, t('Each region you mark gets a row here.'));
    this.next = h('button.link-button.transcript-next', { type: 'button', onclick: () => this.toEmpty() }, t('Next empty'), ' ', ctx.keyOf(`transcript:empty:${node.name}`));
    this.field = h('textarea.input.transcript-field', {
      rows: 1, placeholder: String(ctx.value('placeholder') ?? ''),
      oninput: () => ctx.setAnswer(this.field.value ? [this.field.value] : undefined, { merge: this.#merge }),
      onfocus: () => (this.#merge = Symbol('typing')),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
    });
    host.append(h('div.transcript-head', null, h('strong', null, String(node.get('label') || t('Transcript'))), this.counted, this.next), this.none, this.list);
    ctx.cleanup(() => cancelAnimationFrame(this.#frame));
  }

  get length() {
    return this.#regions.length;
  }

  /** @returns {Region | undefined} the selected region, if it has a row */
  get current() {
    const region = this.ctx.scope.selected;
    return region && this.#rows.has(region.id) ? region : undefined;
  }

  /** @param {Region} region @returns {string} */
  #wordsOf(region) {
    const said = this.session.answers.resultOf(this.ctx.node, region)?.value?.text;
    return said === undefined ? '' : [].concat(said).join('\n');
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing || event.key !== 'Enter' || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.go(1);
  }

  /** The caret into the field of the selected row. */
  write() {
    this.update();
    this.field.focus({ preventScroll: true });
    this.field.setSelectionRange(this.field.value.length, this.field.value.length);
  }

  /** @param {Region} region */
  #turnTo(region) {
    this.session.selection.set([region.id]);
    const { object } = this.session.describe(region);
    this.session.reveal.get(object)?.(region);
    this.write();
    this.session.players.get(object)?.play(region);
  }

  /** @param {number} by */
  go(by) {
    const now = this.#regions.findIndex(({ id }) => id === this.current?.id);
    const next = this.#regions[now < 0 ? 0 : now + by];
    if (next) this.#turnTo(next);
    else this.session.say(by > 0 ? this.ctx.t('That was the last row.') : this.ctx.t('That is the first row.'));
  }

  toEmpty() {
    const now = this.#regions.findIndex(({ id }) => id === this.current?.id);
    const turned = [...this.#regions.slice(now + 1), ...this.#regions.slice(0, now + 1)];
    const next = turned.find((region) => !this.#wordsOf(region));
    if (next) this.#turnTo(next);
  }

  soon() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.update());
  }

  update() {
    const { session, ctx } = this;
    const { t } = ctx;
    const startOf = (/** @type {Region} */ region) => Number(session.geometry(region).value?.start);
    const found = ctx.node.toName.flatMap((name) => session.regionsOn(name)).filter((region) => !region.proposed && session.scope.saved(ctx.node, region));
    if (found.every((region) => Number.isFinite(startOf(region)))) found.sort((a, b) => startOf(a) - startOf(b));
    this.#regions = found;
    const ids = new Set(found.map(({ id }) => id));
    for (const [id, { row }] of this.#rows) {
      if (ids.has(id)) continue;
      row.remove();
      this.#rows.delete(id);
    }
    this.empty = 0;
    found.forEach((region, place) => this.#place(region, place));
    this.#openRow();
    this.counted.textContent = found.length ? t('{n} regions, {empty} without words', { n: found.length, empty: this.empty }) : '';
    this.next.hidden = ctx.readonly || !this.empty;
    this.none.hidden = found.length > 0;
    this.list.hidden = !found.length;
  }

  /** @param {Region} region @param {number} place */
  #place(region, place) {
    const { session, list } = this;
    const words = this.#wordsOf(region);
    if (!words) this.empty++;
    const made = `${session.sounding === region.id} ${session.players.has(session.describe(region).object)} ${session.renewed}`;
    let kept = this.#rows.get(region.id);
    if (kept?.region !== region || kept.made !== made) {
      const inside = kept?.row.contains(this.field);
      const parts = this.#parts(region, words);
      if (!kept) kept = { row: h('li.transcript-row'), region, made };
      Object.assign(kept, { region, made });
      kept.row.style.setProperty('--label', session.describe(region).color);
      // the row with the field keeps it where it is, or the caret would be lost
      if (inside) for (const old of [...kept.row.children]) old !== this.field && old.remove();
      else kept.row.replaceChildren();
      if (inside) kept.row.prepend(...parts.slice(0, -1));
      kept.row.append(...(inside ? parts.slice(-1) : parts));
      this.#rows.set(region.id, kept);
    }
    if (list.children[place] !== kept.row) list.insertBefore(kept.row, list.children[place] ?? null);
    const current = String(session.selection.has(region.id));
    if (kept.row.getAttribute('aria-current') !== current) kept.row.setAttribute('aria-current', current);
  }

  /** @param {Region} region @param {string} words @returns {HTMLElement[]} the words last */
  #parts(region, words) {
    const { session, ctx } = this;
    const { t } = ctx;
    const said = session.describe(region);
    const player = session.players.get(said.object);
    const plays = session.sounding === region.id;
    const title = plays ? t('Pause') : t('Play');
    const where = player?.where?.(region) ?? session.passageOf(said.object, session.geometry(region).value) ?? '';
    return [
      ...(player ? [h('button.tagma-icon-button.transcript-play', { type: 'button', title, 'aria-label': `${title}, ${where}`, onclick: () => {
        if (plays) return player.stop();
        session.selection.set([region.id]);
        player.play(region);
      } }, icon(plays ? 'pause' : 'play'))] : []),
      h('span.num.soft.transcript-where', null, where),
      h('span.region-swatch'),
      h('span.transcript-label', null, said.text),
      h('button.transcript-words', { type: 'button', class: words ? '' : 'soft', onclick: () => {
        session.selection.set([region.id]);
        session.reveal.get(said.object)?.(region);
        if (session.editable([region.id]).length) this.write();
      } }, words || t('No words yet')),
    ];
  }

  /** The field stands in the row of the selected region. */
  #openRow() {
    const { session, field } = this;
    const region = this.current;
    const row = region && this.#rows.get(region.id)?.row;
    if (!region || !row || !session.editable([region.id]).length) {
      field.remove();
      this.#open = undefined;
      return;
    }
    const words = this.#wordsOf(region);
    if (field.value !== words) field.value = words;
    if (this.#open === region.id && row.contains(field)) return;
    this.#open = region.id;
    this.#merge = Symbol('typing');
    const { text } = session.describe(region);
    field.setAttribute('aria-label', this.ctx.t('Words of row {n}, {label}', { n: this.#regions.indexOf(region) + 1, label: text }));
    row.querySelector('.transcript-words')?.before(field);
    row.scrollIntoView({ block: 'nearest' });
  }
}
