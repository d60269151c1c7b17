import { sha1 } from "@noble/hashes/legacy.js";
import type { FileSink } from "../../../client/mod.ts";

/** Octets that are gathered before they become a Blob, which a browser may keep on disk. */
const PIECE = 1_048_576;

/** A file that comes, as a Blob. Octets come in order, but for those that come twice after a cut. */
export class BlobSink implements FileSink {
  readonly #type: string;
  readonly #most: number;
  readonly #hash = sha1.create();
  readonly #blobs: Blob[] = [];
  #gathered: Uint8Array<ArrayBuffer>[] = [];
  #gatheredOctets = 0;
  #have = 0;
  /** Null until it is complete and what was announced. */
  blob: Blob | null = null;

  /** `most`: octets that are taken; 0: any. */
  constructor(type: string, most: number) {
    this.#type = type;
    this.#most = most;
  }

  write(octets: Uint8Array, offset: number): string {
    if (offset > this.#have) return "octets are missing";
    const fresh = octets.slice(this.#have - offset);
    if (this.#most > 0 && this.#have + fresh.length > this.#most) return `more than ${this.#most} octets`;
    if (fresh.length === 0) return "";
    this.#hash.update(fresh);
    this.#gathered.push(fresh);
    this.#have += fresh.length;
    this.#gatheredOctets += fresh.length;
    if (this.#gatheredOctets >= PIECE) this.#gather();
    return "";
  }

  finish(done: (sha1: Uint8Array | null, problem: string) => void): void {
    done(this.#hash.digest(), "");
  }

  keep(): string {
    this.#gather();
    this.blob = new Blob(this.#blobs, { type: this.#type });
    return "here";
  }

  abort(): void {
    this.#blobs.length = this.#gathered.length = 0;
  }

  #gather(): void {
    if (this.#gathered.length === 0) return;
    this.#blobs.push(new Blob(this.#gathered));
    this.#gathered = [];
    this.#gatheredOctets = 0;
  }
}
