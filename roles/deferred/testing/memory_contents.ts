import { concatBytes } from "../../../foundation/mod.ts";
import type { Contents, ContentWriter, StoredContent } from "../../../storage/mod.ts";

/** Contents in memory. For tests only. */
export class MemoryContents implements Contents {
  readonly all = new Map<string, Uint8Array>();
  readonly claims = new Map<string, number>();
  /** Octets given out in one read at most; how often was read. */
  most = Infinity;
  reads = 0;
  /** Reads of this content fail from here on. */
  damagedFrom = Infinity;
  /** What a read waits for. */
  gate: Promise<void> = Promise.resolve();

  add(octets: Uint8Array): StoredContent {
    const id = `c${this.all.size}`;
    this.all.set(id, octets);
    return { id, octets: octets.length, sha256: "" };
  }
  write(): ContentWriter {
    const parts: Uint8Array[] = [];
    return {
      write: (octets) => void parts.push(octets.slice()),
      full: false,
      error: null,
      onRoom: null,
      finish: (done) => queueMicrotask(() => done(this.add(concatBytes(parts)))),
      abandon() {},
    };
  }
  async read(content: StoredContent, offset: number, most: number): Promise<Uint8Array> {
    this.reads++;
    await this.gate;
    if (offset + most > this.damagedFrom) throw Object.assign(new Error("damaged"), { name: "DamageError" });
    return this.all.get(content.id)!.slice(offset, offset + Math.min(most, this.most));
  }
  claim({ id }: StoredContent): void {
    this.claims.set(id, (this.claims.get(id) ?? 0) + 1);
  }
  release({ id }: StoredContent): void {
    this.claims.set(id, (this.claims.get(id) ?? 0) - 1);
  }
  get octets(): number {
    let octets = 0;
    for (const each of this.all.values()) octets += each.length;
    return octets;
  }
}
