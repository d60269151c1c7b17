import { type Clock, randomHex } from "../../foundation/mod.ts";
import type { Credentials, Records } from "../../storage/mod.ts";
import type { SignUpView } from "../admin/services/mod.ts";

/** How many may wait. */
export const MAX_SIGN_UPS = 1000;
const KEPT_MS = 30 * 86_400_000;

/** Somebody who waits. The password is kept as it is of every user: as digests. */
export interface SignUpRecord {
  readonly uri: string;
  readonly display_name: string;
  /** With its plus; "" for none. */
  readonly e164: string;
  readonly credentials: Credentials;
  readonly at: number;
  readonly source: string;
}

/** Those who wait for the operator, for at most 30 days. */
export class SignUps {
  readonly #records: Records<SignUpRecord>;
  readonly #clock: Clock;

  constructor(records: Records<SignUpRecord>, clock: Clock) {
    this.#records = records;
    this.#clock = clock;
  }

  /** Oldest first. */
  list(): SignUpView[] {
    const views: SignUpView[] = [];
    for (const [id, record] of this.#records.entries()) if (!this.#over(record)) views.push(signUpView(id, record));
    return views.sort((a, b) => a.at - b.at);
  }

  get(id: string): SignUpRecord | undefined {
    const record = this.#records.get(id);
    return record === undefined || this.#over(record) ? undefined : record;
  }

  /** Whether somebody waits for this address, or with this number. */
  claims(uri: string, e164: string): boolean {
    for (const [, record] of this.#records.entries()) {
      if (this.#over(record)) continue;
      if (record.uri === uri || (e164 !== "" && record.e164 === e164)) return true;
    }
    return false;
  }

  /** False where the list is full. */
  async add(record: Omit<SignUpRecord, "at">): Promise<boolean> {
    if (this.#records.size >= MAX_SIGN_UPS) await this.sweep();
    if (this.#records.size >= MAX_SIGN_UPS) return false;
    await this.#records.put(randomHex(8), { ...record, at: this.#clock.now() });
    return true;
  }

  remove(id: string): Promise<boolean> {
    return this.#records.remove(id);
  }

  async sweep(): Promise<void> {
    for (const [id, record] of [...this.#records.entries()]) if (this.#over(record)) await this.#records.remove(id);
  }

  #over({ at }: SignUpRecord): boolean {
    return at + KEPT_MS <= this.#clock.now();
  }
}

/** What an operator may see of it. */
export function signUpView(id: string, { uri, display_name, e164, at, source }: SignUpRecord): SignUpView {
  return { id, uri, display_name, e164, at, source };
}
