/**
 * The first of `count` rows that reaches below `top`; `count` where none does. `bottomOf` gives the lower edge of a row; rows follow each
 * other downwards. Few rows are asked: each answer costs the browser a measurement.
 */
export function firstVisible(count: number, bottomOf: (at: number) => number, top: number): number {
  let from = 0, until = count;
  while (from < until) {
    const middle = (from + until) >> 1;
    if (bottomOf(middle) > top) until = middle;
    else from = middle + 1;
  }
  return from;
}

/** How much further a log scrolls so that a row stays where it was. */
export function shiftOf(before: number, after: number): number {
  const shift = after - before;
  // Less than a half point is the rounding of the browser: following it would creep.
  return Math.abs(shift) < 0.5 ? 0 : shift;
}
