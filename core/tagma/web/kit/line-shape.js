/** The shape of controls whose regions lie on a line of time below a picture: on the plane there is nothing of them. */

/** @param {string} name @returns {import('../tagma.js').Shape} */
export function lineShape(name) {
  return {
    name, line: true,
    bounds: () => [NaN, NaN, NaN, NaN],
    hit: () => false,
    onEdge: () => false,
    handles: () => [],
    drag: () => ({}),
    path: () => {},
    draw: () => ({}),
  };
}
