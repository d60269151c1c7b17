/** Points of several series over one span, as they are stored. */
export interface Chunk {
  readonly names: readonly string[];
  /** Time slot of the first point. */
  readonly from: number;
  readonly count: number;
  /** Base64 of little-endian 32 bit floats, series after series; NaN where there is no point. */
  readonly data: string;
}

/**
 * The latest points of several series: one each `step_ms`, in rings of fixed size. Slots count steps since the epoch, so that
 * a box that was off, or a clock that jumped, leaves a gap and shifts nothing.
 */
export class PointTable {
  readonly names: readonly string[];
  readonly step_ms: number;
  readonly size: number;
  readonly #rings: Float32Array[];
  readonly #places: ReadonlyMap<string, number>;
  /** The newest slot that was written; -1: none. */
  #last = -1;

  constructor(names: readonly string[], step_ms: number, size: number) {
    this.names = names;
    this.step_ms = step_ms;
    this.size = size;
    this.#rings = names.map(() => new Float32Array(size).fill(NaN));
    this.#places = new Map(names.map((name, at) => [name, at]));
  }

  get last(): number {
    return this.#last;
  }

  slotOf(time: number): number {
    return Math.floor(time / this.step_ms);
  }

  /** Writes the points of one slot. One before the newest means that the clock went back: what is behind it is forgotten. */
  set(slot: number, values: ArrayLike<number>): void {
    if (slot < this.#last) this.#forgetAfter(slot);
    this.#moveTo(slot);
    for (let i = 0; i < this.#rings.length; i++) this.#rings[i][slot % this.size] = values[i];
  }

  /** `count` points from slot `from` on; null where there is none. */
  read(name: string, from: number, count: number): (number | null)[] {
    const ring = this.#rings[this.#placeOf(name)];
    const points: (number | null)[] = [];
    for (let slot = from; slot < from + count; slot++) {
      const value = this.#holds(slot) ? ring[slot % this.size] : NaN;
      // More digits than these are an artefact of 32 bits.
      points.push(Number.isNaN(value) ? null : Math.round(value * 1000) / 1000);
    }
    return points;
  }

  chunk(from: number, count: number): Chunk {
    const view = new DataView(new ArrayBuffer(this.names.length * count * 4));
    this.names.forEach((_, at) => {
      for (let i = 0; i < count; i++) {
        const value = this.#holds(from + i) ? this.#rings[at][(from + i) % this.size] : NaN;
        view.setFloat32((at * count + i) * 4, value, true);
      }
    });
    return { names: this.names, from, count, data: new Uint8Array(view.buffer).toBase64() };
  }

  /**
   * Takes points in that were stored, in order of time, none beyond slot `until`. A series that is not kept any more is left
   * out; one that is new has a gap. Throws SyntaxError or RangeError for a chunk that is none.
   */
  load({ names, from, count, data }: Chunk, until: number): void {
    const octets = Uint8Array.fromBase64(data);
    if (octets.length !== names.length * count * 4) {
      throw new RangeError(`${octets.length} octets for ${count} points of ${names.length} series`);
    }
    const view = new DataView(octets.buffer, octets.byteOffset);
    for (let i = 0; i < count && from + i <= until; i++) {
      const values = this.names.map((name) => {
        const at = names.indexOf(name);
        return at < 0 ? NaN : view.getFloat32((at * count + i) * 4, true);
      });
      if (from + i > this.#last && values.some((value) => !Number.isNaN(value))) this.set(from + i, values);
    }
  }

  #placeOf(name: string): number {
    const at = this.#places.get(name);
    if (at === undefined) throw new RangeError(`no series "${name}"`);
    return at;
  }

  #holds(slot: number): boolean {
    return slot <= this.#last && slot > this.#last - this.size && slot >= 0;
  }

  #moveTo(slot: number): void {
    const gap = this.#last < 0 ? this.size : Math.min(slot - this.#last, this.size);
    for (let i = 0; i < gap; i++) {
      for (const ring of this.#rings) ring[(slot - i) % this.size] = NaN;
    }
    this.#last = slot;
  }

  #forgetAfter(slot: number): void {
    for (let later = Math.max(slot + 1, this.#last - this.size + 1); later <= this.#last; later++) {
      for (const ring of this.#rings) ring[later % this.size] = NaN;
    }
    // A jump by more than the ring is long leaves nothing that is true.
    if (this.#last - slot >= this.size) this.#last = -1;
    else this.#last = slot;
  }
}
