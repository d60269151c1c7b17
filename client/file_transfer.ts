import type { FileOffer, FileSelector } from "../transport/payload/mod.ts";
import type { BlockReader } from "../transport/msrp/session/mod.ts";
import type { Party } from "./inbox.ts";

/** A file of ours. */
export interface FileSource {
  /** As people call it: any Unicode. */
  readonly name: string;
  /** Octets. */
  readonly size: number;
  /** `image/png`. */
  readonly type: string;
  /** SHA-1 of the whole file; null where it is not known. */
  readonly sha1: Uint8Array | null;
  /** Reads from that octet on, the first is 0. */
  open(from: number): BlockReader;
}

/** Where a file that comes goes. Every method returns at once; only `keep` throws. */
export interface FileSink {
  /**
   * Octets from `offset` of the file on, the first is 0; in order, but for what is sent again after a cut. Gives what is wrong where
   * they cannot be kept, else "".
   */
  write(octets: Uint8Array, offset: number): string;
  /**
   * All octets are there. `done` once, with the SHA-1 of the whole file, or null and what is wrong with it. The file is kept only
   * if `keep` is called afterwards.
   */
  finish(done: (sha1: Uint8Array | null, problem: string) => void): void;
  /** The hash is the one that was announced: the file gets its name. Gives where it is, for people; throws what is in the way. */
  keep(): string;
  /** It will not be completed, or is not the file that was announced. `partial`: what is there may be of use to go on. */
  abort(reason: string, partial: boolean): void;
}

/** A file on its way, as its user sees it. */
export interface FileTransfer {
  /** The transfer's id (RFC 5547 §6). */
  readonly id: string;
  readonly direction: "in" | "out";
  readonly peer: Party;
  readonly name: string;
  /** -1 where it is not known. */
  readonly size: number;
  readonly type: string;
  /** `offered`: not accepted yet; `moving`; `cut`: the connection broke, it goes on with another; `checking`; `done`; `failed`. */
  readonly state: "offered" | "moving" | "cut" | "checking" | "done" | "failed";
  /** Ours: the service has taken it for a recipient who is not there. */
  readonly deferred: boolean;
  /** Octets of the whole file that are where they should be. */
  readonly moved: number;
  /** Where it is, for one that came and is done; else "". */
  readonly place: string;
  /** Gives it up. */
  cancel(): void;
}

/** A selector with everything that is known of a file of ours. */
export function selectorOf(source: FileSource, hashText: (digest: Uint8Array) => string): FileSelector {
  const { name, size, type, sha1 } = source;
  return { name, size, type, hashes: sha1 === null ? [] : [{ algorithm: "sha-1", value: hashText(sha1) }] };
}

/** Octets before the part that an offer is about: 0 for a whole file. */
export function startOf(file: FileOffer | undefined): number {
  return (file?.range?.start ?? 1) - 1;
}
