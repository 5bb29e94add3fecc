/** Copies of regions: beside the one they are of, or kept in the hand for this task or another. */
import { t } from '../i18n.js';
import { newId } from '../store.js';

/** @typedef {import('../store.js').Region} Region @typedef {import('../store.js').Result} Result */

/** What was copied last; it outlives the task. @type {{task: any, regions: readonly Region[]}} */
let kept = { task: null, regions: [] };

/** Duplicate regions a little aside. @param {import('./session.js').Session} session @param {string[]} ids */
export function duplicate(session, ids) {
  add(session, t('Duplicate region'), session.editable(ids), true);
}

/** @param {import('./session.js').Session} session @param {string[]} ids */
export function copy(session, ids) {
  kept = { task: session.task, regions: ids.flatMap((id) => session.store.get(id) ?? []) };
}

export const hasCopies = () => kept.regions.length > 0;

/** Put in what was copied: aside in its own task, in the same place in another. What that task has no control for stays away, and so do passages of another text. @param {import('./session.js').Session} session */
export function paste(session) {
  const here = kept.task === session.task;
  const known = (/** @type {Result} */ result) => {
    const control = session.scope.node(result.from_name);
    return control && session.definition(control) && control.toName.includes(result.to_name);
  };
  add(session, t('Paste region'), kept.regions.filter((region) => region.results.every(known) && (here || session.shapeOf(region))), here);
}

/** @param {import('./session.js').Session} session @param {string} label @param {readonly Region[]} regions @param {boolean} beside */
function add(session, label, regions, beside) {
  /** @type {string[]} */
  const made = [];
  session.store.tx(label, (tx) => {
    for (const region of regions) {
      const full = overUsed(session, region);
      if (full) {
        session.say(full);
        continue;
      }
      const id = newId();
      const patch = beside ? aside(session, region) : {};
      const results = region.results.map(({ readonly: _locked, score: _score, ...result }) => ({ ...result, id, origin: 'manual', value: { ...result.value, ...patch } }));
      tx.put({ id, results });
      made.push(id);
    }
  });
  if (made.length) session.selection.set(made);
}

/** @param {import('./session.js').Session} session @param {Region} region @returns {string} why there can be no more of its label */
function overUsed(session, region) {
  for (const result of region.results) {
    const control = session.scope.node(result.from_name);
    const words = control && session.definition(control)?.labels && session.labels.overUsed(control, session.labels.of(region, control));
    if (words) return words;
  }
  return '';
}

/** A shape a fiftieth of the picture down and to the right, or where the picture ends there up and to the left. @param {import('./session.js').Session} session @param {Region} region */
function aside(session, region) {
  const shape = session.shapeOf(region);
  const { value } = session.geometry(region);
  if (!shape) return {};
  const size = session.sizeOf(region);
  const step = Math.min(size.width, size.height) / 50;
  const moved = (/** @type {number} */ by) => shape.drag(value, size, 'move', { x: 0, y: 0 }, { x: by, y: by }, { shift: false, alt: false });
  const patch = moved(step);
  return Object.entries(patch).every(([key, one]) => Math.abs(one - value[key]) < 0.01) ? moved(-step) : patch;
}
