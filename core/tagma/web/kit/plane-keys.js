/** The keyboard on a plane: draw with a cursor moved by arrows, nudge, resize and turn the selected region, zoom and pan. */
import { t } from '../i18n.js';

const ARROWS = /** @type {Record<string, [number, number]>} */ ({ left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] });

/** Once on a page is enough to learn it. */
let taught = false;

/** @param {import('./plane.js').Plane} plane */
export function planeCommands(plane) {
  const { ctx, session, stage } = plane;
  const focused = () => document.activeElement === stage;
  const selected = () => session.editable([...session.selection.ids]).flatMap((region) => plane.scene.get(region.id) ?? []);
  const turnable = () => selected().filter((item) => item.turns);
  const drawing = () => focused() && Boolean(plane.draws);
  const group = t('Picture');

  for (const [name, [dx, dy]] of Object.entries(ARROWS)) {
    for (const [prefix, step] of /** @type {[string, number][]} */ ([['', 1], ['shift+', 10]])) {
      ctx.command({
        name: `image:${prefix}${name}`, group, hidden: true, title: t('Move with the arrow keys'), keys: [prefix + name], when: focused,
        run: () => {
          if (drawing() && (plane.cursor || !session.selection.ids.size)) move(dx, dy, step);
          else if (selected().length) nudge('move', dx, dy, step);
          else plane.pan(-dx * step * 40, -dy * step * 40);
        },
      });
      ctx.command({
        name: `image:resize-${prefix}${name}`, group, hidden: true, title: t('Resize with the arrow keys'), keys: [`ctrl+${prefix}${name}`],
        when: () => focused() && selected().length > 0, run: () => nudge('se', dx, dy, step),
      });
    }
  }
  ctx.command({ name: 'image:draw', group, title: t('Set a corner of a new region'), keys: ['enter', 'space'], when: drawing, run: corner });
  ctx.command({ name: 'image:cancel', group, title: t('Stop drawing'), keys: ['escape'], when: () => focused() && (Boolean(plane.cursor) || plane.hands.busy), run: () => {
    plane.hands.cancel();
    plane.cursor = null;
    plane.draft = null;
    plane.drawActiveSoon();
  } });
  ctx.command({ name: 'image:turn-left', group, title: t('Turn left'), keys: [plane.turnKeys[0]], when: () => turnable().length > 0, run: () => rotate(-1) });
  ctx.command({ name: 'image:turn-right', group, title: t('Turn right'), keys: [plane.turnKeys[1]], when: () => turnable().length > 0, run: () => rotate(1) });

  /** @param {string} handle @param {number} dx @param {number} dy @param {number} step */
  function nudge(handle, dx, dy, step) {
    const label = handle === 'move' ? t('Move region') : t('Resize region');
    const by = step / Math.min(1, plane.viewport.scale);
    session.store.tx(label, () => {
      for (const item of selected()) plane.change(item, handle, { x: 0, y: 0 }, { x: dx * by, y: dy * by }, { shift: false, alt: false }, { label });
    }, { merge: `${handle} ${[...session.selection.ids]} ${Math.floor(Date.now() / 1500)}` });
  }

  /** @param {number} direction */
  function rotate(direction) {
    session.store.tx(t('Rotate region'), () => {
      for (const item of turnable()) {
        const handles = item.shape.handles(item.value, plane.size);
        const middle = (/** @type {'x'|'y'} */ axis) => handles.reduce((sum, handle) => sum + handle[axis], 0) / handles.length;
        const at = (/** @type {number} */ degrees) => ({ x: middle('x') + Math.cos((degrees * Math.PI) / 180) * 1000, y: middle('y') + Math.sin((degrees * Math.PI) / 180) * 1000 });
        plane.change(item, 'rotate', at(0), at(direction), { shift: false, alt: false });
      }
    }, { merge: `turn ${[...session.selection.ids]} ${Math.floor(Date.now() / 1500)}` });
  }

  function middleOfView() {
    const { view } = plane.viewport;
    return plane.viewport.toPicture({ x: view.width / 2, y: view.height / 2 });
  }

  /** @param {number} dx @param {number} dy @param {number} step */
  function move(dx, dy, step) {
    const from = plane.cursor ?? middleOfView();
    const by = (step * 4) / plane.viewport.scale;
    plane.cursor = {
      x: Math.min(Math.max(from.x + dx * by, 0), plane.size.width),
      y: Math.min(Math.max(from.y + dy * by, 0), plane.size.height),
    };
    if (plane.draft?.start) {
      plane.draft.value = plane.draft.shape.draw(plane.draft.start, plane.cursor, plane.size, { shift: false, alt: false });
    }
    if (plane.viewport.reveal([plane.cursor.x, plane.cursor.y, plane.cursor.x, plane.cursor.y])) plane.drawSoon();
    plane.drawActiveSoon();
  }

  function corner() {
    const name = /** @type {string} */ (plane.draws);
    if (!plane.cursor) {
      plane.cursor = middleOfView();
      if (!taught) session.say(t('Arrow keys move the corner, Enter sets it, Esc stops.'));
      taught = true;
    } else if (!plane.draft) {
      const shape = plane.shape(name);
      plane.draft = { shape, start: plane.cursor, value: shape.draw(plane.cursor, plane.cursor, plane.size, { shift: false, alt: false }), ...plane.nextLabel(name) };
    } else {
      const { value } = plane.draft;
      plane.draft = null;
      plane.cursor = null;
      plane.finish(name, value);
    }
    plane.drawActiveSoon();
  }
}
