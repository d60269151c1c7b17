import { concatBytes, EMPTY } from "../../../foundation/mod.ts";
import type { IncomingRequest } from "../frame.ts";

/** Octets of a body that is kept: a REPORT's or an AUTH's; they have none as a rule. */
const LIMIT = 16 * 1024;

/** A request that is no part of a message and came in pieces: its head and body were apart in two reads. */
export class Collected {
  readonly request: IncomingRequest;
  #parts: Uint8Array[] = [];
  #length = 0;

  constructor(request: IncomingRequest) {
    this.request = request;
  }

  /** False where it is too long: nothing is kept then. */
  push(octets: Uint8Array): boolean {
    this.#length += octets.length;
    if (this.#length > LIMIT) {
      this.#parts = [];
      return false;
    }
    this.#parts.push(octets.slice());
    return true;
  }

  get tooLong(): boolean {
    return this.#length > LIMIT;
  }

  get body(): Uint8Array {
    return this.#parts.length === 0 ? EMPTY : concatBytes(this.#parts);
  }
}
