/**
 * Put things into another order by hand: drag one over another, or Alt+arrow on what has the focus. The elements themselves
 * move while they are dragged, so that one sees where it will land.
 */

/**
 * @param {HTMLElement} host whose children with `selector` are put in order
 * @param {{selector: string, handle: string, moved: (from: number, to: number) => void, first?: number}} options
 *   `handle` is where a drag begins; the first `first` items stay where they are
 */
export function reorder(host, { selector, handle, moved, first = 0 }) {
  const items = () => /** @type {HTMLElement[]} */ ([...host.querySelectorAll(selector)]);

  host.addEventListener('pointerdown', (event) => {
    const target = /** @type {Element} */ (event.target);
    const item = target.closest(handle) && /** @type {HTMLElement | null} */ (target.closest(selector));
    const from = item ? items().indexOf(item) : -1;
    if (!item || from < first || event.button) return;
    const begun = { x: event.clientX, y: event.clientY };
    let dragging = false;
    const move = (/** @type {PointerEvent} */ now) => {
      if (!dragging && Math.hypot(now.clientX - begun.x, now.clientY - begun.y) < 5) return;
      dragging = true;
      now.preventDefault();
      item.dataset.dragged = '';
      const over = /** @type {HTMLElement | null} */ (document.elementsFromPoint(now.clientX, now.clientY).map((one) => one.closest(selector)).find((one) => one && host.contains(one) && one !== item) ?? null);
      if (!over || items().indexOf(over) < first) return;
      const box = over.getBoundingClientRect();
      const wide = box.width < host.clientWidth * 0.8;
      const after = wide ? now.clientX > box.left + box.width / 2 : now.clientY > box.top + box.height / 2;
      const place = after ? over.nextElementSibling : over;
      if (place !== item && place !== item.nextElementSibling) over[after ? 'after' : 'before'](item);
    };
    const end = () => {
      removeEventListener('pointermove', move);
      removeEventListener('pointerup', end);
      removeEventListener('pointercancel', end);
      delete item.dataset.dragged;
      if (!dragging) return;
      const swallow = (/** @type {Event} */ click) => { click.preventDefault(); click.stopPropagation(); };
      host.addEventListener('click', swallow, { capture: true, once: true }); // the end of a drag is no click
      setTimeout(() => host.removeEventListener('click', swallow, { capture: true }));
      const to = items().indexOf(item);
      if (to !== from) moved(from, to);
    };
    addEventListener('pointermove', move);
    addEventListener('pointerup', end);
    addEventListener('pointercancel', end);
  });

  host.addEventListener('keydown', (event) => {
    const by = event.altKey ? { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key] : undefined;
    const item = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest(selector));
    if (!by || !item) return;
    const from = items().indexOf(item);
    const to = from + by;
    if (from < first || to < first || to >= items().length) return;
    event.preventDefault();
    event.stopPropagation();
    moved(from, to);
  });
}
