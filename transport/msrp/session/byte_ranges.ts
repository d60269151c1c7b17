/** Octets of a body by offset: from `from` on, up to but without `to`. The first octet is 0. */
export interface ByteSpan {
  readonly from: number;
  readonly to: number;
}

/** Which octets of a message are there. What comes in order costs nothing; each gap costs two numbers. */
export class ByteRanges {
  /** Ascending: from, to, from, to … without overlap, and never touching. */
  readonly #bounds: number[] = [];
  #octets = 0;

  /** Distinct octets. */
  get octets(): number {
    return this.#octets;
  }
  /** Runs with gaps between them. */
  get runs(): number {
    return this.#bounds.length / 2;
  }
  /** One past the last octet that is there. */
  get end(): number {
    return this.#bounds.length === 0 ? 0 : this.#bounds[this.#bounds.length - 1];
  }

  add(from: number, to: number): void {
    if (to <= from) return;
    const bounds = this.#bounds;
    const length = bounds.length;
    if (length > 0 && from <= bounds[length - 1] && from >= bounds[length - 2]) {
      if (to > bounds[length - 1]) {
        this.#octets += to - bounds[length - 1];
        bounds[length - 1] = to;
      }
      return;
    }
    if (length === 0 || from > bounds[length - 1]) {
      bounds.push(from, to);
      this.#octets += to - from;
      return;
    }
    this.#merge(from, to);
  }

  #merge(from: number, to: number): void {
    const bounds = this.#bounds;
    // The first run that ends at or behind `from`, and the first one that begins behind `to`.
    let first = 0;
    for (let high = bounds.length / 2; first < high;) {
      const middle = (first + high) >> 1;
      if (bounds[2 * middle + 1] < from) first = middle + 1;
      else high = middle;
    }
    let behind = first;
    let start = from;
    let stop = to;
    let had = 0;
    while (behind < bounds.length / 2 && bounds[2 * behind] <= to) {
      start = Math.min(start, bounds[2 * behind]);
      stop = Math.max(stop, bounds[2 * behind + 1]);
      had += bounds[2 * behind + 1] - bounds[2 * behind];
      behind++;
    }
    bounds.splice(2 * first, 2 * (behind - first), start, stop);
    this.#octets += stop - start - had;
  }

  /** True when every octet in between is there. */
  covers(from: number, to: number): boolean {
    return to <= from || this.runEnd(from) >= to;
  }

  /** Where the run of octets that begins at `from` ends; `from` itself where that octet is missing. */
  runEnd(from: number): number {
    const bounds = this.#bounds;
    for (let i = 0; i < bounds.length && bounds[i] <= from; i += 2) if (bounds[i + 1] > from) return bounds[i + 1];
    return from;
  }

  spans(): ByteSpan[] {
    const all: ByteSpan[] = [];
    for (let i = 0; i < this.#bounds.length; i += 2) all.push({ from: this.#bounds[i], to: this.#bounds[i + 1] });
    return all;
  }
}
