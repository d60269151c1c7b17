import { createHash } from "node:crypto";
import type { Clock } from "../../../foundation/mod.ts";
import { Problem } from "./problems.ts";

const LIFE_MS = 24 * 3_600_000;
const MAX_KEPT = 1000;
const MAX_ANSWER = 65_536;
const MAX_OCTETS = 8_388_608;

interface Kept {
  readonly until: number;
  readonly request: string;
  /** Null while it is being carried out. */
  answer:
    | { readonly status: number; readonly headers: [string, string][]; readonly body: Uint8Array<ArrayBuffer> }
    | null;
}

/**
 * What was answered to requests with an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header), in memory: the same
 * request again gets the same answer and is carried out once. The oldest ones make room.
 */
export class IdempotentAnswers {
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();
  #octets = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `place`: who asks, and for what. Rejects with the Problems "malformed", "in-progress" and "idempotency-mismatch". */
  async once(place: string, key: string, body: Uint8Array, work: () => Promise<Response>): Promise<Response> {
    if (!/^[\u0021-\u007e]{1,128}$/.test(key)) {
      throw new Problem("malformed", "Idempotency-Key must have 1 to 128 visible characters.");
    }
    const now = this.#clock.monotonic();
    // A place may hold a token; what is kept does not.
    const name = createHash("sha256").update(JSON.stringify([place, key])).digest("base64");
    const request = createHash("sha256").update(body).digest("base64");
    const known = this.#kept.get(name);
    if (known !== undefined && known.until > now) return answerOf(known, request);
    if (known !== undefined) this.#forget(name, known);
    const mine: Kept = { until: now + LIFE_MS, request, answer: null };
    this.#kept.set(name, mine);
    this.#makeRoom();
    let keeps = false;
    try {
      const response = await work();
      keeps = await this.#keep(mine, response);
      return response;
    } finally {
      // What failed, or was too large to keep, may be tried again.
      if (!keeps && this.#kept.get(name) === mine) this.#forget(name, mine);
    }
  }

  get size(): number {
    return this.#kept.size;
  }

  async #keep(mine: Kept, response: Response): Promise<boolean> {
    const type = response.headers.get("content-type") ?? "";
    if (response.status >= 400 || (response.body !== null && !type.startsWith("application/json"))) return false;
    const body = new Uint8Array(await response.clone().arrayBuffer());
    if (body.length > MAX_ANSWER) return false;
    mine.answer = { status: response.status, headers: [...response.headers], body };
    this.#octets += body.length;
    this.#makeRoom();
    return true;
  }

  #makeRoom(): void {
    for (const [name, kept] of this.#kept) {
      if (this.#kept.size <= MAX_KEPT && this.#octets <= MAX_OCTETS) return;
      this.#forget(name, kept);
    }
  }

  #forget(name: string, kept: Kept): void {
    if (this.#kept.delete(name)) this.#octets -= kept.answer?.body.length ?? 0;
  }
}

function answerOf({ request, answer }: Kept, again: string): Response {
  if (request !== again) {
    throw new Problem("idempotency-mismatch", "This Idempotency-Key was used for another request; take a new one.");
  }
  if (answer === null) throw new Problem("in-progress", "The first request with this Idempotency-Key is not done yet.");
  const headers = new Headers(answer.headers);
  headers.set("idempotent-replayed", "true");
  return new Response(answer.body.length === 0 ? null : answer.body.slice(), { status: answer.status, headers });
}
