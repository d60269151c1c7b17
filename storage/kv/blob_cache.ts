/** The texts of a log's blobs that were written or read last, bounded in octets; the one unused longest goes first. */
export class BlobCache {
  readonly #limit: number;
  readonly #evicted: ((blob: Uint8Array) => void) | null;
  readonly #blobs = new Map<number, Uint8Array>();
  #newest = -1;
  #octets = 0;

  /** `evicted`: told of each that goes, also of one that was too large to be kept at all. */
  constructor(limitOctets: number, evicted: ((blob: Uint8Array) => void) | null = null) {
    this.#limit = limitOctets;
    this.#evicted = evicted;
  }

  get octets(): number {
    return this.#octets;
  }

  get(seq: number): Uint8Array | undefined {
    const blob = this.#blobs.get(seq);
    // Moving an entry to the end costs twice as much as finding it, and a burst reads the same blob again and again.
    if (blob !== undefined && seq !== this.#newest) {
      this.#blobs.delete(seq);
      this.#blobs.set(seq, blob);
      this.#newest = seq;
    }
    return blob;
  }

  put(seq: number, blob: Uint8Array): void {
    this.delete(seq);
    if (blob.length > this.#limit) return this.#evicted?.(blob);
    this.#blobs.set(seq, blob);
    this.#newest = seq;
    this.#octets += blob.length;
    for (const oldest of this.#blobs.keys()) {
      if (this.#octets <= this.#limit) break;
      this.delete(oldest);
    }
  }

  delete(seq: number): void {
    const blob = this.#blobs.get(seq);
    if (blob === undefined) return;
    this.#octets -= blob.length;
    this.#blobs.delete(seq);
    this.#evicted?.(blob);
  }
}
