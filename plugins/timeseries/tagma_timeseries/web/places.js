/** Regions of a series: results in the units of its time column, and stretches of the line. */

/**
 * @param {import('tagma').Context} ctx @param {import('./times.js').Times} times @param {(along: number) => number} rowAt the moment of the nearest row, in the column's own numbers
 * @returns {{place: (value: any, result: import('tagma').Result) => import('tagma/kit/line.js').Place | null, value: (place: import('tagma/kit/line.js').Place, before?: any) => any}}
 */
export function placesOf({ session }, times, rowAt) {
  const along = (/** @type {unknown} */ at) => times.read(at) - times.from;
  return {
    place: ({ start, end }, result) => {
      const control = session.scope.node(result.from_name);
      const [label] = result.value?.timeserieslabels ?? [];
      const option = control && label !== undefined ? session.option(control, label) : undefined;
      const named = option?.attrs.background ?? option?.attrs.color;
      return {
        from: Math.min(along(start), along(end)),
        to: Math.max(along(start), along(end)),
        strength: (control?.number('opacity', 0.9) ?? 0.9) / 0.9,
        color: named || !control?.get('fillColor') ? undefined : String(control.get('fillColor')),
      };
    },
    // an end that was not moved keeps what stands in the result, to the last digit
    value: ({ from, to }, before) => {
      const start = before && along(before.start) === from ? before.start : times.write(rowAt(from));
      const end = before && along(before.end) === to ? before.end : from === to ? start : times.write(rowAt(to));
      return { start, end, instant: start === end };
    },
  };
}
