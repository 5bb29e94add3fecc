/** The keyboard on a line: move the point of time, mark from it, and move the ends of the selected region. */
import { t } from '../i18n.js';

/** @param {import('./line.js').LineSpace} space */
export function lineCommands(space) {
  const { ctx, session, stage } = space;
  const focused = () => document.activeElement === stage;
  const selected = () => session.editable([...session.selection.ids]).flatMap((region) => space.scene.get(region.id) ?? []);
  const group = t('Line of time');
  const name = (/** @type {string} */ word) => `line:${word}`;
  /** A step the person can see: two pixels, or ten. @param {boolean} far */
  const step = (far) => Math.max((far ? 20 : 2) / space.view.scale, space.step);

  for (const [key, way] of /** @type {[string, number][]} */ ([['left', -1], ['right', 1]])) {
    ctx.command({ name: name(key), group, hidden: true, title: t('Move along'), keys: [key], when: focused, run: () => space.seek(space.at + way * step(false)) });
    ctx.command({ name: name(`far-${key}`), group, hidden: true, title: t('Move along faster'), keys: [`ctrl+${key}`], when: focused, run: () => space.seek(space.at + way * step(true)) });
    for (const [side, prefix] of space.given.nudges === false ? [] : /** @type {['from' | 'to', string][]} */ ([['to', 'shift+'], ['from', 'alt+']])) {
      const title = side === 'to' ? t('Move the end') : t('Move the beginning');
      const run = (/** @type {boolean} */ far) => () => nudge(side, way * step(far));
      ctx.command({ name: name(`${side}-${key}`), group, title, keys: [prefix + key], when: () => focused() && selected().length > 0, run: run(false) });
      ctx.command({ name: name(`${side}-far-${key}`), group, hidden: true, title, keys: [`ctrl+${prefix}${key}`], when: () => focused() && selected().length > 0, run: run(true) });
    }
  }
  for (const [key, way] of /** @type {[string, number][]} */ ([['pageup', -1], ['pagedown', 1]])) {
    ctx.command({ name: name(key), group, hidden: true, title: t('Move along by a screen'), keys: [key], when: () => focused() && space.view.zoomed > 1.001, run: () => space.pan(way * space.view.width * 0.9) });
  }
  for (const [key, way] of /** @type {[string, number][]} */ ([['up', -1], ['down', 1]])) {
    const title = way < 0 ? t('The row above') : t('The row below');
    ctx.command({ name: name(key), group, title, keys: [key], when: () => focused() && space.rows.count > 1 && !space.lane && !space.rows.linked, run: () => space.setChannel(space.channel + way) });
  }
  ctx.command({ name: name('start'), group, title: t('To the beginning'), keys: ['home'], when: focused, run: () => space.seek(0) });
  ctx.command({ name: name('end'), group, title: t('To the end'), keys: ['end'], when: focused, run: () => space.seek(space.view.length) });
  ctx.command({ name: name('mark'), group, title: t('Begin or end a region here'), keys: ['enter', 'm'], when: () => focused() && !session.readonly && session.tools.active === 'mark', run: mark });
  ctx.command({ name: name('cancel'), group, title: t('Stop drawing'), keys: ['escape'], when: () => focused() && (space.marking !== null || space.hands.busy), run: () => {
    space.hands.cancel();
    space.marking = null;
    space.setDraft(null);
  } });
  ctx.command({ name: name('next'), group, title: t('Next region'), keys: ['n'], when: () => space.scene.stretches.length > 0, run: () => go(1) });
  ctx.command({ name: name('previous'), group, title: t('Previous region'), keys: ['shift+n'], when: () => space.scene.stretches.length > 0, run: () => go(-1) });

  /** @param {'from' | 'to'} side @param {number} by */
  function nudge(side, by) {
    for (const stretch of selected()) space.change(stretch.id, side, stretch, by, `${side} ${stretch.id} ${Math.floor(Date.now() / 1500)}`);
  }

  function mark() {
    if (space.marking === null) {
      space.marking = space.at;
      session.say(t('Arrow keys move, Enter ends the region, Esc stops.'));
    } else {
      const from = space.marking;
      space.marking = null;
      space.setDraft(null);
      space.finish({ from: Math.min(from, space.at), to: Math.max(from, space.at), row: space.keyRow });
    }
  }

  /** @param {number} by */
  function go(by) {
    const { stretches } = space.scene;
    const now = stretches.findIndex((one) => session.selection.has(one.id));
    const next = stretches[(now < 0 && by < 0 ? 0 : now) + by < 0 ? stretches.length - 1 : (now + by) % stretches.length];
    session.selection.set([next.id]);
    space.reveal(next.id);
    space.seek(next.from);
  }
}
