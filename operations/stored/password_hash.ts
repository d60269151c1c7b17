import { Buffer } from "node:buffer";
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { OperationError } from "../operations.ts";
import type { PasswordHash } from "./admin_record.ts";

const MIN_PASSWORD = 10;
const MAX_PASSWORD = 256;
/** 2^15 with r = 8 takes 32 MiB and some 80 ms in a thread of its own. */
const COST = 15;
const HASH_OCTETS = 32;

/** Too many want a password hashed: come again. */
export class HasherBusy extends Error {
  constructor() {
    super("too many passwords are being checked at the moment");
    this.name = "HasherBusy";
  }
}

/** Throws OperationError with what is allowed. */
export function checkAdminPassword(password: string): void {
  const length = [...password].length;
  if (length < MIN_PASSWORD) {
    throw new OperationError(
      "invalid",
      `the password has ${length} ${length === 1 ? "character" : "characters"}; at least ${MIN_PASSWORD} are needed`,
    );
  }
  if (length > MAX_PASSWORD) {
    throw new OperationError("invalid", `the password has ${length} characters; at most ${MAX_PASSWORD} are allowed`);
  }
}

/** scrypt, at most `atOnce` at a time and `waiting` behind them: each takes 32 MiB and a core. */
export class PasswordHasher {
  readonly #atOnce: number;
  readonly #maxWaiting: number;
  readonly #cost: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: { atOnce?: number; waiting?: number; cost?: number } = {}) {
    this.#atOnce = options.atOnce ?? 2;
    this.#maxWaiting = options.waiting ?? 16;
    this.#cost = options.cost ?? COST;
  }

  /** Rejects with HasherBusy. */
  async hash(password: string): Promise<PasswordHash> {
    const salt = randomBytes(16);
    const hash = await this.#inTurn(password, salt, this.#cost);
    return { cost: this.#cost, salt: salt.toString("hex"), hash: hash.toString("hex") };
  }

  /** `kept` null (no such name): takes as long, and is false. Rejects with HasherBusy. */
  async matches(password: string, kept: PasswordHash | null): Promise<boolean> {
    const salt = kept === null ? NO_SALT : Buffer.from(kept.salt, "hex");
    const hash = await this.#inTurn(password, salt, kept?.cost ?? this.#cost);
    return timingSafeEqual(hash, kept === null ? NO_HASH : Buffer.from(kept.hash, "hex")) && kept !== null;
  }

  async #inTurn(password: string, salt: Buffer, cost: number): Promise<Buffer> {
    if (this.#running < this.#atOnce) this.#running++;
    else {
      if (this.#waiting.length >= this.#maxWaiting) throw new HasherBusy();
      // Whoever ends hands its place on.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    try {
      return await derived(password, salt, cost);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}

const NO_SALT = Buffer.alloc(16);
const NO_HASH = Buffer.alloc(HASH_OCTETS);

/** The password in NFC (RFC 8265 §4.2): keyboards differ in how they write an é. A longer one is cut: it never matches. */
function derived(password: string, salt: Buffer, cost: number): Promise<Buffer> {
  const text = password.slice(0, 4 * MAX_PASSWORD).normalize("NFC");
  return new Promise((resolve, reject) => {
    scrypt(text, salt, HASH_OCTETS, { N: 2 ** cost, r: 8, p: 1, maxmem: 256 * 2 ** cost * 8 }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
