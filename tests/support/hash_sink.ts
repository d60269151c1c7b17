import { createHash } from "node:crypto";
import type { FileSink } from "../../client/mod.ts";

/** Hashes what comes, in order, and keeps nothing. */
export class HashSink implements FileSink {
  readonly #hash = createHash("sha1");
  received = 0;
  kept = false;
  problem = "";

  write(octets: Uint8Array, offset: number): string {
    if (offset !== this.received) return this.problem = `octets from ${offset}, ${this.received} are here`;
    this.#hash.update(octets);
    this.received += octets.length;
    return "";
  }
  finish(done: (sha1: Uint8Array | null, problem: string) => void): void {
    done(new Uint8Array(this.#hash.digest()), "");
  }
  keep(): string {
    this.kept = true;
    return "kept";
  }
  abort(reason: string): void {
    this.problem = reason;
  }
}
