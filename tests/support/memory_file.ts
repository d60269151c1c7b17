import { createHash, randomBytes } from "node:crypto";
import type { FileSource } from "../../client/mod.ts";
import type { BlockReader } from "../../transport/msrp/mod.ts";

const BLOCK = 65_536;

/** A file of random octets, in memory. */
export class MemoryFile implements FileSource {
  readonly name: string;
  readonly type: string;
  readonly octets: Uint8Array;
  readonly sha1: Uint8Array;

  constructor(name: string, size: number, type = "application/octet-stream") {
    this.name = name;
    this.type = type;
    this.octets = new Uint8Array(randomBytes(size));
    this.sha1 = new Uint8Array(createHash("sha1").update(this.octets).digest());
  }

  get size(): number {
    return this.octets.length;
  }

  open(from: number): BlockReader {
    let at = from;
    return {
      read: () => {
        const block = this.octets.slice(at, at + BLOCK);
        at += block.length;
        return Promise.resolve(block.length === 0 ? null : block);
      },
    };
  }
}
