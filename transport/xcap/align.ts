/** A run of items before, `[a0, a1)`, and after, `[b0, b1)`, between two items that stay. */
export interface Alignment {
  readonly a0: number;
  readonly a1: number;
  readonly b0: number;
  readonly b1: number;
}

/**
 * All runs around the items that two lists share, in their order: one more than there are shared items, many of them empty.
 * What both begin and end with is shared, and in the middle the longest rising sequence of items that are there once in
 * both. Takes time n log n.
 */
export function aligned(a: readonly string[], b: readonly string[]): Alignment[] {
  const most = Math.min(a.length, b.length);
  let head = 0, tail = 0;
  while (head < most && a[head] === b[head]) head++;
  while (tail < most - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const pairs: [number, number][] = [];
  for (let i = 0; i < head; i++) pairs.push([i, i]);
  pairs.push(...rising(sharedOnce(a, b, head, tail)));
  for (let i = tail; i > 0; i--) pairs.push([a.length - i, b.length - i]);
  const runs: Alignment[] = [];
  let a0 = 0, b0 = 0;
  for (const [i, j] of pairs) {
    runs.push({ a0, a1: i, b0, b1: j });
    a0 = i + 1;
    b0 = j + 1;
  }
  runs.push({ a0, a1: a.length, b0, b1: b.length });
  return runs;
}

/** Places of what is in the middle of both lists exactly once, by their place in `a`. */
function sharedOnce(a: readonly string[], b: readonly string[], head: number, tail: number): [number, number][] {
  const places = new Map<string, number>();
  for (let j = head; j < b.length - tail; j++) places.set(b[j], places.has(b[j]) ? -1 : j);
  const seen = new Map<string, number>();
  for (let i = head; i < a.length - tail; i++) seen.set(a[i], seen.has(a[i]) ? -1 : i);
  const pairs: [number, number][] = [];
  for (const [item, i] of seen) {
    const j = places.get(item) ?? -1;
    if (i >= 0 && j >= 0) pairs.push([i, j]);
  }
  return pairs;
}

/** The longest part of the pairs whose second numbers rise (patience sorting). */
function rising(pairs: readonly [number, number][]): [number, number][] {
  /** For each length, the pair that ends the sequence of that length and has the least second number. */
  const ends: number[] = [];
  const previous = new Array<number>(pairs.length).fill(-1);
  pairs.forEach(([, j], index) => {
    let low = 0, high = ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (pairs[ends[middle]][1] < j) low = middle + 1;
      else high = middle;
    }
    if (low > 0) previous[index] = ends[low - 1];
    ends[low] = index;
  });
  const result: [number, number][] = [];
  for (let index = ends.at(-1) ?? -1; index >= 0; index = previous[index]) result.push(pairs[index]);
  return result.reverse();
}
