/**
 * Where a person was in the list: going to a task and back, or loading the page again, leads to the same tab, row and choice.
 * Kept by this browser tab alone.
 *
 * @typedef {{tab: number | null, first: number, active: number, all: boolean, ids: number[], left: number}} Place
 */

const MOST = 20_000; // chosen tasks that are remembered one by one

/** @param {number} project */
const keyOf = (project) => `tagma:place:${project}`;

/** @param {number} project @returns {Place | null} null when the person comes from elsewhere */
export function remembered(project) {
  const came = /** @type {PerformanceNavigationTiming | undefined} */ (performance.getEntriesByType('navigation')[0]);
  const from = document.referrer ? new URL(document.referrer).pathname : '';
  const inside = from.includes(`/projects/${project}/`);
  if (came?.type !== 'reload' && came?.type !== 'back_forward' && !inside) return null;
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(project)) ?? 'null');
  } catch {
    return null;
  }
}

/** @param {number} project @param {() => Place} now asked when the page is left */
export function remember(project, now) {
  addEventListener('pagehide', () => {
    const place = now();
    if (place.ids.length > MOST) Object.assign(place, { all: false, ids: [] });
    try {
      sessionStorage.setItem(keyOf(project), JSON.stringify(place));
    } catch {
      sessionStorage.removeItem(keyOf(project)); // full: better no place than a wrong one
    }
  });
}
