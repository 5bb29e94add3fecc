/** Marking with a pen: where a finger would scroll, a pen draws over the words. */

/** @param {import('./text.js').TextSpace} space */
export function penMarks(space) {
  const { body, scroller } = space;
  /** @type {number | null} where the pen came down, in units */
  let from = null;
  const isPen = (/** @type {PointerEvent} */ event) => event.pointerType === 'pen' && space.options.selectable;
  // a pen hovers before it touches, and by then the browser must know that it is not to scroll
  for (const [name, action] of /** @type {const} */ ([['pointerenter', 'none'], ['pointerleave', '']])) {
    body.addEventListener(name, (/** @type {PointerEvent} */ event) => {
      if (isPen(event)) scroller.style.touchAction = action;
    });
  }
  body.addEventListener('pointerdown', (/** @type {PointerEvent} */ event) => {
    from = isPen(event) ? space.offsetFromPoint(event.clientX, event.clientY) : null;
    if (from === null) return;
    event.preventDefault(); // the browser's own way would be to drag the words about
    scroller.focus({ preventScroll: true });
    getSelection()?.collapse(...space.position(from));
  });
  body.addEventListener('pointermove', (/** @type {PointerEvent} */ event) => {
    if (from === null || !isPen(event)) return;
    const to = space.offsetFromPoint(event.clientX, event.clientY);
    if (to === null || to === from) return;
    getSelection()?.setBaseAndExtent(...space.position(from), ...space.position(to));
  });
  for (const name of /** @type {const} */ (['pointerup', 'pointercancel'])) {
    body.addEventListener(name, () => {
      from = null;
    });
  }
}
