// Layouts of Linux on 64-bit little-endian machines (x86-64 and aarch64 with glibc have the same), in octets:
//   struct iovec   { void *base; size_t length; }                                                          16
//   struct msghdr  { void *name; u32 namelen; (4) ; iovec *iov; size_t iovlen; void *control; size_t controllen;
//                    int flags; (4) }                                                                      56
//   struct mmsghdr { msghdr hdr; unsigned length; (4) }                                                    64
const HEADER_WORDS = 16;
const NAME_LENGTH = 2, IOV = 4, IOV_COUNT = 6, MESSAGE_LENGTH = 14;
const IOVEC_WORDS = 4;

/** Octets kept for each address: a sockaddr_in6 has 28. */
export const NAME_STRIDE = 32;

/**
 * The array of `struct mmsghdr` that recvmmsg(2) and sendmmsg(2) work on: `slots` messages, each with one piece of `data`
 * and one address in `names`. All memory is made once and never moves.
 */
export class MessageVector {
  readonly slots: number;
  readonly data: Uint8Array<ArrayBuffer>;
  /** Socket addresses, `NAME_STRIDE` octets each; the same memory as octets and as 32-bit words. */
  readonly names: Uint8Array;
  readonly nameWords: Uint32Array;
  readonly #headers: Uint32Array<ArrayBuffer>;
  readonly #iovecs: Uint32Array<ArrayBuffer>;
  readonly #dataAt: number;
  readonly #pointers: Deno.PointerValue[];

  constructor(slots: number, data: Uint8Array<ArrayBuffer>) {
    this.slots = slots;
    this.data = data;
    const names = new ArrayBuffer(slots * NAME_STRIDE);
    this.names = new Uint8Array(names);
    this.nameWords = new Uint32Array(names);
    this.#headers = new Uint32Array(slots * HEADER_WORDS);
    this.#iovecs = new Uint32Array(slots * IOVEC_WORDS);
    this.#dataAt = addressOf(data);
    const namesAt = addressOf(this.names as Uint8Array<ArrayBuffer>);
    const iovecsAt = addressOf(this.#iovecs);
    const headersAt = addressOf(this.#headers);
    this.#pointers = [];
    for (let i = 0; i < slots; i++) {
      const header = i * HEADER_WORDS;
      writeAddress(this.#headers, header, namesAt + i * NAME_STRIDE);
      writeAddress(this.#headers, header + IOV, iovecsAt + i * IOVEC_WORDS * 4);
      this.#headers[header + IOV_COUNT] = 1;
      this.#pointers.push(Deno.UnsafePointer.create(BigInt(headersAt + i * HEADER_WORDS * 4)));
    }
  }

  /** The address of the array from slot `i` on, for the system call. */
  pointer(i: number): Deno.PointerValue {
    return this.#pointers[i];
  }

  /** Points slot `i` at `length` octets of `data` from `at` on. */
  piece(i: number, at: number, length: number): void {
    writeAddress(this.#iovecs, i * IOVEC_WORDS, this.#dataAt + at);
    this.#iovecs[i * IOVEC_WORDS + 2] = length;
  }

  /** How many octets of address slot `i` holds: set before a send, and the room there is before a receive. */
  nameLength(i: number, length: number): void {
    this.#headers[i * HEADER_WORDS + NAME_LENGTH] = length;
  }

  /** Octets that a receive put into slot `i`. */
  received(i: number): number {
    return this.#headers[i * HEADER_WORDS + MESSAGE_LENGTH];
  }
}

function addressOf(view: Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): number {
  return Number(Deno.UnsafePointer.value(Deno.UnsafePointer.of(view)));
}

// User space addresses have 47 bits, so a number holds them.
function writeAddress(words: Uint32Array, at: number, address: number): void {
  words[at] = address % 0x1_0000_0000;
  words[at + 1] = Math.floor(address / 0x1_0000_0000);
}
