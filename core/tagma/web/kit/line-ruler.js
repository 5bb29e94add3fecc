/** The hand on the ruler: a press goes there, a drag scrubs. */

/** @param {import('./line.js').LineSpace} space @param {HTMLElement} ruler */
export function rulerHand(space, ruler) {
  const go = (/** @type {PointerEvent} */ event) => space.seek(space.view.toLine(event.clientX - ruler.getBoundingClientRect().left));
  let held = false;
  ruler.addEventListener('pointerdown', (/** @type {PointerEvent} */ event) => {
    ruler.setPointerCapture(event.pointerId);
    held = true;
    go(event);
  });
  ruler.addEventListener('pointermove', (/** @type {PointerEvent} */ event) => held && go(event));
  for (const name of /** @type {const} */ (['pointerup', 'pointercancel'])) ruler.addEventListener(name, () => (held = false));
}
