/** Round numbers from 0 (or below) up to at least the greatest value, three to five of them. */
export function roundTicks(least: number, greatest: number): number[] {
  const low = Math.min(0, least);
  const span = Math.max(greatest - low, Number.EPSILON);
  const power = 10 ** Math.floor(Math.log10(span / 3));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => span / one <= 4) ?? 10 * power;
  const ticks: number[] = [];
  for (let at = Math.floor(low / step);; at++) {
    ticks.push(Number((at * step).toPrecision(12)));
    if (at * step >= greatest || ticks.length > 8) return ticks;
  }
}

/** Not more than `most` points: each the mean of its part; null where nothing is known in it. */
export function thinned(points: readonly (number | null)[], most: number): (number | null)[] {
  if (points.length <= most) return [...points];
  return Array.from({ length: most }, (_, i) => {
    const part = points.slice(Math.floor(i * points.length / most), Math.floor((i + 1) * points.length / most))
      .filter((one) => one !== null);
    return part.length === 0 ? null : part.reduce((sum, one) => sum + one, 0) / part.length;
  });
}

/** Pieces of a line between gaps, as `[x, y]` in 0 to 1; y grows downwards. A point between gaps becomes a piece of its own. */
export function piecesOf(points: readonly (number | null)[], low: number, high: number): [number, number][][] {
  const pieces: [number, number][][] = [];
  let piece: [number, number][] = [];
  points.forEach((value, i) => {
    if (value === null) {
      if (piece.length > 0) pieces.push(piece);
      piece = [];
    } else {
      piece.push([points.length === 1 ? 1 : i / (points.length - 1), 1 - (value - low) / (high - low || 1)]);
    }
  });
  if (piece.length > 0) pieces.push(piece);
  return pieces;
}
